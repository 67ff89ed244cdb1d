//! `GET /api/me`: the account behind the credentials.
//!
//! The example of a route that only active accounts may use.

use lambda_http::{Body, Request, Response};
use shared::{
    App,
    credentials::Credentials,
    http::{Call, Reply},
    problem::Problem,
};

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let call = Call::new(app, request);
    call.answer(me(app, &call)).await
}

async fn me(app: &App, call: &Call) -> Result<Reply, Problem> {
    let user = Credentials::parse(call.headers())?.active_user(app, call).await?;
    Reply::ok(&user.account())
}
