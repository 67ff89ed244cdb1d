//! Mail through a webhook: a signed request to a receiver that sends the mail its own way.
//!
//! Every attempt at a mail has the same `webhook-id`, so that the receiver can drop duplicates. Redirects are not
//! followed: the code goes only where the operator said.

use std::time::Duration;

use aws_smithy_runtime_api::client::{orchestrator::HttpRequest, result::ConnectorError};
use lambda_http::http::{
    Request,
    header::{CONTENT_TYPE, USER_AGENT},
};
use serde::Serialize;
use uuid::Uuid;

use super::{MailError, Message, in_doubt::failed_to_connect, signature::WebhookSecret};
use crate::{
    clock::{Clock, Timestamp},
    email_address::EmailAddress,
    http_client::{self, AGENT, HttpsUrl},
    problem::BoxError,
};

const ATTEMPT_LIMIT: Duration = Duration::from_secs(5);
const RETRIES: u32 = 2;
/// The longest pause before the first retry; twice as long before the second one.
const PAUSE: Duration = Duration::from_millis(400);

/// A receiver of webhooks.
pub struct Webhook {
    url: HttpsUrl,
    secret: WebhookSecret,
}

/// The payload.
#[derive(Serialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    to: &'a EmailAddress,
    subject: &'a str,
    text: &'a str,
    html: &'a str,
    #[serde(flatten)]
    about: About<'a>,
}

/// What a receiver needs to write its own mail.
#[derive(Serialize)]
#[serde(untagged)]
enum About<'a> {
    Code { code: &'a str, expires_at: Timestamp },
    Notice { occurred_at: Timestamp },
}

impl Webhook {
    pub(super) fn new(url: HttpsUrl, secret: WebhookSecret) -> Self {
        Self { url, secret }
    }

    pub(super) async fn send(&self, to: &EmailAddress, message: &Message) -> Result<(), MailError> {
        let about = match &message.code {
            Some(code) => About::Code { code: code.plain.expose(), expires_at: code.stored.expires_at },
            None => About::Notice { occurred_at: message.at },
        };
        let Message { subject, text, html, .. } = message;
        let event = Event {
            kind: message.kind.event,
            timestamp: message.at,
            data: Data { to, subject, text, html, about },
        };
        let body = serde_json::to_vec(&event).map_err(|error| MailError::NotSent(error.into()))?;
        let id = uuid::Builder::from_random_bytes(rand::random()).into_uuid();
        let (mut retries, mut in_doubt) = (0, false);
        loop {
            let Err(error) = self.attempt(id, &body).await else { return Ok(()) };
            in_doubt |= error.is_ambiguous();
            if retries == RETRIES || !error.is_retryable() {
                let error = error.into();
                return Err(if in_doubt {
                    MailError::OutcomeUnknown(error)
                } else {
                    MailError::NotSent(error)
                });
            }
            tokio::time::sleep((PAUSE * 2_u32.pow(retries)).mul_f64(rand::random_range(0.5..1.0))).await;
            retries += 1;
        }
    }

    async fn attempt(&self, id: Uuid, body: &[u8]) -> Result<(), WebhookError> {
        let timestamp = Clock::System.now().as_millis() / 1000;
        let request = Request::post(self.url.uri())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, AGENT)
            .header("webhook-id", id.to_string())
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", self.secret.sign(id, timestamp, body))
            .body(body.to_vec().into())
            .map_err(|error| WebhookError::NotMade(error.into()))?;
        let request = HttpRequest::try_from(request).map_err(|error| WebhookError::NotMade(error.into()))?;
        match tokio::time::timeout(ATTEMPT_LIMIT, http_client::send(request)).await {
            Ok(Ok(response)) if response.status().is_success() => Ok(()),
            Ok(Ok(response)) => Err(WebhookError::Answered(response.status().as_u16())),
            Ok(Err(error)) if failed_to_connect(&error) => Err(WebhookError::OutOfReach(error)),
            Ok(Err(error)) => Err(WebhookError::Dropped(error)),
            Err(_) => Err(WebhookError::TimedOut),
        }
    }
}

