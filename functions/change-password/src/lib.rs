//! `POST /api/change-password`: gives an account another password.
//!
//! The write ends the old password and any reset code. The owner is told by mail.

use lambda_http::{Body, Request, Response};
use shared::{
    App,
    config::Need,
    credentials::Credentials,
    http::{Reply, RequestContext},
    mailer::Mail,
    mails,
    password::{InvalidPassword, Password},
    password_hash::PasswordHash,
    problem::Problem,
    problems,
    registration::{Account, Active},
    store::{self, Attempt, Written},
};
use utoipa::ToSchema;

/// The settings that the function reads beyond those of every function.
pub const NEEDS: &[Need] = &[Need::Edge, Need::Users, Need::CodesTable, Need::Mail, Need::NewPasswords];

async fn change_password(cx: &RequestContext<'_>) -> Result<Reply, Problem> {
    let credentials = Credentials::parse(cx.headers())?;
    let Input { password } = Input::read(cx, &credentials)?;
    let account = credentials.any_account(cx).await?.active()?;
    let hash = cx.hash_new(&password).await?;
    let account = store::settle(account, |account| write(cx, &credentials, account, &hash)).await?;
    mails::send_notice(cx, &account.identity.email, &Mail::PasswordChanged { at: cx.now() }).await?;
    Reply::ok(&account.account())
}

/// Gives the account its new password. If another request was first, the account must still have the same password:
/// then that request only renewed the hash.
async fn write(
    cx: &RequestContext<'_>,
    credentials: &Credentials,
    account: Active,
    hash: &PasswordHash,
) -> Result<Attempt<Active, Active>, Problem> {
    let notice = mails::notice_count(cx, &account.identity.email)?;
    Ok(match cx.app.store.change_password(&account, hash, cx.now(), None, notice.as_ref()).await? {
        Written::Committed => Attempt::Done(account.with_password(hash.clone(), cx.now())),
        Written::Conflict => Attempt::Lost(account),
        Written::Stale => Attempt::Lost(credentials.any_account(cx).await?.active()?),
    })
}

/// The request body, for the schema; [`read`](Self::read) takes the member.
#[derive(ToSchema)]
#[schema(as = NewPassword, description = "The new password.")]
#[serde(deny_unknown_fields)]
struct Input {
    password: Password,
}

impl Input {
    fn read(cx: &RequestContext<'_>, credentials: &Credentials) -> Result<Self, Problem> {
        let rules = cx.app.new_passwords()?;
        let mut object = cx.json()?;
        let password = object.text("password", |text| {
            let email = Some(credentials.email());
            let password = Password::parse_new(text, rules, email, &cx.app.service_name)?;
            if credentials.have(&password) { Err(InvalidPassword::Unchanged) } else { Ok(password) }
        });
        Ok(Self { password: object.finish(password)? })
    }
}

problems!(Refusals: MalformedJson | Unauthorized | NotActivated | AccountDisabled | UnsupportedMediaType | InvalidInput
    | TooManyAttempts);

/// Answers one request.
#[utoipa::path(
    post,
    path = "/api/change-password",
    operation_id = "changePassword",
    tag = "Accounts",
    summary = "Change the password",
    description = "Takes the current password with HTTP Basic and the new one in the body. The old one is invalid at \
                   once, and the owner is notified by mail.",
    security(("basic" = [])),
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
    cx.answer(change_password(&cx)).await
}
