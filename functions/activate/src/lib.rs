//! `POST /api/activate`: activates the account for a client that has its password and its code.
//!
//! An attempt is reserved before the code is compared, and the account becomes active once.

use lambda_http::{Body, Request, Response};
use shared::{
    App,
    code::{Binding, Code, CodeMac, Purpose},
    config::Need,
    credentials::Credentials,
    http::{Reply, RequestContext},
    problem::Problem,
    problems,
    registration::{Account, Pending, Registration},
    store::{self, Activation, Attempt, Wanted},
    telemetry::Metric,
};
use utoipa::ToSchema;

/// The settings that the function reads beyond those of every function.
pub const NEEDS: &[Need] = &[Need::Edge, Need::Users, Need::Codes(Purpose::Activation)];

async fn activate(cx: &RequestContext<'_>) -> Result<Reply, Problem> {
    let credentials = Credentials::parse(cx.headers())?;
    let Input { code } = Input::read(cx)?;
    let pending = credentials.pending(cx).await?;
    let mac = compare(cx, &pending, &code).await?;
    store::settle((), |()| write(cx, &pending, &mac)).await?;
    cx.log.count(Metric::Activated);
    Reply::ok(&pending.activate(cx.now()).account())
}

/// Makes the account active, unless another transaction is writing its items.
async fn write(
    cx: &RequestContext<'_>,
    pending: &Pending,
    mac: &CodeMac,
) -> Result<Attempt<(), ()>, Problem> {
    match cx.app.store.activate(pending, mac, cx.now()).await? {
        Activation::Done => Ok(Attempt::Done(())),
        Activation::AlreadyActivated => Err(Problem::AlreadyActivated),
        Activation::RegistrationReplaced => Err(Problem::Unauthorized),
        Activation::CodeReplaced => Err(Problem::CodeExpired),
        Activation::Conflict => Ok(Attempt::Lost(())),
    }
}

/// The stored code, if this is the right one.
async fn compare(cx: &RequestContext<'_>, pending: &Pending, code: &Code) -> Result<CodeMac, Problem> {
    let rules = cx.app.codes()?;
    let reserved = cx.app.store.reserve_attempt(pending, cx.now(), rules).await?;
    let Some((mac, attempts)) = reserved else { return Err(refusal(cx, pending).await?) };
    if rules.secret.verify(&mac, Binding::activation(pending.identity.id), code) {
        Ok(mac)
    } else {
        let attempts_left = rules.attempts.map(|allowed| allowed.get().saturating_sub(attempts));
        Err(Problem::CodeIncorrect { attempts_left })
    }
}

/// Why this registration has no valid code. Another request may have activated it, or replaced it, in between.
async fn refusal(cx: &RequestContext<'_>, pending: &Pending) -> Result<Problem, Problem> {
    let found = cx.app.store.read(&pending.identity.email, Wanted::default()).await?.registration;
    Ok(match found.filter(|found| found.identity().id == pending.identity.id) {
        Some(Registration::Active(_)) => Problem::AlreadyActivated,
        Some(Registration::Disabled(_)) => Problem::AccountDisabled,
        Some(Registration::Pending(_)) => Problem::CodeExpired,
        None => Problem::Unauthorized,
    })
}

/// The request body, for the schema; [`read`](Self::read) takes the member.
#[derive(ToSchema)]
#[schema(as = Activation, description = "The code from the newest mail.")]
#[serde(deny_unknown_fields)]
struct Input {
    code: Code,
}

impl Input {
    fn read(cx: &RequestContext<'_>) -> Result<Self, Problem> {
        let rules = cx.app.codes()?;
        let mut object = cx.json()?;
        let code = object.text("code", |text| Code::parse(text, rules));
        Ok(Self { code: object.finish(code)? })
    }
}

problems!(Refusals: MalformedJson | Unauthorized | AccountDisabled | AlreadyActivated | CodeExpired | UnsupportedMediaType
    | InvalidInput | CodeIncorrect | TooManyAttempts);

/// Answers one request.
#[utoipa::path(
    post,
    path = "/api/activate",
    operation_id = "activate",
    tag = "Accounts",
    summary = "Activate an account",
    description = "Takes the password of the registration and the code that was mailed for it. A code allows three \
                   attempts within its minute, and works once.",
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
    let cx = RequestContext::new(app, request);
    cx.answer(activate(&cx)).await
}
