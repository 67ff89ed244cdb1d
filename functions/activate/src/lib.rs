//! `POST /api/activate`: makes the account active for who has its password and its code.
//!
//! A try is taken from the code before the code is compared, and the account becomes active once.

use lambda_http::{Body, Request, Response};
use shared::{
    App,
    code::ActivationCode,
    credentials::Credentials,
    http::{Call, Reply},
    problem::Problem,
    store::{self, Activation},
    telemetry::Metric,
    user::User,
};

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let call = Call::new(app, request);
    call.answer(activate(app, &call)).await
}

async fn activate(app: &App, call: &Call) -> Result<Reply, Problem> {
    let credentials = Credentials::parse(call.headers())?;
    let code = read_code(app, call)?;
    let user = credentials.inactive_user(app, call).await?;

    let taken = app.store.take_try(&user, call.now()).await?;
    let (stored, tries) = taken.ok_or(Problem::CodeExpired)?;
    let rules = &app.config.codes;
    if !rules.secret.verify(&stored.mac, user.id, &code) {
        let attempts_left = rules.tries.map(|allowed| allowed.get().saturating_sub(tries));
        return Err(Problem::CodeIncorrect { attempts_left });
    }

    for _ in 0..store::ATTEMPTS {
        match app.store.activate(&user, &stored, call.now()).await? {
            Activation::Done => {
                call.log().count(Metric::Activated);
                let active = User { activated_at: Some(call.now()), ..user };
                return Reply::ok(&active.account());
            }
            Activation::AlreadyActivated => return Err(Problem::AlreadyActivated),
            Activation::RegistrationReplaced => return Err(Problem::Unauthorized),
            Activation::CodeReplaced => return Err(Problem::CodeExpired),
            Activation::Raced => {}
        }
    }
    Err(store::contended())
}

fn read_code(app: &App, call: &Call) -> Result<ActivationCode, Problem> {
    let mut members = call.members()?;
    let code = members.text("code", |text| ActivationCode::parse(text, app.config.codes.length));
    members.finish(code)
}
