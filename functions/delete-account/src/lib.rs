//! `DELETE /api/me`: deletes an account, active or not, and all that is stored of it.
//!
//! What stays are the counters of the day, so that deleting is no way to more guesses. The owner of an active account is
//! told by mail; an address that was never proven is not. A disabled account stays: its address would be free again.

use lambda_http::{Body, Request, Response};
use shared::{
    App,
    config::Needs,
    credentials::Credentials,
    http::{Reply, RequestContext},
    mailer::Mail,
    mails,
    problem::Problem,
    problems,
    registration::Registration,
    store::{self, Attempt, Written},
};

/// What the function reads beyond what every function does.
pub const NEEDS: Needs = Needs { codes_table: true, mail: true, ..Needs::NOTHING };

async fn delete_account(cx: &RequestContext<'_>) -> Result<Reply, Problem> {
    let credentials = Credentials::parse(cx.headers())?;
    let found = credentials.any_account(cx).await?;
    let deleted = store::settle(found, |found| write(cx, &credentials, found)).await?;
    if let Registration::Active(account) = deleted {
        mails::send_notice(cx, &account.identity.email, &Mail::AccountDeleted { at: cx.now() }).await?;
    }
    Ok(Reply::no_content())
}

/// Deletes what was found. If another request was first, what it left is deleted, as long as the credentials open it.
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
    description = "Deletes the account, active or not, its codes and its registration. There is no way back. The owner \
                   of an active account is told by mail.",
    security(("basic" = [])),
    responses((status = 204, description = "The account is gone."), Refusals),
)]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let cx = RequestContext::new(app, request);
    cx.answer(delete_account(&cx)).await
}
