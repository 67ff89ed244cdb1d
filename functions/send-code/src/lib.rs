//! `POST /api/send-code`: mails a fresh code for a registration that waits for its activation.
//!
//! The older code is dead from the moment the newer one is stored.

use std::collections::BTreeMap;

use lambda_http::{Body, Request, Response};
use serde::Serialize;
use shared::{
    App,
    credentials::Credentials,
    delivery::{self, Delivery, Receipt},
    http::{Call, Reply},
    openapi,
    problem::Problem,
    store::{self, Write},
    user::User,
};
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{RefOr, Response as Described},
};

/// What the client gets.
#[derive(Serialize, ToSchema)]
#[schema(as = CodeSent, description = "What became of the code's mail.")]
struct Accepted {
    code: Receipt,
}

/// What else the client may get.
struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        openapi::refusals(|problem| {
            matches!(
                problem,
                Problem::Unauthorized
                    | Problem::AlreadyActivated
                    | Problem::TooManyCodes { .. }
                    | Problem::TooManyAttempts { .. }
                    | Problem::MailUnavailable { .. }
            )
        })
    }
}

/// Answers one request.
#[utoipa::path(
    post,
    path = "/api/send-code",
    operation_id = "sendCode",
    tag = "Accounts",
    summary = "Mail a fresh code",
    description = "For an account that waits for its activation. The older code is dead from this moment.",
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
    let call = Call::new(app, request);
    call.answer(send_code(app, &call)).await
}

async fn send_code(app: &App, call: &Call) -> Result<Reply, Problem> {
    let mut read = Credentials::parse(call.headers())?.inactive_user(app, call).await?;
    for _ in 0..store::ATTEMPTS {
        let codes_sent = read.codes_sent.with_one_more(call.now(), &app.config.codes)?;
        let user = User { codes_sent, ..read.clone() };
        let (code, stored) = delivery::new_code(app, user.id, call.now());
        if app.store.replace_code(&read, &user, &stored).await? == Write::Done {
            return match delivery::deliver(app, call, &user, &code, &stored).await {
                Delivery::Failed { retry_after } => Err(Problem::MailUnavailable { retry_after }),
                sent @ Delivery::Sent { .. } => Reply::accepted(&Accepted { code: sent.into() }),
            };
        }
        read = same_registration(app, read).await?;
    }
    Err(store::contended())
}

/// The registration whose password was checked, as it is now.
async fn same_registration(app: &App, checked: User) -> Result<User, Problem> {
    match app.store.find(&checked.email).await? {
        Some(user) if user.id != checked.id => Err(Problem::Unauthorized),
        Some(user) if user.is_active() => Err(Problem::AlreadyActivated),
        Some(user) => Ok(user),
        None => Err(Problem::Unauthorized),
    }
}
