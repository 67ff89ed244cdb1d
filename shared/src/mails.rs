//! Sending mails, once what they are about is stored, and handling codes whose mail fails.
//!
//! A code whose mail was certainly not sent is withdrawn: it is dead and does not count for the day, but the pause
//! before the next one stays. One that may have been sent counts. Whatever the provider does, the request is answered
//! before the function's time-out.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    clock::Timestamp,
    code::NewCode,
    email_address::EmailAddress,
    http::RequestContext,
    limits::{self, Client, Count},
    mailer::{Language, Mail, MailError, Message},
    problem::Problem,
    registration::{IssuedCode, IssuedReset},
    store::{self, Attempt, Written},
    telemetry::Metric,
};

/// How long a client should wait after a mail that was not sent before it asks again.
const PROVIDER_PAUSE: Duration = Duration::from_secs(5);

/// Until when sending the mail may take, from the start of the request. The code may have to be withdrawn after that,
/// for which [`timeouts`](crate::timeouts) allow 5 s: 13 s together, and the request has 14 s.
const MAIL_LIMIT: Duration = Duration::from_secs(8);

/// The outcome of sending a code's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// The provider accepted it.
    Sent {
        /// How many digits the code has.
        length: usize,
        /// When the code expires.
        expires_at: Timestamp,
    },
    /// It was not sent, or that is unknown.
    Failed {
        /// How long it takes until another code may be asked for.
        retry_after: Duration,
    },
}

/// What an answer says about a code's mail.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeStatus {
    /// Whether the mail provider accepted the mail. If not, nothing is lost: ask for another code.
    sent: bool,
    /// How many digits the code has, if it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = usize, required = false, minimum = 4, maximum = 10)]
    length: Option<usize>,
    /// When the code expires, if it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Timestamp, required = false)]
    expires_at: Option<Timestamp>,
}

impl CodeStatus {
    /// The answer for an address about which nothing may be revealed.
    pub fn promised(code: &NewCode) -> Self {
        let length = code.plain.expose().len();
        SendOutcome::Sent { length, expires_at: code.stored.expires_at }.into()
    }
}

impl From<SendOutcome> for CodeStatus {
    fn from(outcome: SendOutcome) -> Self {
        match outcome {
            SendOutcome::Sent { length, expires_at } => {
                Self { sent: true, length: Some(length), expires_at: Some(expires_at) }
            }
            SendOutcome::Failed { .. } => Self { sent: false, length: None, expires_at: None },
        }
    }
}

/// Mails a stored code, and withdraws it if it was certainly not sent.
pub async fn send_code(cx: &RequestContext<'_>, issued: &IssuedCode) -> Result<SendOutcome, Problem> {
    let IssuedCode { pending, code, next_at, .. } = issued;
    let Err(error) = deliver(cx, &pending.identity.email, &Mail::ActivationCode(code)).await? else {
        cx.log.count(Metric::CodesSent);
        let length = code.plain.expose().len();
        return Ok(SendOutcome::Sent { length, expires_at: code.stored.expires_at });
    };
    // If DynamoDB fails, or somebody attempted the code, the code stays and counts.
    if matches!(error, MailError::NotSent(_)) {
        let withdrawn = store::settle((), |()| withdraw(cx.app.store.withdraw_code(issued))).await;
        withdrawn.inspect_err(|problem| cx.note(problem)).ok();
    }
    Ok(SendOutcome::Failed { retry_after: PROVIDER_PAUSE.max(next_at.saturating_since(cx.now())) })
}

/// The same for a reset code. The client does not learn the outcome.
pub async fn send_reset_code(cx: &RequestContext<'_>, issued: &IssuedReset) -> Result<(), Problem> {
    match deliver(cx, &issued.email, &Mail::ResetCode(&issued.code)).await? {
        Ok(()) => cx.log.count(Metric::CodesSent),
        Err(MailError::NotSent(_)) => {
            let withdrawn = store::settle((), |()| withdraw(cx.app.store.withdraw_reset(issued))).await;
            withdrawn.inspect_err(|problem| cx.note(problem)).ok();
        }
        Err(MailError::OutcomeUnknown(_)) => {}
    }
    Ok(())
}

/// Notifies an owner of a change, which stays even if the mail fails.
pub async fn send_notice(
    cx: &RequestContext<'_>,
    to: &EmailAddress,
    notice: &Mail<'_>,
) -> Result<(), Problem> {
    deliver(cx, to, notice).await.map(drop)
}

/// What a notice counts, for the transaction of its change.
pub fn notice_count(cx: &RequestContext<'_>, to: &EmailAddress) -> Result<Option<Count>, Problem> {
    Ok(limits::notice(to, &Client::at(cx.source_ip()), cx.now(), &cx.app.mail()?.limit))
}

/// Sends a mail within the time that is left. Failures go into the log and the metrics.
async fn deliver(
    cx: &RequestContext<'_>,
    to: &EmailAddress,
    mail: &Mail<'_>,
) -> Result<Result<(), MailError>, Problem> {
    let message = Message::new(&cx.app.service_name, Language::preferred(cx.headers()), mail);
    let time_left = MAIL_LIMIT.saturating_sub(cx.log.elapsed());
    let sending = cx.app.mail()?.mailer.send(to, &message);
    let sent = tokio::time::timeout(time_left, sending).await.unwrap_or_else(|_| Err(MailError::too_slow()));
    if let Err(error) = &sent {
        cx.log.count(Metric::MailFailures);
        cx.log.error(error);
    }
    Ok(sent)
}

/// Withdraws a code, unless another transaction holds its items.
async fn withdraw(
    withdrawal: impl Future<Output = Result<Written, Problem>>,
) -> Result<Attempt<(), ()>, Problem> {
    Ok(match withdrawal.await? {
        Written::Conflict => Attempt::Lost(()),
        Written::Committed | Written::Stale => Attempt::Done(()),
    })
}
