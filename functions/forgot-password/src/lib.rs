//! `POST /api/forgot-password`: mails a reset code.
//!
//! The answer, the counters and the time are the same whether or not an active account has the address.

use std::time::Duration;

use lambda_http::{Body, Request, Response};
use serde::Serialize;
use shared::{
    App,
    code::{Binding, CodeLength, NewCode, NewestCode, Purpose},
    code_issue,
    config::Need,
    email_address::EmailAddress,
    http::{Reply, RequestContext},
    limits::AllowedCode,
    mails::{self, CodeStatus},
    problem::Problem,
    problems,
    registration::{Active, IssuedReset, Registration, new_id},
    store::{self, Attempt, Snapshot, Wanted, Written},
};
use utoipa::ToSchema;

/// The settings that the function reads beyond those of every function.
pub const NEEDS: &[Need] =
    &[Need::Edge, Need::Users, Need::Codes(Purpose::Reset), Need::CodeRequests, Need::Mail];

/// The minimum duration of a request: longer than a mail provider usually takes, so that the time does not reveal
/// whether there was a mail.
const LEAST_TIME: Duration = Duration::from_millis(500);

async fn forgot_password(cx: &RequestContext<'_>) -> Result<Reply, Problem> {
    let Input { email } = Input::read(cx)?;
    code_issue::count_for_client(cx).await?;
    let allowed = allowed(cx, &email).await?;
    let (account, issued) = store::settle(allowed, |allowed| write(cx, &email, allowed)).await?;
    if account.is_some() {
        mails::send_reset_code(cx, &issued).await?;
    }
    tokio::time::sleep(LEAST_TIME.saturating_sub(cx.log.elapsed())).await;
    Reply::accepted(&Accepted { code: CodeStatus::promised(&issued.code) })
}

/// Stores a code that is allowed, unless another request was first.
async fn write(
    cx: &RequestContext<'_>,
    email: &EmailAddress,
    allowed: Allowed,
) -> Result<Attempt<(Option<Active>, IssuedReset), Allowed>, Problem> {
    let Allowed { account, newest_code, code } = allowed;
    let issued = issue(cx, email, account.as_ref(), code)?;
    Ok(match cx.app.store.issue_reset(newest_code.as_ref(), &issued).await? {
        Written::Committed => Attempt::Done((account, issued)),
        Written::Conflict | Written::Stale => Attempt::Lost(self::allowed(cx, email).await?),
    })
}

/// A code that may be sent, and what was read for this decision.
struct Allowed {
    account: Option<Active>,
    newest_code: Option<NewestCode>,
    code: AllowedCode,
}

/// Checks that the address may be sent a code.
async fn allowed(cx: &RequestContext<'_>, email: &EmailAddress) -> Result<Allowed, Problem> {
    let request = code_issue::code_limits(cx, email)?;
    let wanted = Wanted { newest_code: Some(Purpose::Reset), counters: request.keys().collect(), mark: true };
    let snapshot = cx.app.store.read(email, wanted).await?;
    let reached = snapshot.deliverable(cx.now()).is_ok();
    let Snapshot { registration, newest_code, counters, .. } = snapshot;
    let cooldown = cx.app.code_requests()?.limits.cooldown;
    let not_before = newest_code.as_ref().map(|code| code.created_at + cooldown);
    let code = request.allow_reset(not_before, &counters)?;
    // Nothing is sent to an undeliverable address, and the answer does not reveal that.
    let account = registration.and_then(Registration::into_active).filter(|_| reached);
    Ok(Allowed { account, newest_code, code })
}

/// A code for the account, or one that matches nothing.
fn issue(
    cx: &RequestContext<'_>,
    email: &EmailAddress,
    account: Option<&Active>,
    allowed: AllowedCode,
) -> Result<IssuedReset, Problem> {
    let (id, hash) = match account {
        Some(Active { identity, .. }) => (identity.id, &identity.password_hash),
        None => (new_id(cx.now(), rand::random()), &cx.app.passwords()?.dummy_hash),
    };
    let binding = Binding::reset(id, hash);
    let code = NewCode::generate(&mut rand::rng(), binding, cx.now(), CodeLength::Long, cx.app.codes()?);
    let AllowedCode { next_at, counts, .. } = allowed;
    Ok(IssuedReset { email: email.clone(), id, code, next_at, counts })
}

/// The request body, for the schema; [`read`](Self::read) takes the member.
#[derive(ToSchema)]
#[schema(as = ForgottenPassword, description = "The address of the account.")]
#[serde(deny_unknown_fields)]
struct Input {
    email: EmailAddress,
}

impl Input {
    fn read(cx: &RequestContext<'_>) -> Result<Self, Problem> {
        let mut object = cx.json()?;
        let email = object.text("email", EmailAddress::parse);
        Ok(Self { email: object.finish(email)? })
    }
}

/// The response body.
#[derive(Serialize, ToSchema)]
#[schema(as = ResetCodeSent, description = "The code that is mailed if an active account has the address.")]
struct Accepted {
    code: CodeStatus,
}

problems!(Refusals: MalformedJson | UnsupportedMediaType | InvalidInput | TooManyCodes | TooManyRequests);

/// Answers one request.
#[utoipa::path(
    post,
    path = "/api/forgot-password",
    operation_id = "forgotPassword",
    tag = "Accounts",
    summary = "Mail a code for a new password",
    description = "If an active account has the address, a code for `/api/reset-password` is mailed to it. The answer \
                   is the same if none has. The older code expires at once.",
    request_body = Input,
    responses(
        (
            status = 202,
            body = Accepted,
            description = "A code is mailed if an active account has the address. `code` describes it, and is the same if \
                           none has.",
            example = json!({"code": {"sent": true, "length": 8, "expires_at": "2026-01-02T03:14:05.006Z"}}),
        ),
        Refusals,
    ),
)]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let cx = RequestContext::new(app, request);
    cx.answer(forgot_password(&cx)).await
}
