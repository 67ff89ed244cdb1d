//! The permissions of each function. The whole suite runs under them, because `local` enforces them.

use std::fs;

use local::{Options, Stack};
use serde_json::json;

use crate::{
    authorize::authorized,
    support::{
        EMAIL, HTTP, MINUTE, OTHER_PASSWORD, PASSWORD, PAUSE, Service, WRITE, WRONG_PASSWORD, another,
        faults::{CANCELLED_BY_CONDITION, MAIL_REFUSED, SEND_EMAIL},
        send,
    },
};

#[tokio::test]
async fn no_function_has_a_permission_that_no_request_needs() {
    let (service, dynamodb, ses) = Service::behind_proxies(&[]).await;
    service.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    service.registered().await;
    service.clock.advance(MINUTE);
    ses.fail(SEND_EMAIL, 1, MAIL_REFUSED);
    service.register(EMAIL, PASSWORD).await.expect(201);
    service.clock.advance(PAUSE);
    ses.fail(SEND_EMAIL, 1, MAIL_REFUSED);
    service.send_code(EMAIL, PASSWORD).await.problem(503, "mail-unavailable");
    service.clock.advance(PAUSE);
    dynamodb.fail(WRITE, 1, CANCELLED_BY_CONDITION);
    service.send_code(EMAIL, PASSWORD).await.expect(202);
    let code = service.code(EMAIL).await;
    service.send_code(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    service.activate(EMAIL, WRONG_PASSWORD, &code).await.problem(401, "unauthorized");
    service.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    service.activate(EMAIL, PASSWORD, &another(&code)).await.problem(422, "code-incorrect");
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
    service.me(EMAIL, PASSWORD).await.expect(200);
    authorized(&service, EMAIL, WRONG_PASSWORD).await;
    authorized(&service, EMAIL, PASSWORD).await;
    for email in [EMAIL, "nobody@example.com"] {
        ses.fail(SEND_EMAIL, 1, MAIL_REFUSED);
        service.forgot_password(email).await.expect(202);
    }
    service.clock.advance(PAUSE);
    ses.heal().await;
    service.forgot_password(EMAIL).await.expect(202);
    let code = service.code(EMAIL).await;
    service.reset_password(EMAIL, &code, OTHER_PASSWORD).await.expect(200);
    // Each function that gets a password renews a hash of another cost.
    let older = async || service.set_hash(EMAIL, OTHER_PASSWORD, 5).await;
    older().await;
    service.me(EMAIL, OTHER_PASSWORD).await.expect(200);
    older().await;
    authorized(&service, EMAIL, OTHER_PASSWORD).await;
    older().await;
    service.change_password(EMAIL, OTHER_PASSWORD, PASSWORD).await.expect(200);
    service.change_password(EMAIL, WRONG_PASSWORD, OTHER_PASSWORD).await.problem(401, "unauthorized");
    service.delete(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    service.delete(EMAIL, PASSWORD).await.expect(204);
    let bounced = json!({"detail": {"eventType": "Bounce", "bounce": {"bounceType": "Permanent", "timestamp": "2026-11-26T12:00:00.000Z", "bouncedRecipients": [
        {"emailAddress": "bounced@example.com"}
    ]}}});
    service.stack.invoke_function("MailFeedbackFunction", &bounced).await.unwrap();
    service.at(2).register(EMAIL, PASSWORD).await.expect(201);
    service.at(2).delete(EMAIL, PASSWORD).await.expect(204);
    assert_eq!(service.stack.unused_permissions(), [""; 0]);
}

/// The outcome of a registration with a text of the template replaced.
async fn registering_with(text: &str, other: &str) -> (u16, serde_json::Value) {
    let template = fs::read_to_string(local::workspace().join("template.yaml")).unwrap();
    assert!(template.contains(text));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("template.yaml");
    fs::write(&file, template.replacen(text, other, 1)).unwrap();
    let options = Options { template: file, ..Options::in_memory([("BCRYPT_COST", "4")]) };
    let stack = Stack::start(options).await.unwrap();
    let request = HTTP.post(format!("{}/api/register", stack.url()));
    let answer = send(request.json(&json!({"email": EMAIL, "password": PASSWORD}))).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_request_that_the_role_does_not_allow_fails() {
    let register = "Action: [dynamodb:BatchGetItem, dynamodb:PutItem, dynamodb:UpdateItem]";
    let (status, _) = registering_with(register, register).await;
    assert_eq!(status, 201);
    for without in ["dynamodb:BatchGetItem, ", "dynamodb:PutItem, "] {
        let (status, _) = registering_with(register, &register.replace(without, "")).await;
        assert_eq!(status, 500, "without {without}");
    }
    let (status, _) =
        registering_with("Resource: !GetAtt LimitsTable.Arn", "Resource: !GetAtt UsersTable.Arn").await;
    assert_eq!(status, 500);
    let (status, body) = registering_with("ses:SendEmail", "ses:SendBulkEmail").await;
    assert_eq!((status, &body["code"]), (201, &json!({"sent": false})));
}
