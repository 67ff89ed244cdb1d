//! `POST /api/register`: makes a registration and mails its code.
//!
//! Of any number of simultaneous requests for one address, one makes the registration. Registering again while the
//! account is not active replaces all of it: id, password and code.

use lambda_http::{Body, Request, Response};
use serde::Serialize;
use shared::{
    App,
    code::NewCode,
    code_mail::{self, CodeStatus},
    config::Needs,
    email_address::EmailAddress,
    http::{Reply, RequestContext},
    limits::{Client, CodesSent, RegistrationLimit},
    password::Password,
    password_hash::PasswordHash,
    problem::Problem,
    problems,
    registration::{Account, Identity, Pending, Registration, new_id},
    store::{self, Attempt, Written},
    telemetry::Metric,
};
use utoipa::ToSchema;

/// What the function reads beyond what every function does.
pub const NEEDS: Needs = Needs { codes: true, mail: true, new_passwords: true };

async fn register(cx: &RequestContext<'_>) -> Result<Reply, Problem> {
    let Input { email, password } = Input::read(cx)?;
    count(cx).await?;
    let allowed = allowed(cx, &email).await?;
    let hash = hash(cx, &password).await?;
    let (new, code) = store::settle(allowed, |allowed| write(cx, &email, &hash, allowed)).await?;
    cx.log.count(Metric::Registered);
    let outcome = code_mail::send(cx, &new, &code).await?;
    Reply::created(&Registered { account: new.account(), code: outcome.into() })
}

/// Writes a registration that is allowed, unless another request was first.
async fn write(
    cx: &RequestContext<'_>,
    email: &EmailAddress,
    hash: &PasswordHash,
    allowed: Allowed,
) -> Result<Attempt<(Pending, NewCode), Allowed>, Problem> {
    let (new, code) = allowed.registration(cx, email, hash)?;
    Ok(match cx.app.store.register(allowed.replaced.as_ref(), &new, &code.stored).await? {
        Written::Committed => Attempt::Done((new, code)),
        Written::Conflict => Attempt::Lost(self::allowed(cx, email).await?),
    })
}

/// Counted whatever comes of it: asking which addresses are taken is limited too.
async fn count(cx: &RequestContext<'_>) -> Result<(), Problem> {
    let max = cx.app.mail()?.registrations_per_hour;
    match RegistrationLimit::of(&Client::at(cx.source_ip()), cx.now(), max) {
        Some(limit) if !cx.app.store.count(&limit.count).await? => Err(limit.exceeded()),
        _ => Ok(()),
    }
}

/// That the address may be registered now, and what it holds.
struct Allowed {
    replaced: Option<Pending>,
    codes_sent: CodesSent,
}

async fn allowed(cx: &RequestContext<'_>, email: &EmailAddress) -> Result<Allowed, Problem> {
    let replaced = match cx.app.store.find(email).await? {
        Some(Registration::Active(_)) => return Err(Problem::AlreadyRegistered),
        Some(Registration::Pending(pending)) => Some(pending),
        None => None,
    };
    let codes_sent = replaced.as_ref().map(|pending| pending.codes_sent.clone()).unwrap_or_default();
    let codes_sent = codes_sent.with_one_more(cx.now(), &cx.app.mail()?.limits)?;
    Ok(Allowed { replaced, codes_sent })
}

impl Allowed {
    /// A new registration of the address, and its code.
    fn registration(
        &self,
        cx: &RequestContext<'_>,
        email: &EmailAddress,
        hash: &PasswordHash,
    ) -> Result<(Pending, NewCode), Problem> {
        let identity = Identity {
            id: new_id(cx.now(), rand::random()),
            email: email.clone(),
            password_hash: hash.clone(),
            created_at: cx.now(),
        };
        let code = NewCode::generate(&mut rand::rng(), identity.id, cx.now(), cx.app.codes()?);
        let limits = &cx.app.mail()?.limits;
        let pending = Pending::new(identity, self.codes_sent.clone(), cx.app.registration_ttl, limits);
        Ok((pending, code))
    }
}

async fn hash(cx: &RequestContext<'_>, password: &Password) -> Result<PasswordHash, Problem> {
    let hashing = PasswordHash::of(password, cx.app.bcrypt_cost, rand::random());
    cx.log.timed(Metric::HashTime, hashing).await.map_err(Problem::internal)
}

/// What the client sends. The schema is read from it; the members are taken by [`read`](Self::read).
#[derive(ToSchema)]
#[schema(as = Registration, description = "A new account.")]
#[serde(deny_unknown_fields)]
struct Input {
    email: EmailAddress,
    password: Password,
}

impl Input {
    fn read(cx: &RequestContext<'_>) -> Result<Self, Problem> {
        let rules = cx.app.new_passwords()?;
        let mut object = cx.json()?;
        let email = object.text("email", EmailAddress::parse);
        let password = object
            .text("password", |text| Password::parse_new(text, rules, email.as_ref(), &cx.app.service_name));
        let (email, password) = object.finish(email.zip(password))?;
        Ok(Self { email, password })
    }
}

/// What the client gets.
#[derive(Serialize, ToSchema)]
#[schema(description = "The account, and what became of its code's mail.")]
struct Registered<'a> {
    #[serde(flatten)]
    account: Account<'a>,
    code: CodeStatus,
}

problems!(Refusals: MalformedJson | AlreadyRegistered | UnsupportedMediaType | InvalidInput | TooManyCodes
    | TooManyRequests);

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
    let cx = RequestContext::new(app, request);
    cx.answer(register(&cx)).await
}
