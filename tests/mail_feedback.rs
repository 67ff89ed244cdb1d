//! SES's events about mails: which addresses they mark, what the mark refuses, and that strangers can't abuse it.
//!
//! The events have the shape that AWS documents: its envelope, its detail, its types and subtypes.

use std::time::Duration;

use serde_json::{Value, json};
use shared::{clock::Timestamp, email_address::EmailAddress, store::Undeliverable};

use crate::support::{
    DAY, EMAIL, HTTP, MILLISECOND, MINUTE, OTHER_PASSWORD, PASSWORD, PAUSE, Service, WRONG_PASSWORD,
};

const PERMANENT: [&str; 5] =
    ["General", "NoEmail", "Suppressed", "OnAccountSuppressionList", "UnsubscribedRecipient"];
const TRANSIENT: [&str; 5] =
    ["General", "MailboxFull", "MessageTooLarge", "ContentRejected", "AttachmentRejected"];

/// An SES event, in the envelope of its bus.
fn event(detail_type: &str, at: Timestamp, mut detail: Value) -> Value {
    detail["mail"] = json!({
        "timestamp": at,
        "source": "no-reply@example.com",
        "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
        "sendingAccountId": "123456789012",
        "messageId": "0100018f00000000-00000000-0000-0000-0000-000000000000-000000",
        "destination": [EMAIL],
        "headersTruncated": false,
        "headers": [{"name": "From", "value": "no-reply@example.com"}, {"name": "To", "value": EMAIL}],
        "commonHeaders": {"from": ["no-reply@example.com"], "to": [EMAIL], "subject": "a subject"},
        "tags": {"ses:configuration-set": ["set"], "ses:caller-identity": ["role"]},
    });
    json!({
        "version": "0",
        "id": "12345678-1234-1234-1234-123456789012",
        "detail-type": detail_type,
        "source": "aws.ses",
        "account": "123456789012",
        "time": at,
        "region": "us-east-1",
        "resources": ["arn:aws:ses:us-east-1:123456789012:configuration-set/set"],
        "detail": detail,
    })
}

fn bounce_of(recipient: &str, at: Timestamp, kind: &str, subtype: &str) -> Value {
    let recipient = json!({"emailAddress": recipient, "action": "failed", "status": "5.1.1",
        "diagnosticCode": "smtp; 550 5.1.1 user unknown"});
    let bounce = json!({"feedbackId": "0100018f-feedback", "bounceType": kind, "bounceSubType": subtype,
        "bouncedRecipients": [recipient], "timestamp": at, "remoteMtaIp": "192.0.2.25",
        "reportingMTA": "dns; a8-50.smtp-out.amazonses.com"});
    event("Email Bounced", at, json!({"eventType": "Bounce", "bounce": bounce}))
}

fn complaint(at: Timestamp, kind: Option<&str>, subtype: Option<&str>) -> Value {
    let mut complaint = json!({"feedbackId": "0100018f-feedback", "complaintSubType": subtype, "timestamp": at,
        "complainedRecipients": [{"emailAddress": EMAIL}]});
    if let Some(kind) = kind {
        complaint["complaintFeedbackType"] = json!(kind);
        complaint["userAgent"] = json!("a feedback loop");
        complaint["arrivalDate"] = json!(at);
    }
    event("Email Complaint Received", at, json!({"eventType": "Complaint", "complaint": complaint}))
}

fn delay(at: Timestamp) -> Value {
    let recipient =
        json!({"emailAddress": EMAIL, "status": "4.4.1", "diagnosticCode": "smtp; 421 4.4.1 timed out"});
    let delay = json!({"delayType": "TransientCommunicationFailure", "delayedRecipients": [recipient],
        "expirationTime": at + DAY, "timestamp": at});
    event("Email Delivery Delayed", at, json!({"eventType": "DeliveryDelay", "deliveryDelay": delay}))
}

async fn receive(service: &Service, event: &Value) {
    assert_eq!(
        service.stack.invoke_function("MailFeedbackFunction", event).await,
        Some(Value::Null),
        "{event}"
    );
}

/// A mail to [`EMAIL`] bounces permanently.
async fn bounce(service: &Service) {
    receive(service, &bounce_of(EMAIL, service.clock.now(), "Permanent", "General")).await;
}

