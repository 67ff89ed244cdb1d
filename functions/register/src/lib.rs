//! `POST /api/register`: makes a registration and mails its code.
//!
//! Of simultaneous requests for one address, one makes the registration. Registering again while the account is not
//! active replaces id, password and code, but only once that code has expired.

use lambda_http::{Body, Request, Response};
use serde::Serialize;
use shared::{
    App,
    code::{NewestCode, Purpose},
    code_issue,
    config::Need,
    email_address::EmailAddress,
    http::{Reply, RequestContext},
    limits::{AllowedCode, Client, SignIn},
    mails::{self, CodeStatus},
    password::Password,
    password_hash::PasswordHash,
    problem::Problem,
    problems,
    registration::{Account, Identity, IssuedCode, Pending, Registration, new_id},
    store::{self, Attempt, Snapshot, Wanted, Written},
    telemetry::Metric,
};
use utoipa::ToSchema;

/// The settings that the function reads beyond those of every function.
pub const NEEDS: &[Need] = &[
    Need::Edge,
    Need::Users,
    Need::Registrations,
    Need::Codes(Purpose::Activation),
    Need::CodeRequests,
    Need::Mail,
    Need::NewPasswords,
];

async fn register(cx: &RequestContext<'_>) -> Result<Reply, Problem> {
    let Input { email, password } = Input::read(cx)?;
    code_issue::count_for_client(cx).await?;
    let (allowed, hash) = prepare(cx, &email, &password).await?;
    let issued = store::settle(allowed, |allowed| write(cx, &email, &hash, allowed)).await?;
    cx.log.count(Metric::Registered);
    let outcome = mails::send_code(cx, &issued).await?;
    Reply::created(&Registered { account: issued.pending.account(), code: outcome.into() })
}

/// Checks that the address may be registered now, and hashes the password.
///
/// A breached password is refused before anything is revealed about the address, and after the same work for each. Such
/// a refusal sends no mail: if it or its time depended on the address, it would reveal without a trace which addresses
/// are free.
async fn prepare(
    cx: &RequestContext<'_>,
    email: &EmailAddress,
    password: &Password,
) -> Result<(Allowed, PasswordHash), Problem> {
    if !cx.app.refuses_breached_passwords() {
        return Ok((allowed(cx, email).await?, cx.hash_new(password).await?));
    }
    let (allowed, hash) = tokio::join!(allowed(cx, email), cx.hash_new(password));
    let hash = hash?;
    Ok((allowed?, hash))
}

/// Writes a registration that is allowed, unless another request was first.
async fn write(
    cx: &RequestContext<'_>,
    email: &EmailAddress,
    hash: &PasswordHash,
    allowed: Allowed,
) -> Result<Attempt<IssuedCode, Allowed>, Problem> {
    let Allowed { pending, newest_code, code, voids } = allowed;
    let issued = IssuedCode { voids, ..code_issue::issue(cx, registration(cx, email, hash)?, code)? };
    Ok(match cx.app.store.register(pending.as_ref(), newest_code.as_ref(), &issued).await? {
        Written::Committed => Attempt::Done(issued),
        Written::Conflict | Written::Stale => Attempt::Lost(self::allowed(cx, email).await?),
    })
}

/// A code that may be sent, and what was read for this decision.
struct Allowed {
    pending: Option<Pending>,
    newest_code: Option<NewestCode>,
    code: AllowedCode,
    voids: Option<String>,
}

/// Checks that the address may be registered now. Not while a code is valid: its recipient has its full lifetime.
async fn allowed(cx: &RequestContext<'_>, email: &EmailAddress) -> Result<Allowed, Problem> {
    let request = code_issue::code_limits(cx, email)?;
    // The client's wrong passwords were for the registration that this one replaces. An owner whose registration a
    // stranger replaced would otherwise have used up the attempts for the new one.
    let sign_in = SignIn::of(email, &Client::at(cx.source_ip()), cx.now(), &cx.app.passwords()?.limits);
    let earlier = sign_in.as_ref().map(SignIn::client_key);
    let wanted = Wanted {
        newest_code: Some(Purpose::Activation),
        counters: request.keys().chain(earlier).collect(),
        mark: true,
    };
    let snapshot = cx.app.store.read(email, wanted).await?;
    let deliverable = snapshot.deliverable(cx.now());
    let Snapshot { registration, newest_code, counters, .. } = snapshot;
    let pending = match registration {
        Some(Registration::Active(_) | Registration::Disabled(_)) => return Err(Problem::AlreadyRegistered),
        Some(Registration::Pending(pending)) => Some(pending),
        None => None,
    };
    deliverable?;
    let rules = cx.app.codes()?;
    let cooldown = cx.app.code_requests()?.limits.cooldown;
    let not_before = newest_code.as_ref().map(|code| code.replaceable_at(rules, cooldown));
    let short_codes = pending.as_ref().map(|pending| pending.short_codes.clone()).unwrap_or_default();
    let code = request.allow(not_before, &short_codes, &counters)?;
    let voids = earlier.filter(|key| counters.has(key)).map(str::to_owned);
    Ok(Allowed { pending, newest_code, code, voids })
}

fn registration(
    cx: &RequestContext<'_>,
    email: &EmailAddress,
    hash: &PasswordHash,
) -> Result<Pending, Problem> {
    let identity = Identity {
        id: new_id(cx.now(), rand::random()),
        email: email.clone(),
        password_hash: hash.clone(),
        created_at: cx.now(),
    };
    Ok(Pending::new(identity, cx.app.registration_ttl()?))
}

/// The request body, for the schema; [`read`](Self::read) takes the members.
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

/// The response body.
#[derive(Serialize, ToSchema)]
#[schema(description = "The account, and the outcome of mailing its code.")]
struct Registered<'a> {
    #[serde(flatten)]
    account: Account<'a>,
    code: CodeStatus,
}

problems!(Refusals: MalformedJson | AlreadyRegistered | UnsupportedMediaType | InvalidInput | MailUndeliverable | TooManyCodes
    | TooManyRequests);

/// Answers one request.
#[utoipa::path(
    post,
    path = "/api/register",
    operation_id = "register",
    tag = "Accounts",
    summary = "Register an address",
    description = "Creates an account that has to be activated, and mails a code to the address. An address that \
                   is not active yet can be registered again once its code has expired: that replaces the account's \
                   id, its password and its code.",
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
                "code": {"sent": true, "length": 4, "expires_at": "2026-01-02T03:05:05.006Z"}
            }),
        ),
        Refusals,
    ),
)]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let cx = RequestContext::new(app, request);
    cx.answer(register(&cx)).await
}
