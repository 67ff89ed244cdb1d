//! `POST /api/activate`: makes the account active for who has its password and its code.
//!
//! an attempt is reserved before the code is compared, and the account becomes active once.

use std::collections::BTreeMap;

use lambda_http::{Body, Request, Response};
use shared::{
    App,
    code::ActivationCode,
    credentials::Credentials,
    http::{Call, Reply},
    openapi,
    problem::Problem,
    store::{self, Activation},
    telemetry::Metric,
    user::{Account, User},
};
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{RefOr, Response as Described},
};

/// What the client sends.
#[derive(ToSchema)]
#[schema(as = Activation, description = "The code from the newest mail.")]
#[serde(deny_unknown_fields)]
struct Input {
    code: ActivationCode,
}

/// What else the client may get.
struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        openapi::refusals(|problem| {
            matches!(
                problem,
                Problem::MalformedJson
                    | Problem::Unauthorized
                    | Problem::AlreadyActivated
                    | Problem::CodeExpired
                    | Problem::UnsupportedMediaType
                    | Problem::InvalidInput(_)
                    | Problem::CodeIncorrect { .. }
                    | Problem::TooManyAttempts { .. }
            )
        })
    }
}

/// Answers one request.
#[utoipa::path(
    post,
    path = "/api/activate",
    operation_id = "activate",
    tag = "Accounts",
    summary = "Activate an account",
    description = "Takes the password of the registration and the code that was mailed for it. A code can be tried \
                   three times within its minute, and is right once.",
    security(("basic" = [])),
    request_body = Input,
    responses(
        (status = 200, body = Account, description = "The account is active.", example = json!({
            "id": "019b7ca9-8c8e-7d27-9a1f-5c0b64e7a210",
            "email": "ada@example.com",
            "activated": true,
            "created_at": "2026-01-02T03:04:05.006Z",
            "activated_at": "2026-01-02T03:04:32.871Z"
        })),
        Refusals,
    ),
)]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let call = Call::new(app, request);
    call.answer(activate(app, &call)).await
}

async fn activate(app: &App, call: &Call) -> Result<Reply, Problem> {
    let credentials = Credentials::parse(call.headers())?;
    let Input { code } = Input::read(app, call)?;
    let user = credentials.inactive_user(app, call).await?;

    let taken = app.store.reserve_attempt(&user, call.now()).await?;
    let (stored, attempts) = taken.ok_or(Problem::CodeExpired)?;
    let rules = &app.config.codes;
    if !rules.secret.verify(&stored.mac, user.id, &code) {
        let attempts_left = rules.attempts.map(|allowed| allowed.get().saturating_sub(attempts));
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

impl Input {
    fn read(app: &App, call: &Call) -> Result<Self, Problem> {
        let mut members = call.members()?;
        let code = members.text("code", |text| ActivationCode::parse(text, app.config.codes.length));
        Ok(Self { code: members.finish(code)? })
    }
}