async fn mark(service: &Service) -> Option<Undeliverable> {
    let email = EmailAddress::parse(EMAIL).unwrap();
    service.store().undeliverable(&email, service.clock.now()).await.unwrap()
}

/// Whether this event marks an address and kills its code; it does both or neither.
async fn marks(event: impl Fn(Timestamp) -> Value) -> bool {
    let service = Service::start().await;
    service.register(EMAIL, PASSWORD).await.expect(201);
    receive(&service, &event(service.clock.now())).await;
    let marked = mark(&service).await.is_some();
    let code_lives = service.code_item(EMAIL).await.get("code_mac").is_some();
    assert_ne!(marked, code_lives);
    marked
}

#[tokio::test]
async fn only_a_permanent_bounce_marks_an_address() {
    for subtype in PERMANENT {
        assert!(marks(|at| bounce_of(EMAIL, at, "Permanent", subtype)).await, "{subtype}");
    }
    for subtype in TRANSIENT {
        assert!(!marks(|at| bounce_of(EMAIL, at, "Transient", subtype)).await, "{subtype}");
    }
    assert!(!marks(|at| bounce_of(EMAIL, at, "Undetermined", "Undetermined")).await);
    assert!(!marks(delay).await);
}

#[tokio::test]
async fn a_complaint_marks_an_address_unless_it_says_not_spam() {
    for kind in ["abuse", "auth-failure", "fraud", "other", "virus"] {
        assert!(marks(|at| complaint(at, Some(kind), None)).await, "{kind}");
    }
    assert!(marks(|at| complaint(at, None, None)).await);
    assert!(marks(|at| complaint(at, None, Some("OnAccountSuppressionList"))).await);
    assert!(!marks(|at| complaint(at, Some("not-spam"), None)).await);
}

#[tokio::test]
async fn unknown_events_are_ignored_and_malformed_ones_are_errors() {
    for kind in ["Delivery", "Open", "of tomorrow"] {
        let detail = json!({ "eventType": kind });
        assert!(!marks(|at| event("Email Delivered", at, detail.clone())).await, "{kind}");
    }
    let service = Service::start().await;
    for broken in [
        event("Email Bounced", service.clock.now(), json!({"eventType": "Bounce"})),
        bounce_of(EMAIL, service.clock.now(), "Permanent", "General")["detail"].take(),
    ] {
        assert_eq!(service.stack.invoke_function("MailFeedbackFunction", &broken).await, None, "{broken}");
    }
}

#[tokio::test]
async fn a_recipient_is_parsed_like_any_address() {
    for recipient in ["Ada <ada@example.com>", "ADA@Example.com", "\"Lovelace, Ada\" <Ada@example.com>"] {
        assert!(marks(|at| bounce_of(recipient, at, "Permanent", "NoEmail")).await, "{recipient}");
    }
    for other in ["ada+shop@example.com", "nobody", "ada", ""] {
        assert!(!marks(|at| bounce_of(other, at, "Permanent", "NoEmail")).await, "{other}");
    }
}