/// Why an attempt failed. `Display` is for the log.
#[derive(Debug, thiserror::Error)]
enum WebhookError {
    /// The request could not be built.
    #[error("the request to the webhook could not be made")]
    NotMade(#[source] BoxError),
    /// There was no connection: DNS, TCP or TLS.
    #[error("the webhook is out of reach: check WEBHOOK_URL and its certificate")]
    OutOfReach(#[source] ConnectorError),
    /// The connection ended before the answer.
    #[error("the webhook dropped the connection")]
    Dropped(#[source] ConnectorError),
    /// There was no answer in time.
    #[error("the webhook did not answer within {} s", ATTEMPT_LIMIT.as_secs())]
    TimedOut,
    /// The answer was not 2xx.
    #[error("the webhook answered {_0}{advice}", advice = advice(*_0))]
    Answered(u16),
}

impl WebhookError {
    /// Whether the receiver may have sent the mail: it got the request, and did not refuse it.
    fn is_ambiguous(&self) -> bool {
        match self {
            Self::NotMade(_) | Self::OutOfReach(_) => false,
            Self::Dropped(_) | Self::TimedOut => true,
            Self::Answered(status) => *status >= 500,
        }
    }

    fn is_retryable(&self) -> bool {
        match self {
            Self::NotMade(_) => false,
            Self::OutOfReach(_) | Self::Dropped(_) | Self::TimedOut => true,
            Self::Answered(status) => *status == 429 || *status >= 500,
        }
    }
}

/// What the operator can do about an answer of the receiver.
fn advice(status: u16) -> &'static str {
    match status {
        300..=399 => ": redirects are not followed, correct WEBHOOK_URL",
        401 | 403 => ": check that it has the same WEBHOOK_SECRET",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        super::{
            Language, Mail,
            provider::{Act, Provider},
        },
        *,
    };
    use crate::code::NewCode;
    use Act::{Answer, Drop};

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    const AT: Timestamp = Timestamp::from_millis(1_767_323_045_006);

    async fn send(url: &str) -> Result<(), MailError> {
        send_mail(url, &Mail::ActivationCode(&NewCode::for_tests(AT))).await
    }

    async fn send_mail(url: &str, mail: &Mail<'_>) -> Result<(), MailError> {
        let webhook = Webhook::new(HttpsUrl::parse(url).unwrap(), WebhookSecret::parse(SECRET).unwrap());
        let message = Message::new("Engines", Language::ENGLISH, mail);
        webhook.send(&EmailAddress::parse("ada@example.com").unwrap(), &message).await
    }

    #[tokio::test]
    async fn a_mail_is_one_signed_request() {
        let provider = Provider::start([Answer(204, "")]).await;
        send(&format!("{}/mail?key=1", provider.url)).await.unwrap();
        let [request] = &provider.requests()[..] else { panic!("one request") };
        assert!(request.head.starts_with("POST /mail?key=1 HTTP/1.1\r\n"), "{}", request.head);
        assert_eq!(request.header("content-type"), "application/json");
        assert!(request.header("user-agent").starts_with("user-registration/"));
        let (id, timestamp) = (request.header("webhook-id"), request.header("webhook-timestamp"));
        let timestamp = timestamp.parse().unwrap();
        assert!((Clock::System.now().as_millis() / 1000 - timestamp) < 60);
        let secret = WebhookSecret::parse(SECRET).unwrap();
        let signature = secret.sign(id.parse().unwrap(), timestamp, request.body.as_bytes());
        assert_eq!(request.header("webhook-signature"), signature);
    }

    #[tokio::test]
    async fn an_event_says_what_a_receiver_needs_to_write_the_mail_anew() {
        let code = NewCode::for_tests(AT);
        let of_code = json!({"code": "0427", "expires_at": "2026-01-02T03:05:05.006Z"});
        let of_notice = json!({"occurred_at": "2026-01-02T03:04:05.006Z"});
        let expected = [
            ("activation_code.created", &of_code),
            ("reset_code.created", &of_code),
            ("password.changed", &of_notice),
            ("account.deleted", &of_notice),
        ];
        for (mail, (kind, about)) in Mail::examples(&code, AT).into_iter().zip(expected) {
            let provider = Provider::start([Answer(204, "")]).await;
            send_mail(&provider.url, &mail).await.unwrap();
            let message = Message::new("Engines", Language::ENGLISH, &mail);
            let mut data = about.clone();
            data["to"] = "ada@example.com".into();
            data["subject"] = message.subject.into();
            data["text"] = message.text.into();
            data["html"] = message.html.into();
            let event: Value = serde_json::from_str(&provider.requests()[0].body).unwrap();
            assert_eq!(event, json!({"type": kind, "timestamp": "2026-01-02T03:04:05.006Z", "data": data}));
        }
    }

    #[tokio::test]
    async fn a_retry_has_the_same_id() {
        let provider = Provider::start([Answer(503, ""), Drop, Answer(200, "")]).await;
        send(&provider.url).await.unwrap();
        let requests = provider.requests();
        assert_eq!(requests.len(), 3);
        assert!(
            requests.iter().all(|request| request.header("webhook-id") == requests[0].header("webhook-id"))
        );
    }

    #[tokio::test]
    async fn a_refused_mail_was_not_sent() {
        for (status, tries) in [(302, 1), (400, 1), (401, 1), (404, 1), (410, 1), (429, 3)] {
            let provider = Provider::start([Answer(status, ""); 3]).await;
            let refused = send(&provider.url).await.unwrap_err();
            assert!(matches!(refused, MailError::NotSent(_)), "{status}: {refused}");
            assert_eq!(provider.requests().len(), tries, "{status}");
        }
    }

    #[tokio::test]
    async fn a_mail_accepted_and_not_confirmed_may_have_been_sent() {
        for acts in [
            [Answer(500, ""); 3],
            [Drop; 3],
            [Drop, Answer(429, ""), Answer(429, "")],
            [Answer(503, ""), Answer(404, ""), Drop],
        ] {
            let failed = send(&Provider::start(acts).await.url).await.unwrap_err();
            assert!(matches!(failed, MailError::OutcomeUnknown(_)), "{acts:?}: {failed}");
        }
    }

    #[tokio::test]
    async fn if_the_receiver_is_out_of_reach_nothing_was_sent() {
        let plain = Provider::start([Drop; 3]).await.url.replace("http:", "https:");
        for url in [&Provider::nobody().await, &plain] {
            let failed = send(url).await.unwrap_err();
            assert!(matches!(failed, MailError::NotSent(_)), "{url}: {failed}");
        }
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let elsewhere = Provider::start([Answer(200, "")]).await;
        let location: &'static str = format!("Location: {}\r\n", elsewhere.url).leak();
        for status in [301, 302, 303, 307, 308] {
            assert!(send(&Provider::start([Answer(status, location)]).await.url).await.is_err(), "{status}");
        }
        assert!(elsewhere.requests().is_empty());
    }
}
