//! The mail with a code, sent once the code is stored, and what becomes of the code when the mail fails.
//!
//! A code whose mail was surely not sent is withdrawn: it is gone and counts for no limit. One that may have been sent
//! counts. Whatever the provider does, the request is answered before the function's time-out.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    clock::Timestamp,
    code::NewCode,
    http::RequestContext,
    mailer::{Language, MailError, Message},
    problem::Problem,
    registration::Pending,
    store::Written,
    telemetry::Metric,
};

/// How long a client waits after a mail that was not sent, before it asks again.
const PROVIDER_PAUSE: Duration = Duration::from_secs(5);

/// Until when sending the mail may take, from the start of the request. The code may have to be withdrawn after that,
/// for which [`timeouts`](crate::timeouts) allow 5 s: 13 s together, and the request has 14 s.
const MAIL_LIMIT: Duration = Duration::from_secs(8);

/// What became of a code's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// The provider took it.
    Sent {
        /// When the code expires.
        expires_at: Timestamp,
    },
    /// It was not sent, or nobody knows.
    Failed {
        /// How long it takes until another code may be asked for.
        retry_after: Duration,
    },
}

/// What an answer says of a code's mail.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeStatus {
    /// Whether the mail provider took the mail. If not, nothing is lost: ask for another code.
    sent: bool,
    /// When the code expires, if it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Timestamp, required = false)]
    expires_at: Option<Timestamp>,
}

impl From<SendOutcome> for CodeStatus {
    fn from(outcome: SendOutcome) -> Self {
        match outcome {
            SendOutcome::Sent { expires_at } => Self { sent: true, expires_at: Some(expires_at) },
            SendOutcome::Failed { .. } => Self { sent: false, expires_at: None },
        }
    }
}

/// Mails a code that was stored with `pending`, and withdraws it if it surely was not sent.
pub async fn send(
    cx: &RequestContext<'_>,
    pending: &Pending,
    code: &NewCode,
) -> Result<SendOutcome, Problem> {
    let Err(error) = mail(cx, pending, code).await? else {
        cx.log.count(Metric::CodesSent);
        return Ok(SendOutcome::Sent { expires_at: code.stored.expires_at });
    };
    cx.log.count(Metric::MailFailures);
    cx.log.error(&error);
    let withdrawn = matches!(error, MailError::NotSent(_)) && withdraw(cx, pending, code).await?;
    let cooldown = if withdrawn { Duration::ZERO } else { cx.app.mail()?.limits.cooldown };
    Ok(SendOutcome::Failed { retry_after: PROVIDER_PAUSE.max(cooldown) })
}

async fn mail(
    cx: &RequestContext<'_>,
    pending: &Pending,
    code: &NewCode,
) -> Result<Result<(), MailError>, Problem> {
    let message = Message::new(&cx.app.service_name, Language::preferred(cx.headers()), code);
    let time_left = MAIL_LIMIT.saturating_sub(cx.log.elapsed());
    let sending = cx.app.mail()?.mailer.send(&pending.identity.email, &message);
    let sent = tokio::time::timeout(time_left, sending).await;
    Ok(sent.unwrap_or_else(|_| Err(MailError::too_slow())))
}

/// Whether the code was withdrawn. When DynamoDB fails at it, the code stays and counts.
async fn withdraw(cx: &RequestContext<'_>, pending: &Pending, code: &NewCode) -> Result<bool, Problem> {
    let codes_sent = pending.codes_sent.without(code.stored.created_at);
    let without =
        Pending::new(pending.identity.clone(), codes_sent, cx.app.registration_ttl, &cx.app.mail()?.limits);
    Ok(match cx.app.store.withdraw_code(pending, &without, &code.stored).await {
        Ok(written) => written == Written::Committed,
        Err(problem) => {
            problem.cause().into_iter().for_each(|cause| cx.log.error(cause));
            false
        }
    })
}
