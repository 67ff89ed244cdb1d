//! `POST /api/reset-password`: sets a new password for a client that has the code from the mail.
//!
//! An attempt is reserved before the code is compared, and the hash is computed afterwards, so a wrong code costs none.
//! For an address without an active account no code is right, and the answers are the same.

use lambda_http::{Body, Request, Response};
use shared::{
    App,
    code::{Binding, Code, CodeMac, Purpose},
    config::Need,
    email_address::EmailAddress,
    http::{Reply, RequestContext},
    limits::Client,
    mailer::Mail,
    mails,
    password::{InvalidPassword, Password},
    password_hash::PasswordHash,
    problem::{FieldError, Problem},
    problems,
    registration::{Account, Active, Registration},
    store::{self, Attempt, Wanted, Written},
    telemetry::Metric,
};
use utoipa::ToSchema;

/// The settings that the function reads beyond those of every function.
pub const NEEDS: &[Need] =
    &[Need::Edge, Need::Users, Need::Codes(Purpose::Reset), Need::Mail, Need::NewPasswords];

async fn reset_password(cx: &RequestContext<'_>) -> Result<Reply, Problem> {
    let Input { email, code, password } = Input::read(cx)?;
    let found = cx.app.store.read(&email, Wanted::default()).await?.registration;
    let account = found.and_then(Registration::into_active);
    let (account, mac) = compare(cx, &email, account, &code).await?;
    let hash = hash(cx, &account, &password).await?;
    let account = store::settle(account, |account| write(cx, account, &hash, &mac)).await?;
    mails::send_notice(cx, &email, &Mail::PasswordChanged { at: cx.now() }).await?;
    Reply::ok(&account.account())
}

/// Gives the account its new password, unless another request was first.
async fn write(
    cx: &RequestContext<'_>,
    account: Active,
    hash: &PasswordHash,
    mac: &CodeMac,
) -> Result<Attempt<Active, Active>, Problem> {
    let notice = mails::notice_count(cx, &account.identity.email)?;
    Ok(match cx.app.store.change_password(&account, hash, cx.now(), Some(mac), notice.as_ref()).await? {
        Written::Committed => Attempt::Done(account.with_password(hash.clone(), cx.now())),
        Written::Conflict => Attempt::Lost(account),
        // Another request used the code, or changed the password, first.
        Written::Stale => return Err(Problem::CodeExpired),
    })
}

/// The account and the stored code, if this is the right one.
async fn compare(
    cx: &RequestContext<'_>,
    email: &EmailAddress,
    account: Option<Active>,
    code: &Code,
) -> Result<(Active, CodeMac), Problem> {
    let rules = cx.app.codes()?;
    let client = Client::at(cx.source_ip());
    let reserved = cx.app.store.reserve_reset_attempt(email, &client, cx.now(), rules).await?;
    let (mac, attempts) = reserved.ok_or(Problem::CodeExpired)?;
    let is_right = |account: &Active| {
        let binding = Binding::reset(account.identity.id, &account.identity.password_hash);
        rules.secret.verify(&mac, binding, code)
    };
    match account.filter(is_right) {
        Some(account) => Ok((account, mac)),
        None => Err(Problem::CodeIncorrect {
            attempts_left: rules.attempts.map(|allowed| allowed.get().saturating_sub(attempts)),
        }),
    }
}

/// The hash of the new password, which must differ from the old one.
async fn hash(
    cx: &RequestContext<'_>,
    account: &Active,
    password: &Password,
) -> Result<PasswordHash, Problem> {
    let verifying = account.identity.password_hash.verify(password);
    if cx.log.timed(Metric::HashTime, verifying).await.map_err(Problem::internal)? {
        return Err(Problem::InvalidInput(vec![FieldError::at("password", &InvalidPassword::Unchanged)]));
    }
    cx.hash_new(password).await
}

/// The request body, for the schema; [`read`](Self::read) takes the members.
#[derive(ToSchema)]
#[schema(as = Reset, description = "The code from the newest mail, and the new password.")]
#[serde(deny_unknown_fields)]
struct Input {
    email: EmailAddress,
    /// As shown in the mail, with leading zeros.
    #[schema(value_type = String, pattern = "^[0-9]{8,10}$", examples("00427195"))]
    code: Code,
    password: Password,
}

impl Input {
    fn read(cx: &RequestContext<'_>) -> Result<Self, Problem> {
        let (rules, codes) = (cx.app.new_passwords()?, cx.app.codes()?);
        let mut object = cx.json()?;
        let email = object.text("email", EmailAddress::parse);
        let code = object.text("code", |text| Code::parse(text, codes));
        let password = object
            .text("password", |text| Password::parse_new(text, rules, email.as_ref(), &cx.app.service_name));
        let ((email, code), password) = object.finish(email.zip(code).zip(password))?;
        Ok(Self { email, code, password })
    }
}

problems!(Refusals: MalformedJson | CodeExpired | UnsupportedMediaType | InvalidInput | CodeIncorrect);

/// Answers one request.
#[utoipa::path(
    post,
    path = "/api/reset-password",
    operation_id = "resetPassword",
    tag = "Accounts",
    summary = "Set a new password",
    description = "Takes the code that `/api/forgot-password` mailed. A code allows each network three attempts within \
                   its ten minutes, and works once. Every older password is invalid at once, and the owner is \
                   notified by mail.",
    request_body = Input,
    responses(
        (status = 200, body = Account, description = "The account has the new password.", example = json!({
            "id": "019b7ca9-8c8e-7d27-9a1f-5c0b64e7a210",
            "email": "ada@example.com",
            "activated": true,
            "created_at": "2026-01-02T03:04:05.006Z",
            "activated_at": "2026-01-02T03:04:32.871Z",
            "password_changed_at": "2026-02-03T04:05:06.007Z"
        })),
        Refusals,
    ),
)]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let cx = RequestContext::new(app, request);
    cx.answer(reset_password(&cx)).await
}
