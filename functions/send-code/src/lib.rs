//! `POST /api/send-code`: mails another code for a pending registration.
//!
//! The older code expires when the newer one is stored.

use lambda_http::{Body, Request, Response};
use serde::Serialize;
use shared::{
    App,
    code::{NewestCode, Purpose},
    code_issue,
    config::Need,
    credentials::Credentials,
    http::{Reply, RequestContext},
    limits::{AllowedCode, CodeRequest},
    mails::{self, CodeStatus, SendOutcome},
    problem::Problem,
    problems,
    registration::{IssuedCode, Pending},
    store::{self, Attempt, Snapshot, Wanted, Written},
};
use utoipa::ToSchema;

/// The settings that the function reads beyond those of every function.
pub const NEEDS: &[Need] =
    &[Need::Edge, Need::Users, Need::Codes(Purpose::Activation), Need::CodeRequests, Need::Mail];

async fn send_code(cx: &RequestContext<'_>) -> Result<Reply, Problem> {
    let (pending, request, snapshot) = Credentials::parse(cx.headers())?.pending_with_codes(cx).await?;
    let allowed = allowed(cx, &request, pending, snapshot)?;
    code_issue::count_for_client(cx).await?;
    let issued = store::settle(allowed, |allowed| write(cx, &request, allowed)).await?;
    match mails::send_code(cx, &issued).await? {
        SendOutcome::Failed { retry_after } => Err(Problem::MailUnavailable { retry_after }),
        sent @ SendOutcome::Sent { .. } => Reply::accepted(&Accepted { code: sent.into() }),
    }
}

/// Writes another code for the registration as it was read, unless another request was first.
async fn write(
    cx: &RequestContext<'_>,
    request: &CodeRequest,
    allowed: Allowed,
) -> Result<Attempt<IssuedCode, Allowed>, Problem> {
    let Allowed { pending, newest_code, code } = allowed;
    let issued = code_issue::issue(cx, pending.clone(), code)?;
    Ok(match cx.app.store.replace_code(&pending, newest_code.as_ref(), &issued).await? {
        Written::Committed => Attempt::Done(issued),
        Written::Conflict | Written::Stale => Attempt::Lost(read_again(cx, request, &pending).await?),
    })
}

/// A code that may be sent, and what was read for this decision.
struct Allowed {
    pending: Pending,
    newest_code: Option<NewestCode>,
    code: AllowedCode,
}

/// Checks that a registration may be sent another code.
fn allowed(
    cx: &RequestContext<'_>,
    request: &CodeRequest,
    pending: Pending,
    snapshot: Snapshot,
) -> Result<Allowed, Problem> {
    snapshot.deliverable(cx.now())?;
    let Snapshot { newest_code, counters, .. } = snapshot;
    let cooldown = cx.app.code_requests()?.limits.cooldown;
    let not_before = newest_code.as_ref().map(|code| code.created_at + cooldown);
    let code = request.allow(not_before, &pending.short_codes, &counters)?;
    Ok(Allowed { pending, newest_code, code })
}

/// The registration whose password was verified, as it is now.
async fn read_again(
    cx: &RequestContext<'_>,
    request: &CodeRequest,
    verified: &Pending,
) -> Result<Allowed, Problem> {
    let wanted =
        Wanted { newest_code: Some(Purpose::Activation), counters: request.keys().collect(), mark: true };
    let mut snapshot = cx.app.store.read(&verified.identity.email, wanted).await?;
    match snapshot.registration.take() {
        Some(registration) if registration.identity().id == verified.identity.id => {
            allowed(cx, request, registration.pending()?, snapshot)
        }
        _ => Err(Problem::Unauthorized),
    }
}

/// The response body.
#[derive(Serialize, ToSchema)]
#[schema(as = CodeSent, description = "The outcome of mailing the code.")]
struct Accepted {
    code: CodeStatus,
}

problems!(Refusals: Unauthorized | AccountDisabled | AlreadyActivated | MailUndeliverable | TooManyCodes | TooManyRequests | TooManyAttempts
    | MailUnavailable);

/// Answers one request.
#[utoipa::path(
    post,
    path = "/api/send-code",
    operation_id = "sendCode",
    tag = "Accounts",
    summary = "Mail another code",
    description = "For an account that is not activated yet. The older code expires at once.",
    security(("basic" = [])),
    responses(
        (
            status = 202,
            body = Accepted,
            description = "The mail provider accepted the mail with the code.",
            example = json!({"code": {"sent": true, "length": 4, "expires_at": "2026-01-02T03:05:05.006Z"}}),
        ),
        Refusals,
    ),
)]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let cx = RequestContext::new(app, request);
    cx.answer(send_code(&cx)).await
}
