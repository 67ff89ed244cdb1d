//! How mail is sent: an enum of the implementations that ship.
//!
//! For each mail a mailer reports whether it was accepted, certainly not sent, or possibly sent;
//! [`mails`](crate::mails) decides what follows for the limits.

mod console;
mod in_doubt;
mod languages;
mod mail;
mod message;
#[cfg(test)]
mod provider;
mod ses;
mod signature;
mod webhook;

use std::{sync::Arc, time::Duration};

pub use self::{
    console::console_line, languages::Language, mail::Mail, message::Message, ses::Ses,
    signature::WebhookSecret, webhook::Webhook,
};
use crate::{email_address::EmailAddress, http_client::HttpsUrl, problem::BoxError};

/// When a started function connects to its mail provider: usually after it has asked for its first event.
const WARM_UP_DELAY: Duration = Duration::from_millis(1);

/// How mail is sent, according to the settings.
#[derive(Clone, Debug)]
pub enum MailSettings {
    /// One line of JSON on standard output per mail.
    Console,
    /// Amazon SES, API version 2.
    Ses {
        /// The sender, a verified identity.
        from: EmailAddress,
        /// The configuration set, if one is used.
        configuration_set: Option<String>,
    },
    /// A webhook receiver, which sends the mail its own way.
    Webhook {
        /// Its URL.
        url: HttpsUrl,
        /// The key of its signatures.
        secret: WebhookSecret,
    },
}

/// A way to send mail.
pub enum Mailer {
    /// One line of JSON on standard output per mail. For development: it shows the code.
    Console,
    /// Amazon SES.
    Ses(Arc<Ses>),
    /// A webhook receiver.
    Webhook(Webhook),
}

impl Mailer {
    pub(crate) fn new(settings: MailSettings, service_name: &str, ses: aws_sdk_sesv2::Config) -> Self {
        match settings {
            MailSettings::Console => Self::Console,
            MailSettings::Ses { from, configuration_set } => {
                let tag = ses::tag_value(service_name);
                Self::Ses(Arc::new(Ses::new(ses, from, configuration_set, tag)))
            }
            MailSettings::Webhook { url, secret } => Self::Webhook(Webhook::new(url, secret)),
        }
    }

    /// Opens the connection that the first mail will use, if the mailer keeps one. Sends nothing.
    pub(crate) fn warm_up_later(&self) {
        if let Self::Ses(ses) = self {
            let ses = Arc::clone(ses);
            tokio::spawn(async move {
                tokio::time::sleep(WARM_UP_DELAY).await;
                ses.warm_up().await;
            });
        }
    }

    /// Sends one mail.
    pub async fn send(&self, to: &EmailAddress, message: &Message) -> Result<(), MailError> {
        match self {
            Self::Console => console::print(to, message),
            Self::Ses(ses) => ses.send(to, message).await,
            Self::Webhook(webhook) => webhook.send(to, message).await,
        }
    }
}

/// A mail that the provider did not accept. `Display` is for the log.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It was certainly not sent.
    #[error("the mail was not sent")]
    NotSent(#[source] BoxError),
    /// It may have been sent.
    #[error("the mail may not have been sent")]
    OutcomeUnknown(#[source] BoxError),
}

impl MailError {
    pub(crate) fn too_slow() -> Self {
        Self::OutcomeUnknown("the provider took longer than the request can wait".into())
    }
}
