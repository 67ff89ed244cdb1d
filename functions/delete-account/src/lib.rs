//! `DELETE /api/me`: deletes an account, active or not, and everything stored about it.
//!
//! Only the counters of the day stay, so that deleting gives no extra guesses. The owner of an active account is told
//! by mail; an address that was never confirmed gets no mail. A disabled account can't be deleted, because its address
//! would be free again.

use lambda_http::{Body, Request, Response};
use shared::{
    App,
    config::Need,
    credentials::Credentials,
    http::{Reply, RequestContext},
    mailer::Mail,
    mails,
    problem::Problem,
    problems,
    registration::Registration,
    store::{self, Attempt, Written},
};

/// The settings that the function reads beyond those of every function.
pub const NEEDS: &[Need] = &[Need::Edge, Need::Users, Need::CodesTable, Need::Mail];

async fn delete_account(cx: &RequestContext<'_>) -> Result<Reply, Problem> {
    let credentials = Credentials::parse(cx.headers())?;
    let found = credentials.any_account(cx).await?;
    let deleted = store::settle(found, |found| write(cx, &credentials, found)).await?;
    if let Registration::Active(account) = deleted {
        mails::send_notice(cx, &account.identity.email, &Mail::AccountDeleted { at: cx.now() }).await?;
    }
    Ok(Reply::no_content())
}

/// Deletes what was found. If another request changed it first, the result is deleted, as long as the credentials
/// match.
async fn write(
    cx: &RequestContext<'_>,
    credentials: &Credentials,
    found: Registration,
) -> Result<Attempt<Registration, Registration>, Problem> {
    let notice = match &found {
        Registration::Active(account) => mails::notice_count(cx, &account.identity.email)?,
        Registration::Pending(_) | Registration::Disabled(_) => None,
    };
    Ok(match cx.app.store.delete(&found, cx.now(), notice.as_ref()).await? {
        Written::Committed => Attempt::Done(found),
        Written::Conflict => Attempt::Lost(found),
        Written::Stale => Attempt::Lost(credentials.any_account(cx).await?),
    })
}

problems!(Refusals: Unauthorized | AccountDisabled | TooManyAttempts);

/// Answers one request.
#[utoipa::path(
    delete,
    path = "/api/me",
    operation_id = "deleteMe",
    tag = "Accounts",
    summary = "Delete the account",
    description = "Deletes the account, active or not, its codes and its registration. This can't be undone. The owner \
                   of an active account is notified by mail.",
    security(("basic" = [])),
    responses((status = 204, description = "The account was deleted."), Refusals),
)]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let cx = RequestContext::new(app, request);
    cx.answer(delete_account(&cx)).await
}
