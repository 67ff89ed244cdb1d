//! Mail through Amazon SES, API version 2 (`SendEmail`).
//!
//! What SES answers with an error was not sent. What it did not answer at all may have been.

use std::time::Duration;

use aws_sdk_sesv2::{
    Client,
    error::{BuildError, SdkError},
    types::{Body, Content, Destination, EmailContent, Message as SesMessage},
};

use super::{MailError, Message};
use crate::email_address::EmailAddress;

/// How long SES may take altogether, retries included. Below every function's time-out.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// A sender at Amazon SES.
pub struct Ses {
    pub(super) client: Client,
    pub(super) from: EmailAddress,
    pub(super) configuration_set: Option<String>,
}

impl Ses {
    pub(super) async fn send(&self, to: &EmailAddress, message: &Message) -> Result<(), MailError> {
        let content = content(message).map_err(|error| MailError::NotSent(error.into()))?;
        let sending = self
            .client
            .send_email()
            .from_email_address(self.from.as_str())
            .destination(Destination::builder().to_addresses(to.as_str()).build())
            .content(content)
            .set_configuration_set_name(self.configuration_set.clone())
            .send();
        match tokio::time::timeout(TIME_LIMIT, Box::pin(sending)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(match &error {
                SdkError::ServiceError(_) | SdkError::ConstructionFailure(_) => {
                    MailError::NotSent(error.into())
                }
                SdkError::DispatchFailure(failure) if failure.is_io() || failure.is_user() => {
                    MailError::NotSent(error.into())
                }
                _ => MailError::MaybeSent(error.into()),
            }),
            Err(elapsed) => Err(MailError::MaybeSent(elapsed.into())),
        }
    }
}

fn content(message: &Message) -> Result<EmailContent, BuildError> {
    let utf8 = |text: &str| Content::builder().data(text).charset("UTF-8").build();
    let body = Body::builder().text(utf8(&message.text)?).html(utf8(&message.html)?).build();
    let message = SesMessage::builder().subject(utf8(&message.subject)?).body(body).build();
    Ok(EmailContent::builder().simple(message).build())
}
