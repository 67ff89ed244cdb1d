//! `GET /api/me`: the account behind the credentials.
//!
//! An example of a route that only active accounts may use.

use lambda_http::{Body, Request, Response};
use shared::{
    App,
    config::Need,
    credentials::Credentials,
    http::{Reply, RequestContext},
    problem::Problem,
    problems,
    registration::Account,
};

/// The settings that the function reads beyond those of every function.
pub const NEEDS: &[Need] = &[Need::Edge, Need::Users];

async fn me(cx: &RequestContext<'_>) -> Result<Reply, Problem> {
    let account = Credentials::parse(cx.headers())?.active_account(cx).await?;
    Reply::ok(&account.account())
}

problems!(Refusals: Unauthorized | NotActivated | AccountDisabled | TooManyAttempts);

/// Answers one request.
#[utoipa::path(
    get,
    path = "/api/me",
    operation_id = "me",
    tag = "Accounts",
    summary = "Read the account",
    description = "An example of a route that only active accounts may use.",
    security(("basic" = [])),
    responses(
        (status = 200, body = Account, description = "The account behind the credentials.", example = json!({
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
    cx.answer(me(&cx)).await
}
