//! Mail through Amazon SES, API version 2 (`SendEmail`).
//!
//! The SDK retries transient failures. Others are logged with what the operator can do about them.

use std::sync::OnceLock;

use aws_sdk_sesv2::{
    Client, Config,
    error::{BuildError, SdkError},
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, EmailContent, Message as SesMessage, MessageHeader, MessageTag},
};

use super::{MailError, Message, in_doubt::InDoubt};
use crate::{aws::WarmUp, email_address::EmailAddress};

/// A sender at Amazon SES.
pub struct Ses {
    config: Config,
    /// Made at first use, so that a start without mail does not pay for it.
    client: OnceLock<Client>,
    from: EmailAddress,
    configuration_set: Option<String>,
    tag: String,
}

impl Ses {
    /// `tag` is the value of the tag `service`, by which the metrics of a configuration set can be told apart.
    pub(super) fn new(
        config: Config,
        from: EmailAddress,
        configuration_set: Option<String>,
        tag: String,
    ) -> Self {
        Self { config, client: OnceLock::new(), from, configuration_set, tag }
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| Client::from_conf(self.config.clone()))
    }

    pub(super) async fn warm_up(&self) {
        let once = aws_sdk_sesv2::config::Builder::default()
            .retry_config(WarmUp::retries())
            .allow_no_auth()
            .auth_scheme_preference(WarmUp::UNSIGNED);
        // The response is no answer to a mail, and is ignored.
        let warm_up = self.client().send_email().customize().interceptor(WarmUp).config_override(once);
        let _ = Box::pin(warm_up.send()).await;
    }

    pub(super) async fn send(&self, to: &EmailAddress, message: &Message) -> Result<(), MailError> {
        let not_built = |error: BuildError| MailError::NotSent(error.into());
        let in_doubt = InDoubt::default();
        let sending = self
            .client()
            .send_email()
            .from_email_address(self.from.as_str())
            .destination(Destination::builder().to_addresses(to.as_str()).build())
            .content(content(message).map_err(not_built)?)
            .set_configuration_set_name(self.configuration_set.clone())
            .email_tags(tag("service", &self.tag).map_err(not_built)?)
            .email_tags(tag("mail", message.kind.tag).map_err(not_built)?)
            .customize()
            .interceptor(in_doubt.clone())
            .send();
        match Box::pin(sending).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let cause = SesError { advice: advice(error.as_service_error()), error };
                Err(if in_doubt.is_set() {
                    MailError::OutcomeUnknown(cause.into())
                } else {
                    MailError::NotSent(cause.into())
                })
            }
        }
    }
}

fn content(message: &Message) -> Result<EmailContent, BuildError> {
    let utf8 = |text: &str| Content::builder().data(text).charset("UTF-8").build();
    let header = |name: &str, value: &str| MessageHeader::builder().name(name).value(value).build();
    let body = Body::builder().text(utf8(&message.text)?).html(utf8(&message.html)?).build();
    let message = SesMessage::builder()
        .subject(utf8(&message.subject)?)
        .body(body)
        .headers(header("Content-Language", message.language.tag)?)
        // Suppresses vacation notices (RFC 3834, 5).
        .headers(header("Auto-Submitted", "auto-generated")?)
        .build();
    Ok(EmailContent::builder().simple(message).build())
}

fn tag(name: &str, value: &str) -> Result<MessageTag, BuildError> {
    MessageTag::builder().name(name).value(value).build()
}

/// A text as a tag's value, in which SES takes only ASCII letters, digits, `_` and `-`.
pub(super) fn tag_value(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.chars().map(|c| if allowed(c) { c } else { '-' }).collect()
}

/// What the operator can do about an SES error.
fn advice(error: Option<&SendEmailError>) -> &'static str {
    use SendEmailError as E;
    match error {
        Some(E::MessageRejected(_)) => {
            "SES refuses the mail: verify MAIL_FROM in this region and, while the account is in the SES sandbox, \
             the recipient too, or leave the sandbox"
        }
        Some(E::MailFromDomainNotVerifiedException(_)) => {
            "SES refuses the sender: finish the set-up of the custom MAIL FROM domain of MAIL_FROM's identity"
        }
        Some(E::AccountSuspendedException(_)) => {
            "SES has suspended the account: see its notice in the SES console and answer it"
        }
        Some(E::SendingPausedException(_)) => {
            "sending is paused: resume it for the account and for MAIL_CONFIGURATION_SET"
        }
        Some(E::NotFoundException(_)) => {
            "SES does not know what the mail names: create MAIL_CONFIGURATION_SET in this region, or leave it out"
        }
        Some(E::LimitExceededException(_)) => "a quota of SES is used up: request a higher one",
        Some(E::TooManyRequestsException(_)) => {
            "SES throttles: if this persists, request a higher sending rate"
        }
        Some(E::BadRequestException(_)) => "SES considers the address or another part of the mail malformed",
        Some(_) => "SES failed, or refuses the function: it needs ses:SendEmail on the identity",
        None => "SES did not answer",
    }
}

/// A failure of SES, and what to do about it. `Display` is for the log.
#[derive(Debug, thiserror::Error)]
#[error("{advice}")]
struct SesError {
    advice: &'static str,
    #[source]
    error: SdkError<SendEmailError>,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_sdk_sesv2::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
    use serde_json::{Value, json};

    use super::{
        super::{
            Language, Mail,
            provider::{Act, Provider},
        },
        *,
    };
    use crate::{clock::Timestamp, code::NewCode};
    use Act::{Answer, Drop};