#[tokio::test]
async fn a_marked_address_is_sent_no_code_until_the_mark_ends_to_the_millisecond() {
    let service = Service::start().await;
    let code = service.registered().await;
    bounce(&service).await;
    service.activate(EMAIL, PASSWORD, &code).await.problem(410, "code-expired");
    service.clock.advance(PAUSE);
    service.register(EMAIL, OTHER_PASSWORD).await.problem(422, "mail-undeliverable");
    service.send_code(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    service.send_code(EMAIL, PASSWORD).await.problem(422, "mail-undeliverable");
    assert_eq!(service.mails().await.len(), 1);

    // Its item is there all the time: nothing here deletes what has expired.
    service.clock.advance(30 * DAY - PAUSE - MILLISECOND);
    service.register(EMAIL, OTHER_PASSWORD).await.problem(422, "mail-undeliverable");
    service.clock.advance(MILLISECOND);
    service.register(EMAIL, OTHER_PASSWORD).await.expect(201);
}

#[tokio::test]
async fn an_operator_can_clear_a_mark() {
    let service = Service::start().await;
    service.registered().await;
    bounce(&service).await;
    let email = EmailAddress::parse(EMAIL).unwrap();
    service.store().clear_undeliverable(&email, &mark(&service).await.unwrap()).await.unwrap();
    service.clock.advance(PAUSE);
    service.send_code(EMAIL, PASSWORD).await.expect(202);
}

#[tokio::test]
async fn a_repeated_or_late_event_does_not_affect_what_came_after_it() {
    let service = Service::start().await;
    let event = bounce_of(EMAIL, service.clock.now(), "Permanent", "General");
    receive(&service, &event).await;
    let first = mark(&service).await;
    service.clock.advance(DAY);
    receive(&service, &event).await;
    assert_eq!(mark(&service).await, first);
    bounce(&service).await;
    let second = mark(&service).await;
    assert_ne!(second, first);
    receive(&service, &event).await;
    assert_eq!(mark(&service).await, second);

    // A code from after the end of the mark is not the one whose mail bounced.
    service.clock.advance(30 * DAY);
    let code = service.registered().await;
    receive(&service, &event).await;
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
}

#[tokio::test]
async fn an_event_from_the_future_marks_no_longer_than_one_from_now() {
    let service = Service::start().await;
    receive(&service, &bounce_of(EMAIL, service.clock.now() + DAY, "Permanent", "General")).await;
    assert_eq!(mark(&service).await.unwrap().ends_at, service.clock.now() + 30 * DAY);
}

#[tokio::test]
async fn a_marked_account_stays_usable_and_its_mark_is_not_revealed() {
    let service = Service::start().await;
    service.activated().await;
    bounce(&service).await;
    service.me(EMAIL, PASSWORD).await.expect(200);
    service.register(EMAIL, OTHER_PASSWORD).await.problem(409, "already-registered");
    service.send_code(EMAIL, PASSWORD).await.problem(409, "already-activated");

    let mails = service.mails().await.len();
    let answers = [service.forgot_password(EMAIL).await, service.forgot_password("nobody@example.com").await];
    let [marked, unknown] = answers.map(|answer| answer.expect(202));
    assert_eq!(marked, unknown);
    assert_eq!(service.mails().await.len(), mails);
    // The owner is mailed about a change nevertheless: SES decides whether that is possible.
    service.change_password(EMAIL, PASSWORD, OTHER_PASSWORD).await.expect(200);
    assert_eq!(service.mails().await.len(), mails + 1);
}

#[tokio::test]
async fn forgot_password_takes_as_long_for_a_marked_address() {
    let service = Service::start().await;
    service.activated().await;
    bounce(&service).await;
    let start = std::time::Instant::now();
    service.forgot_password(EMAIL).await.expect(202);
    assert!(start.elapsed() >= Duration::from_millis(500));
}

#[tokio::test]
async fn the_mark_needs_no_additional_round_trip() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    service.registered().await;
    dynamodb.take_calls();
    bounce(&service).await;
    assert_eq!(dynamodb.take_calls(), ["UpdateItem", "UpdateItem"]);
    service.clock.advance(MINUTE);
    service.register(EMAIL, PASSWORD).await.problem(422, "mail-undeliverable");
    assert_eq!(dynamodb.take_calls(), ["UpdateItem", "BatchGetItem"]);
    service.send_code(EMAIL, PASSWORD).await.problem(422, "mail-undeliverable");
    assert_eq!(dynamodb.take_calls(), ["BatchGetItem"]);
}

#[tokio::test]
async fn the_local_inbox_can_bounce_a_mail_and_complain_about_it() {
    for action in ["bounce", "complaint"] {
        let service = Service::start().await;
        service.register(EMAIL, PASSWORD).await.expect(201);
        let id = service.mails().await[0]["id"].as_str().unwrap().to_owned();
        let url = format!("{}/inbox/{id}/{action}", service.stack.url());
        let foreign = HTTP.post(&url).header("origin", "http://evil.example").send().await.unwrap();
        assert_eq!(foreign.status(), 403);
        assert_eq!(mark(&service).await, None);
        assert_eq!(HTTP.post(&url).send().await.unwrap().status(), 204);
        assert_eq!(mark(&service).await.unwrap().marked_at, service.clock.now());
        let unknown = url.replace(&id, "00000000-0000-0000-0000-000000000000");
        assert_eq!(HTTP.post(unknown).send().await.unwrap().status(), 404);
        let listed = format!("{}/ses/v2/email/suppression/addresses/{EMAIL}", service.stack.url());
        assert_eq!(HTTP.get(listed).send().await.unwrap().status(), 200);
    }
}
