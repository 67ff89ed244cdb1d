//! The part of the SES v2 API that sends a mail, and its suppression list: accepted mails go to the inbox, except those
//! to suppressed addresses.
//!
//! It refuses invalid requests as SES does, so that a function gets the errors of the real service.

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use serde::Deserialize;
use serde_json::json;
use shared::clock::Clock;
use uuid::Uuid;

use crate::{
    inbox::{Inbox, Mail},
    suppression::{self, Suppressed},
};

/// `SendEmail`: <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html>.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEmail {
    from_email_address: String,
    destination: Destination,
    content: Content,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Destination {
    to_addresses: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    simple: Simple,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simple {
    subject: Part,
    body: Body,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    text: Option<Part>,
    html: Option<Part>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Part {
    data: String,
}

/// Serves `SendEmail` and the list below `/ses`.
pub(crate) fn router(inbox: Inbox, clock: Clock, suppressed: Suppressed) -> Router {
    let list = suppression::router(suppressed.clone(), clock.clone());
    let send = Router::new().route("/ses/v2/email/outbound-emails", post(send));
    send.with_state((inbox, clock, suppressed)).merge(list)
}

async fn send(State((inbox, clock, suppressed)): State<(Inbox, Clock, Suppressed)>, body: Bytes) -> Response {
    let SendEmail { from_email_address, destination, content: Content { simple } } =
        match serde_json::from_slice(&body) {
            Ok(mail) => mail,
            Err(error) => return refused(&error),
        };
    let id = Uuid::new_v4();
    if destination.to_addresses.iter().any(|address| suppressed.has(address)) {
        // As at SES: accepted, and not sent.
        return Json(json!({ "MessageId": id })).into_response();
    }
    inbox.add(Mail {
        id,
        from: from_email_address,
        to: destination.to_addresses.join(", "),
        code: code(&simple.subject.data),
        subject: simple.subject.data,
        text: simple.body.text.unwrap_or_default().data,
        html: simple.body.html.unwrap_or_default().data,
        received_at: clock.now(),
    });
    Json(json!({ "MessageId": id })).into_response()
}

/// The digits at the beginning of the subject. The subject of a notice begins with none.
fn code(subject: &str) -> Option<String> {
    let digits: String = subject.chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

fn refused(error: &serde_json::Error) -> Response {
    let body = Json(json!({ "message": error.to_string() }));
    (StatusCode::BAD_REQUEST, [("x-amzn-errortype", "BadRequestException")], body).into_response()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    async fn sent(body: impl Into<Bytes>) -> (StatusCode, Vec<Mail>) {
        let inbox = Inbox::new();
        let answer = send(State((inbox.clone(), Clock::System, Suppressed::default())), body.into()).await;
        (answer.status(), inbox.mails())
    }

    #[tokio::test]
    async fn a_mail_goes_to_the_inbox_with_the_code_of_its_subject_if_it_has_one() {
        for (subject, code) in [
            ("0427 is your code", Some("0427")),
            ("00000427 is your code", Some("00000427")),
            ("Your password for 2048 was changed", None),
        ] {
            let (status, mails) = sent(
                json!({"FromEmailAddress": "us@example.com", "Destination": {"ToAddresses": ["a@example.com"]},
                    "Content": {"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": "text"}}}}})
                .to_string(),
            )
            .await;
            assert_eq!((status, mails.len()), (StatusCode::OK, 1));
            let Mail { to, text, .. } = &mails[0];
            assert_eq!((&**to, &**text, mails[0].code.as_deref()), ("a@example.com", "text", code));
            assert_eq!(json!(mails[0]).get("code"), code.map(Value::from).as_ref());
        }
    }

    #[tokio::test]
    async fn an_invalid_mail_is_refused() {
        for body in ["", "{}", r#"{"Content":{"Raw":{}}}"#] {
            let (status, mails) = sent(body).await;
            assert_eq!((status, mails.len()), (StatusCode::BAD_REQUEST, 0), "{body}");
        }
    }
}
