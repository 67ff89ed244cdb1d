//! `GET /api/me`: the account behind the credentials.
//!
//! The example of a route that only active accounts may use.

use std::collections::BTreeMap;

use lambda_http::{Body, Request, Response};
use shared::{
    App,
    credentials::Credentials,
    http::{Call, Reply},
    openapi,
    problem::Problem,
    user::Account,
};
use utoipa::{
    IntoResponses,
    openapi::{RefOr, Response as Described},
};

/// What else the client may get.
struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        openapi::refusals(|problem| {
            matches!(problem, Problem::Unauthorized | Problem::NotActivated | Problem::TooManyAttempts { .. })
        })
    }
}

/// Answers one request.
#[utoipa::path(
    get,
    path = "/api/me",
    operation_id = "me",
    tag = "Accounts",
    summary = "Read the account",
    description = "The example of a route that only active accounts may use.",
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
    let call = Call::new(app, request);
    call.answer(me(app, &call)).await
}

async fn me(app: &App, call: &Call) -> Result<Reply, Problem> {
    let user = Credentials::parse(call.headers())?.active_user(app, call).await?;
    Reply::ok(&user.account())
}
