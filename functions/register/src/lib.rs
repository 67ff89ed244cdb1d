//! `POST /api/register`: makes a registration and mails its code.
//!
//! Of any number of requests for one address side by side, one makes the registration. Registering again while the
//! account is not active replaces all of it: id, password and code.

use std::collections::BTreeMap;

use lambda_http::{Body, Request, Response};
use serde::Serialize;
use shared::{
    App,
    delivery::{self, Receipt},
    email_address::EmailAddress,
    http::{Call, Reply},
    limits::Registrations,
    openapi,
    password::Password,
    password_hash::PasswordHash,
    problem::Problem,
    store::{self, Write},
    telemetry::Metric,
    user::{self, Account, User},
};
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{RefOr, Response as Described},
};

/// What the client sends.
#[derive(ToSchema)]
#[schema(as = Registration, description = "A new account.")]
#[serde(deny_unknown_fields)]
struct Input {
    email: EmailAddress,
    password: Password,
}

/// What the client gets.
#[derive(Serialize, ToSchema)]
#[schema(description = "The account, and what became of its code's mail.")]
struct Registered<'a> {
    #[serde(flatten)]
    account: Account<'a>,
    code: Receipt,
}

/// What else the client may get.
struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        openapi::refusals(|problem| {
            matches!(
                problem,
                Problem::MalformedJson
                    | Problem::AlreadyRegistered
                    | Problem::UnsupportedMediaType
                    | Problem::InvalidInput(_)
                    | Problem::TooManyCodes { .. }
                    | Problem::TooManyRequests { .. }
            )
        })
    }
}

/// Answers one request.
#[utoipa::path(
    post,
    path = "/api/register",
    operation_id = "register",
    tag = "Accounts",
    summary = "Register an address",
    description = "Makes an account that waits for its activation, and mails a code to the address. An address that \
                   is not active yet can be registered again: that replaces the account's id, its password and its \
                   code.",
    request_body = Input,
    responses(
        (
            status = 201,
            body = Registered,
            description = "The account is stored. `code.sent` says whether the code was mailed; if not, ask \
                           `/api/send-code` for another.",
            example = json!({
                "id": "019b7ca9-8c8e-7d27-9a1f-5c0b64e7a210",
                "email": "ada@example.com",
                "activated": false,
                "created_at": "2026-01-02T03:04:05.006Z",
                "code": {"sent": true, "expires_at": "2026-01-02T03:05:05.006Z"}
            }),
        ),
        Refusals,
    ),
)]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let call = Call::new(app, request);
    call.answer(register(app, &call)).await
}

async fn register(app: &App, call: &Call) -> Result<Reply, Problem> {
    let Input { email, password } = Input::read(app, call)?;
    // Counted whatever comes of it: asking which addresses are taken is limited too.
    if let Some(counter) = Registrations::of(call.source_ip(), call.now(), &app.config.limits) {
        app.store.count_registration(&counter).await?;
    }
    let mut hash = None;
    for _ in 0..store::ATTEMPTS {
        let replaced = app.store.find(&email).await?;
        if replaced.as_ref().is_some_and(User::is_active) {
            return Err(Problem::AlreadyRegistered);
        }
        let codes_sent = replaced.as_ref().map(|user| user.codes_sent.clone()).unwrap_or_default();
        let codes_sent = codes_sent.with_one_more(call.now(), &app.config.codes)?;
        let password_hash = match &hash {
            Some(hash) => PasswordHash::clone(hash),
            None => hash.insert(hash_of(app, call, &password).await?).clone(),
        };
        let user = User {
            id: user::new_id(call.now(), rand::random()),
            email: email.clone(),
            password_hash,
            created_at: call.now(),
            activated_at: None,
            codes_sent,
        };
        let (code, stored) = delivery::new_code(app, user.id, call.now());
        if app.store.register(replaced.as_ref(), &user, &stored).await? == Write::Done {
            call.log().count(Metric::Registered);
            let delivery = delivery::deliver(app, call, &user, &code, &stored).await;
            return Reply::created(&Registered { account: user.account(), code: delivery.into() });
        }
    }
    Err(store::contended())
}

async fn hash_of(app: &App, call: &Call, password: &Password) -> Result<PasswordHash, Problem> {
    let hashing = PasswordHash::of(password, app.config.passwords.cost, rand::random());
    call.log().timed(Metric::HashTime, hashing).await.map_err(Problem::internal)
}

impl Input {
    fn read(app: &App, call: &Call) -> Result<Self, Problem> {
        let mut members = call.members()?;
        let email = members.text("email", EmailAddress::parse);
        let password = members.text("password", |text| {
            Password::parse_new(text, &app.config.passwords, email.as_ref(), &app.config.service_name)
        });
        let (email, password) = members.finish(email.zip(password))?;
        Ok(Self { email, password })
    }
}
