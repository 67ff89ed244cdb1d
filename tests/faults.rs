//! What happens when DynamoDB or SES refuses or fails; `fault_matrix` has each call under each fault.

use crate::support::{
    EMAIL, Fault, PASSWORD, PAUSE, Service, WRITE, another,
    faults::{CANCELLED_BY_THROTTLING, MAIL_REFUSED, SEND_EMAIL, USER_UNREAD},
};

const DENIED: Fault = Fault::Answer(
    400,
    r#"{"__type":"com.amazon.coral.service#AccessDeniedException","message":"secret-table-name"}"#,
);

#[tokio::test]
async fn a_registration_whose_mail_is_refused_can_get_a_code_after_the_pause() {
    let (service, _, ses) = Service::behind_proxies(&[]).await;
    ses.fail(SEND_EMAIL, 1, MAIL_REFUSED);
    let account = service.register(EMAIL, PASSWORD).await.expect(201);
    assert_eq!(account["code"], serde_json::json!({"sent": false}));
    assert!(service.mails().await.is_empty());

    let problem = service.send_code(EMAIL, PASSWORD).await.problem(429, "too-many-codes");
    assert_eq!(problem["retry_after"], 30);
    service.clock.advance(PAUSE);
    service.send_code(EMAIL, PASSWORD).await.expect(202);
    let code = service.code(EMAIL).await;
    let active = service.activate(EMAIL, PASSWORD, &code).await.expect(200);
    assert_eq!(active["id"], account["id"]);
}

#[tokio::test]
async fn a_code_whose_mail_is_refused_counts_for_the_pause_but_not_for_the_day() {
    let (service, _, ses) = Service::behind_proxies(&[]).await;
    service.registered().await;
    ses.fail(SEND_EMAIL, 8, MAIL_REFUSED);
    for _ in 0..8 {
        service.clock.advance(PAUSE);
        let problem = service.send_code(EMAIL, PASSWORD).await.problem(503, "mail-unavailable");
        assert_eq!(problem["retry_after"], 30);
        service.send_code(EMAIL, PASSWORD).await.problem(429, "too-many-codes");
    }
    // The client has used up one of its five.
    for _ in 0..4 {
        service.clock.advance(PAUSE);
        assert_eq!(service.send_code(EMAIL, PASSWORD).await.expect(202)["code"]["length"], 4);
    }
    service.clock.advance(PAUSE);
    service.send_code(EMAIL, PASSWORD).await.problem(429, "too-many-codes");
    assert_eq!(service.mails().await.len(), 5);
}

#[tokio::test]
async fn a_code_whose_mail_is_refused_cannot_be_used() {
    let (service, _, ses) = Service::behind_proxies(&[]).await;
    ses.fail(SEND_EMAIL, 1, MAIL_REFUSED);
    service.register(EMAIL, PASSWORD).await.expect(201);
    for code in ["0000", "0001", "0002", "0003"] {
        service.activate(EMAIL, PASSWORD, code).await.problem(410, "code-expired");
    }
}

#[tokio::test]
async fn an_internal_fault_shows_only_a_request_id() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    dynamodb.fail("BatchGetItem", 1, DENIED);
    let answer = service.me(EMAIL, PASSWORD).await;
    let shown = format!("{answer:?}");
    assert!(!shown.contains("secret-table-name") && !shown.contains("AccessDenied"), "{shown}");
    let request_id = answer.header("apigw-requestid").unwrap().to_owned();
    assert_eq!(answer.problem(500, "internal")["request_id"], request_id);
}

#[tokio::test]
async fn an_attempt_whose_answer_is_lost_counts() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    let code = service.registered().await;
    // Better one too few than one too many.
    dynamodb.fail("UpdateItem", 1, Fault::LoseAnswer);
    let problem = service.activate(EMAIL, PASSWORD, &another(&code)).await.problem(422, "code-incorrect");
    assert_eq!(problem["attempts_left"], 1);
}

#[tokio::test]
async fn unprocessed_keys_are_read_again_three_times() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    service.activated().await;
    dynamodb.fail("BatchGetItem", 3, USER_UNREAD);
    service.me(EMAIL, PASSWORD).await.expect(200);
    dynamodb.fail("BatchGetItem", 4, USER_UNREAD);
    service.me(EMAIL, PASSWORD).await.problem(503, "unavailable");
}

#[tokio::test]
async fn a_transaction_cancelled_by_throttling_is_answered_with_503() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    dynamodb.fail(WRITE, 1, CANCELLED_BY_THROTTLING);
    service.register(EMAIL, PASSWORD).await.problem(503, "unavailable");
    service.register(EMAIL, PASSWORD).await.expect(201);
}
