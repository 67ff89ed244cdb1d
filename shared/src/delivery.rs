//! A code on its way to its owner: made, and mailed once it is stored.
//!
//! A code whose mail was surely not sent is withdrawn: it is dead and counts for no limit. One that may have been sent
//! counts. Whatever the provider does, the request is answered before the function's time-out.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    App,
    clock::Timestamp,
    code::{ActivationCode, StoredCode},
    http::Call,
    mailer::{Language, MailError, Message},
    store::Write,
    telemetry::Metric,
    user::User,
};

/// How long a client waits after a mail that was not sent, before it asks again.
const PROVIDER_PAUSE: Duration = Duration::from_secs(5);

/// Until when sending the mail may take, from the start of the request. The code may have to be withdrawn after that,
/// for which [`timeouts`](crate::timeouts) allow 5 s: 13 s together, and the request has 14 s.
const MAIL_LIMIT: Duration = Duration::from_secs(8);

/// What became of a code's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The provider took it.
    Sent {
        /// When the code is dead.
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
pub struct Receipt {
    /// Whether the mail provider took the mail. If not, nothing is lost: ask for another code.
    sent: bool,
    /// When the code is dead, if it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Timestamp, required = false)]
    expires_at: Option<Timestamp>,
}

impl From<Delivery> for Receipt {
    fn from(delivery: Delivery) -> Self {
        match delivery {
            Delivery::Sent { expires_at } => Self { sent: true, expires_at: Some(expires_at) },
            Delivery::Failed { .. } => Self { sent: false, expires_at: None },
        }
    }
}

/// A fresh code for the registration `id`, and what is stored of it.
#[must_use]
pub fn new_code(app: &App, id: Uuid, now: Timestamp) -> (ActivationCode, StoredCode) {
    let code = ActivationCode::generate(&mut rand::rng(), app.config.codes.length);
    let mac = app.config.codes.secret.mac(id, &code);
    (code, StoredCode { mac, created_at: now })
}

/// Mails a code that was stored with `user`.
pub async fn deliver(
    app: &App,
    call: &Call,
    user: &User,
    code: &ActivationCode,
    stored: &StoredCode,
) -> Delivery {
    let rules = &app.config.codes;
    let language = Language::preferred(call.headers());
    let message = Message::new(&app.config.service_name, language, code, stored.created_at, rules.lifetime);
    let time_left = MAIL_LIMIT.saturating_sub(call.elapsed());
    let sending = tokio::time::timeout(time_left, app.mailer.send(&user.email, &message));
    let Err(error) = sending.await.unwrap_or_else(|_| Err(MailError::too_slow())) else {
        call.log().count(Metric::CodesSent);
        return Delivery::Sent { expires_at: message.expires_at };
    };
    call.log().count(Metric::MailFailures);
    call.log().fault(&error);
    let withdrawn = matches!(error, MailError::NotSent(_)) && withdraw(app, call, user, stored).await;
    Delivery::Failed { retry_after: if withdrawn { PROVIDER_PAUSE } else { PROVIDER_PAUSE.max(rules.pause) } }
}

async fn withdraw(app: &App, call: &Call, user: &User, stored: &StoredCode) -> bool {
    match app.store.withdraw_code(user, stored).await {
        Ok(Write::Done) => true,
        Ok(Write::Raced) => false,
        Err(problem) => {
            call.log().fault_of(&problem);
            false
        }
    }
}
