//! How mail leaves: one enum of the ways that ship.
//!
//! A mailer says of each mail whether it was taken, surely not sent, or perhaps sent; what follows from that for the
//! limits is [`delivery`](crate::delivery)'s to say.

mod doubt;
mod languages;
mod message;
#[cfg(test)]
mod provider;
mod ses;
mod signature;
mod webhook;

use std::{fmt, io::Write, sync::Arc, time::Duration};

use serde_json::json;

pub use self::{
    languages::Language,
    message::Message,
    ses::Ses,
    signature::WebhookSecret,
    webhook::{Webhook, WebhookUrl},
};
use crate::{
    config::{Config, MailSettings},
    email_address::EmailAddress,
    problem::Cause,
};

/// When a function that is ready connects to its mail provider: after it has, as a rule, asked for its first event.
const SOON: Duration = Duration::from_millis(1);

/// A way to send mail.
pub enum Mailer {
    /// One line of JSON on standard output per mail. For development: it shows the code.
    Console,
    /// Amazon SES.
    Ses(Arc<Ses>),
    /// A receiver of webhooks.
    Webhook(Webhook),
}

impl Mailer {
    pub(crate) fn new(config: &Config, ses: aws_sdk_sesv2::Config) -> Self {
        match config.mail.clone() {
            MailSettings::Console => Self::Console,
            MailSettings::Ses { from, configuration_set } => {
                let tag = ses::tag_value(&config.service_name);
                Self::Ses(Arc::new(Ses::new(ses, from, configuration_set, tag)))
            }
            MailSettings::Webhook { url, secret } => Self::Webhook(Webhook::new(url, secret)),
        }
    }

    /// Opens the connection that the first mail will use, where the way has one that is kept. Sends nothing.
    pub(crate) fn connect_soon(&self) {
        if let Self::Ses(ses) = self {
            let ses = Arc::clone(ses);
            tokio::spawn(async move {
                tokio::time::sleep(SOON).await;
                ses.connect().await;
            });
        }
    }

    /// Sends one mail.
    ///
    /// # Errors
    /// Says whether the mail may have been sent all the same.
    pub async fn send(&self, to: &EmailAddress, message: &Message) -> Result<(), MailError> {
        match self {
            Self::Console => print(to, message),
            Self::Ses(ses) => ses.send(to, message).await,
            Self::Webhook(webhook) => webhook.send(to, message).await,
        }
    }
}

fn print(to: &EmailAddress, message: &Message) -> Result<(), MailError> {
    let mail =
        json!({"to": to, "subject": message.subject, "code": message.code.expose(), "text": message.text});
    let line = format!("{}\n", json!({"mail": mail}));
    std::io::stdout().lock().write_all(line.as_bytes()).map_err(|error| MailError::NotSent(error.into()))
}

/// A mail that the provider did not take. `Display` is for the log.
#[derive(Debug)]
pub enum MailError {
    /// It was surely not sent.
    NotSent(Cause),
    /// It may have been sent.
    MaybeSent(Cause),
}

impl MailError {
    pub(crate) fn too_slow() -> Self {
        Self::MaybeSent("the provider took longer than the request can wait".into())
    }
}

impl fmt::Display for MailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent(_) => "the mail was not sent",
            Self::MaybeSent(_) => "the mail may not have been sent",
        })
    }
}

impl std::error::Error for MailError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotSent(cause) | Self::MaybeSent(cause) => Some(&**cause),
        }
    }
}
