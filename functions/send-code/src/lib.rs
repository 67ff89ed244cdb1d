//! `POST /api/send-code`: mails a fresh code for a registration that waits for its activation.
//!
//! The older code expires the moment the newer one is stored.

use lambda_http::{Body, Request, Response};
use serde::Serialize;
use shared::{
    App,
    code::NewCode,
    code_mail::{self, CodeStatus, SendOutcome},
    config::Needs,
    credentials::Credentials,
    http::{Reply, RequestContext},
    problem::Problem,
    problems,
    registration::{Pending, Registration},
    store::{self, Attempt, Written},
};
use utoipa::ToSchema;

/// What the function reads beyond what every function does.
pub const NEEDS: Needs = Needs { codes: true, mail: true, new_passwords: false };

async fn send_code(cx: &RequestContext<'_>) -> Result<Reply, Problem> {
    let read = Credentials::parse(cx.headers())?.pending(cx).await?;
    let (pending, code) = store::settle(read, |read| write(cx, read)).await?;
    match code_mail::send(cx, &pending, &code).await? {
        SendOutcome::Failed { retry_after } => Err(Problem::MailUnavailable { retry_after }),
        sent @ SendOutcome::Sent { .. } => Reply::accepted(&Accepted { code: sent.into() }),
    }
}

/// Writes another code for the registration as it was read, unless another request was first.
async fn write(
    cx: &RequestContext<'_>,
    read: Pending,
) -> Result<Attempt<(Pending, NewCode), Pending>, Problem> {
    let pending = with_one_more_code(cx, &read)?;
    let code = NewCode::generate(&mut rand::rng(), pending.identity.id, cx.now(), cx.app.codes()?);
    Ok(match cx.app.store.replace_code(&read, &pending, &code.stored).await? {
        Written::Committed => Attempt::Done((pending, code)),
        Written::Conflict => Attempt::Lost(read_again(cx, &read).await?),
    })
}

fn with_one_more_code(cx: &RequestContext<'_>, read: &Pending) -> Result<Pending, Problem> {
    let limits = &cx.app.mail()?.limits;
    let codes_sent = read.codes_sent.with_one_more(cx.now(), limits)?;
    Ok(Pending::new(read.identity.clone(), codes_sent, cx.app.registration_ttl, limits))
}

/// The registration whose password was verified, as it is now.
async fn read_again(cx: &RequestContext<'_>, verified: &Pending) -> Result<Pending, Problem> {
    match cx.app.store.find(&verified.identity.email).await? {
        Some(Registration::Active(active)) if active.identity.id == verified.identity.id => {
            Err(Problem::AlreadyActivated)
        }
        Some(Registration::Pending(pending)) if pending.identity.id == verified.identity.id => Ok(pending),
        _ => Err(Problem::Unauthorized),
    }
}

/// What the client gets.
#[derive(Serialize, ToSchema)]
#[schema(as = CodeSent, description = "What became of the code's mail.")]
struct Accepted {
    code: CodeStatus,
}

problems!(Refusals: Unauthorized | AlreadyActivated | TooManyCodes | TooManyAttempts | MailUnavailable);

/// Answers one request.
#[utoipa::path(
    post,
    path = "/api/send-code",
    operation_id = "sendCode",
    tag = "Accounts",
    summary = "Mail a fresh code",
    description = "For an account that waits for its activation. The older code expires at once.",
    security(("basic" = [])),
    responses(
        (
            status = 202,
            body = Accepted,
            description = "The mail provider took the mail with the code.",
            example = json!({"code": {"sent": true, "expires_at": "2026-01-02T03:05:05.006Z"}}),
        ),
        Refusals,
    ),
)]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let cx = RequestContext::new(app, request);
    cx.answer(send_code(&cx)).await
}
