//! What comes of SES's events of bounces and complaints: the function `mail-feedback`, and what its marks stop.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{DAY, EMAIL, HTTP, MILLISECOND, MINUTE, OTHER_PASSWORD, PASSWORD, PAUSE, Service};

const MONTH: Duration = Duration::from_hours(30 * 24);

/// An event as SES documents it, of a mail to this address.
fn event(what: &str, of_it: &Value) -> Value {
    let name = if what == "Bounce" { "Email Bounced" } else { "Email Complaint Received" };
    json!({
        "version": "0", "id": "01234567-0123-0123-0123-0123456789ab", "detail-type": name, "source": "aws.ses",
        "account": "123456789012", "time": "2026-11-26T12:00:00Z", "region": "eu-central-1",
        "resources": ["arn:aws:ses:eu-central-1:123456789012:configuration-set/user-registration"],
        "detail": {
            "eventType": what,
            what.to_lowercase(): of_it,
            "mail": {
                "timestamp": "2026-11-26T11:59:58.000Z", "source": "codes@example.com", "sendingAccountId": "123456789012",
                "messageId": "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000", "destination": [EMAIL],
                "tags": {"ses:configuration-set": ["user-registration"], "mail": ["activation-code"]},
            },
        },
    })
}

fn bounce(kind: &str, sub_type: &str, recipient: &str) -> Value {
    let recipient = json!({"emailAddress": recipient, "action": "failed", "status": "5.1.1"});
    let of_it = json!({
        "bounceType": kind, "bounceSubType": sub_type, "bouncedRecipients": [recipient],
        "timestamp": "2026-11-26T12:00:00.000Z", "feedbackId": "EXAMPLE", "reportingMTA": "dsn; mta.example.com",
    });
    event("Bounce", &of_it)
}

fn complaint(feedback: Option<&str>) -> Value {
    let mut of_it = json!({
        "complainedRecipients": [{"emailAddress": EMAIL}], "timestamp": "2026-11-26T12:00:00.000Z",
        "feedbackId": "EXAMPLE", "complaintSubType": null, "userAgent": "ExampleCorp Feedback Loop (V0.01)",
    });
    if let Some(feedback) = feedback {
        of_it["complaintFeedbackType"] = feedback.into();
    }
    event("Complaint", &of_it)
}

async fn told(service: &Service, event: &Value) {
    let answer = service.stack.invoke_function("MailFeedbackFunction", event).await;
    assert_eq!(answer, Some(Value::Null), "{event}");
}

/// Whether the address is marked, as `register` sees it.
async fn is_marked(service: &Service) -> bool {
    service.clock.advance(MINUTE);
    match service.register(EMAIL, PASSWORD).await.outcome().as_str() {
        "success" => false,
        "mail-undeliverable" => true,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn what_bounces_for_good_and_what_is_called_spam_is_marked() {
    let permanent = ["General", "NoEmail", "Suppressed", "OnAccountSuppressionList", "UnsubscribedRecipient"];
    let transient = [
        "General",
        "MailboxFull",
        "MessageTooLarge",
        "ContentRejected",
        "AttachmentRejected",
        "CustomTimeoutExceeded",
    ];
    let bounces = permanent.map(|sub_type| (bounce("Permanent", sub_type, EMAIL), true));
    let passing = transient.map(|sub_type| (bounce("Transient", sub_type, EMAIL), false));
    let unclear = [(bounce("Undetermined", "Undetermined", EMAIL), false)];
    let feedback = [None, Some("abuse"), Some("auth-failure"), Some("fraud"), Some("other"), Some("virus")];
    let complaints = feedback.map(|feedback| (complaint(feedback), true));
    let other = [
        (complaint(Some("not-spam")), false),
        (event("Delivery", &json!({"recipients": [EMAIL]})), false),
        (bounce("Permanent", "General", "Ada <ada@example.com>"), true),
        (bounce("Permanent", "General", "someone.else@example.com"), false),
        (bounce("Permanent", "General", "no address"), false),
    ];
    let all = bounces.into_iter().chain(passing).chain(unclear).chain(complaints).chain(other);
    for (event, marks) in all {
        let service = Service::start().await;
        told(&service, &event).await;
        assert_eq!(is_marked(&service).await, marks, "{event}");
    }
}

#[tokio::test]
async fn a_mark_holds_for_30_days_to_the_millisecond() {
    let service = Service::start().await;
    told(&service, &bounce("Permanent", "General", EMAIL)).await;
    service.clock.advance(MONTH - MILLISECOND);
    service.register(EMAIL, PASSWORD).await.problem(422, "mail-undeliverable");
    service.clock.advance(MILLISECOND);
    service.register(EMAIL, PASSWORD).await.expect(201);
}

#[tokio::test]
async fn the_code_that_bounced_is_dead_and_no_other_is_sent() {
    let service = Service::start().await;
    let code = service.registered().await;
    told(&service, &bounce("Permanent", "General", EMAIL)).await;
    service.activate(EMAIL, PASSWORD, &code).await.problem(410, "code-expired");
    service.clock.advance(PAUSE);
    service.send_code(EMAIL, PASSWORD).await.problem(422, "mail-undeliverable");
    // Whoever does not know the password is told nothing.
    service.send_code(EMAIL, OTHER_PASSWORD).await.problem(401, "unauthorized");
    assert_eq!(service.mails().await.len(), 1);
}

#[tokio::test]
async fn an_account_goes_on_and_a_forgotten_password_tells_nothing() {
    let service = Service::start().await;
    service.activated().await;
    told(&service, &complaint(Some("abuse"))).await;
    service.me(EMAIL, PASSWORD).await.expect(200);
    service.register(EMAIL, PASSWORD).await.problem(409, "already-registered");
    service.clock.advance(PAUSE);
    let marked = service.forgot_password(EMAIL).await.expect(202);
    let unknown = service.forgot_password("nobody@example.com").await.expect(202);
    assert_eq!(marked, unknown);
    assert_eq!(service.mails().await.len(), 1);
    service.clock.advance(MONTH.max(DAY));
    service.forgot_password(EMAIL).await.expect(202);
    assert_eq!(service.mails().await.len(), 2);
}

#[tokio::test]
async fn a_click_in_the_inbox_brings_the_same_event() {
    let service = Service::start().await;
    service.registered().await;
    let id = service.stack.inbox().mails()[0].id;
    let click = async |path: String| {
        let request = HTTP.request(Method::POST, format!("{}{path}", service.stack.url()));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(click("/inbox/00000000-0000-0000-0000-000000000000/bounce".to_owned()).await, 404);
    assert_eq!(click(format!("/inbox/{id}/sing")).await, 404);
    assert_eq!(click(format!("/inbox/{id}/complaint")).await, 204);
    assert!(is_marked(&service).await);
}