    const THROTTLED: Act = Answer(429, "x-amzn-errortype: TooManyRequestsException\r\n");

    async fn send(url: &str) -> Result<(), MailError> {
        send_mail(url, &Mail::ActivationCode(&NewCode::for_tests(Timestamp::from_millis(0)))).await
    }

    async fn send_mail(url: &str, mail: &Mail<'_>) -> Result<(), MailError> {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
            .endpoint_url(url)
            .build();
        let from = EmailAddress::parse("codes@example.com").unwrap();
        let ses = Ses::new(config, from, Some("codes".to_owned()), tag_value("Größe & Co."));
        let message = Message::new("Größe & Co.", Language::ENGLISH, mail);
        ses.send(&EmailAddress::parse("ada@example.com").unwrap(), &message).await
    }

    #[tokio::test]
    async fn a_mail_has_two_parts_in_utf_8_a_language_and_tags() {
        let provider = Provider::start([Answer(200, "")]).await;
        send(&provider.url).await.unwrap();
        let [request] = &provider.requests()[..] else { panic!("one request") };
        let sent: Value = serde_json::from_str(&request.body).unwrap();
        assert_eq!(sent["FromEmailAddress"], "codes@example.com");
        assert_eq!(sent["Destination"], json!({"ToAddresses": ["ada@example.com"]}));
        assert_eq!(sent["ConfigurationSetName"], "codes");
        let tags = json!([{"Name": "service", "Value": "Gr--e---Co-"}, {"Name": "mail", "Value": "activation-code"}]);
        assert_eq!(sent["EmailTags"], tags);
        let mail = &sent["Content"]["Simple"];
        assert_eq!(mail["Subject"], json!({"Data": "0427 is your code for Größe & Co.", "Charset": "UTF-8"}));
        assert!(mail["Body"]["Text"]["Data"].as_str().unwrap().contains("Größe & Co."));
        assert!(mail["Body"]["Html"]["Data"].as_str().unwrap().contains("Größe &#38; Co."));
        assert_eq!(mail["Headers"][0], json!({"Name": "Content-Language", "Value": "en"}));
    }

    #[tokio::test]
    async fn each_kind_of_mail_has_a_tag_of_its_own() {
        let at = Timestamp::from_millis(0);
        let code = NewCode::for_tests(at);
        let mails = Mail::examples(&code, at);
        let tags = ["activation-code", "reset-code", "password-changed", "account-deleted"];
        for (mail, tag) in mails.into_iter().zip(tags) {
            let provider = Provider::start([Answer(200, "")]).await;
            send_mail(&provider.url, &mail).await.unwrap();
            let sent: Value = serde_json::from_str(&provider.requests()[0].body).unwrap();
            assert_eq!(sent["EmailTags"][1], json!({"Name": "mail", "Value": tag}));
            let subject = Message::new("Größe & Co.", Language::ENGLISH, &mail).subject;
            assert_eq!(sent["Content"]["Simple"]["Subject"]["Data"], subject);
        }
    }

    #[tokio::test]
    async fn a_refusal_is_not_repeated_and_says_what_to_do() {
        for (exception, advice) in [
            ("MessageRejected", "sandbox"),
            ("MailFromDomainNotVerifiedException", "custom MAIL FROM domain"),
            ("AccountSuspendedException", "suspended"),
            ("SendingPausedException", "resume"),
            ("NotFoundException", "MAIL_CONFIGURATION_SET"),
            ("BadRequestException", "malformed"),
            ("AccessDeniedException", "ses:SendEmail"),
        ] {
            let header: &'static str = format!("x-amzn-errortype: {exception}\r\n").leak();
            let provider = Provider::start([Answer(400, header)]).await;
            let MailError::NotSent(cause) = send(&provider.url).await.unwrap_err() else {
                panic!("{exception}")
            };
            assert!(cause.to_string().contains(advice), "{exception}: {cause}");
            assert_eq!(provider.requests().len(), 1, "{exception}");
        }
    }

    #[tokio::test]
    async fn a_mail_that_ses_throttles_is_retried_and_was_not_sent() {
        let used_up = Answer(400, "x-amzn-errortype: LimitExceededException\r\n");
        for (act, advice) in [(THROTTLED, "throttles"), (used_up, "quota")] {
            let provider = Provider::start([act; 3]).await;
            let MailError::NotSent(cause) = send(&provider.url).await.unwrap_err() else { panic!("{act:?}") };
            assert!(cause.to_string().contains(advice), "{cause}");
            assert_eq!(provider.requests().len(), 3, "{act:?}");
        }
        send(&Provider::start([THROTTLED, Answer(200, "")]).await.url).await.unwrap();
    }

    #[tokio::test]
    async fn an_attempt_in_doubt_leaves_the_mail_in_doubt() {
        for acts in [[Answer(503, ""); 3], [Drop; 3], [Drop, THROTTLED, THROTTLED]] {
            let failed = send(&Provider::start(acts).await.url).await.unwrap_err();
            assert!(matches!(failed, MailError::OutcomeUnknown(_)), "{acts:?}: {failed}");
        }
    }

    #[tokio::test]
    async fn if_ses_is_out_of_reach_nothing_was_sent() {
        let failed = send(&Provider::nobody().await).await.unwrap_err();
        assert!(matches!(failed, MailError::NotSent(_)), "{failed}");
    }
}
