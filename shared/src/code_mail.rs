//! The mail with a code, sent once the code is stored, and what becomes of the code when the mail fails.
//!
//! A code whose mail was surely not sent is withdrawn: it is dead and counts for no day, but the next one waits as long as
//! after any other. One that may have been sent counts. Whatever the provider does, the request is answered before the function's time-out.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    clock::Timestamp,
    http::RequestContext,
    mailer::{Language, Mail, MailError, Message},
    problem::Problem,
    registration::IssuedCode,
    store::{self, Attempt, Written},
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
        /// How many digits the code has.
        length: usize,
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
    /// How many digits the code has, if it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = usize, required = false, minimum = 4, maximum = 10)]
    length: Option<usize>,
    /// When the code expires, if it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Timestamp, required = false)]
    expires_at: Option<Timestamp>,
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

/// Mails a code that was stored, and withdraws it if it surely was not sent.
pub async fn send(cx: &RequestContext<'_>, issued: &IssuedCode) -> Result<SendOutcome, Problem> {
    let Err(error) = mail(cx, issued).await? else {
        cx.log.count(Metric::CodesSent);
        let length = issued.code.plain.expose().len();
        return Ok(SendOutcome::Sent { length, expires_at: issued.code.stored.expires_at });
    };
    cx.log.count(Metric::MailFailures);
    cx.log.error(&error);
    if matches!(error, MailError::NotSent(_)) {
        withdraw(cx, issued).await;
    }
    Ok(SendOutcome::Failed { retry_after: PROVIDER_PAUSE.max(issued.next_at.saturating_since(cx.now())) })
}

async fn mail(cx: &RequestContext<'_>, issued: &IssuedCode) -> Result<Result<(), MailError>, Problem> {
    let code = Mail::ActivationCode(&issued.code);
    let message = Message::new(&cx.app.service_name, Language::preferred(cx.headers()), &code);
    let time_left = MAIL_LIMIT.saturating_sub(cx.log.elapsed());
    let sending = cx.app.mail()?.mailer.send(&issued.pending.identity.email, &message);
    let sent = tokio::time::timeout(time_left, sending).await;
    Ok(sent.unwrap_or_else(|_| Err(MailError::too_slow())))
}

/// When DynamoDB fails at it, or somebody attempted the code, the code stays and counts.
async fn withdraw(cx: &RequestContext<'_>, issued: &IssuedCode) {
    if let Err(problem) = store::settle((), |()| withdraw_once(cx, issued)).await {
        problem.cause().into_iter().for_each(|cause| cx.log.error(cause));
    }
}

async fn withdraw_once(cx: &RequestContext<'_>, issued: &IssuedCode) -> Result<Attempt<(), ()>, Problem> {
    Ok(match cx.app.store.withdraw_code(issued).await? {
        Written::Conflict => Attempt::Lost(()),
        Written::Committed | Written::Stale => Attempt::Done(()),
    })
}
