//! `DELETE /api/me`.

use serde_json::Value;

use crate::support::{
    DAY, EMAIL, MINUTE, OTHER_PASSWORD, PASSWORD, PAUSE, Service, WRITE, WRONG_PASSWORD, interleave,
};

#[tokio::test]
async fn a_deleted_account_leaves_only_its_daily_counters() {
    let service = Service::start().await;
    service.activated().await;
    service.forgot_password(EMAIL).await.expect(202);
    let answer = service.delete(EMAIL, PASSWORD).await;
    assert_eq!((answer.status, answer.header("content-type")), (204, None));
    for table in ["UsersTable", "CodesTable"] {
        assert!(service.items(table).await.is_empty(), "{table}");
    }
    service.me(EMAIL, PASSWORD).await.problem(401, "unauthorized");
    service.delete(EMAIL, PASSWORD).await.problem(401, "unauthorized");
    let subjects = service.subjects(EMAIL).await;
    assert!(subjects.len() == 3 && subjects[0].contains("deleted"), "{subjects:?}");
    service.register(EMAIL, OTHER_PASSWORD).await.expect(201);
}

#[tokio::test]
async fn the_codes_of_a_deleted_registration_still_count() {
    let service = Service::with(&[("CODES_PER_DAY", "1")]).await;
    let code = service.registered().await;
    service.delete(EMAIL, PASSWORD).await.expect(204);
    service.me(EMAIL, PASSWORD).await.problem(401, "unauthorized");
    service.activate(EMAIL, PASSWORD, &code).await.problem(401, "unauthorized");
    service.send_code(EMAIL, PASSWORD).await.problem(401, "unauthorized");
    assert!(service.code_item(EMAIL).await.is_null());
    let item = service.user_item(EMAIL).await.to_string();
    assert!(!item.contains("$2b$"), "{item}");
    // An address that was never confirmed gets no mail.
    assert_eq!(service.mails().await.len(), 1);
    let account = service.register(EMAIL, PASSWORD).await.expect(201);
    assert_eq!(account["code"]["length"], 8);
    let code = service.code(EMAIL).await;
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
}

#[tokio::test]
async fn an_account_is_deleted_only_with_its_password() {
    let service = Service::start().await;
    service.activated().await;
    service.delete(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    service.delete("nobody@example.com", PASSWORD).await.problem(401, "unauthorized");
    service.me(EMAIL, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_code_does_not_restore_a_registration_deleted_meanwhile() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    service.registered().await;
    service.clock.advance(PAUSE);
    let asked = service.send_code(EMAIL, PASSWORD);
    let (sent, deleted) = interleave(&dynamodb, WRITE, asked, service.delete(EMAIL, PASSWORD)).await;
    deleted.expect(204);
    sent.problem(401, "unauthorized");
    service.me(EMAIL, PASSWORD).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_registration_deleted_during_its_activation_is_not_activated() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    let code = service.registered().await;
    let activate = service.activate(EMAIL, PASSWORD, &code);
    let (activated, deleted) = interleave(&dynamodb, WRITE, activate, service.delete(EMAIL, PASSWORD)).await;
    deleted.expect(204);
    activated.problem(401, "unauthorized");
    service.me(EMAIL, PASSWORD).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_registration_activated_during_its_deletion_is_deleted_as_an_account() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    let code = service.registered().await;
    let delete = service.delete(EMAIL, PASSWORD);
    let activate = service.activate(EMAIL, PASSWORD, &code);
    let (deleted, activated) = interleave(&dynamodb, WRITE, delete, activate).await;
    activated.expect(200);
    deleted.expect(204);
    service.me(EMAIL, PASSWORD).await.problem(401, "unauthorized");
    assert_eq!(service.mails().await.len(), 2, "the owner of an account is notified");
}

#[tokio::test]
async fn a_code_sent_during_the_deletion_of_its_registration_still_counts() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    service.registered().await;
    service.clock.advance(PAUSE);
    let delete = service.delete(EMAIL, PASSWORD);
    let (deleted, sent) = interleave(&dynamodb, WRITE, delete, service.send_code(EMAIL, PASSWORD)).await;
    sent.expect(202);
    deleted.expect(204);
    let code = service.code(EMAIL).await;
    service.activate(EMAIL, PASSWORD, &code).await.problem(401, "unauthorized");
    let item = service.user_item(EMAIL).await;
    let number = |value: &Value| value["N"].as_str().unwrap().parse::<u128>().unwrap();
    let codes: Vec<_> = item["short_codes"]["L"].as_array().unwrap().iter().map(number).collect();
    // TTL may delete the item no sooner than the later one ceases to count.
    assert_eq!(codes.len(), 2);
    assert!(number(&item["expires_at"]) * 1000 >= codes.into_iter().max().unwrap() + DAY.as_millis());
}

#[tokio::test]
async fn an_account_is_deleted_although_its_hash_is_renewed_meanwhile() {
    let (service, dynamodb, _) = Service::behind_proxies(&[("BCRYPT_COST", "5")]).await;
    service.activated().await;
    service.set_hash(EMAIL, PASSWORD, 4).await;
    let delete = service.delete(EMAIL, PASSWORD);
    let (deleted, read) = interleave(&dynamodb, WRITE, delete, service.me(EMAIL, PASSWORD)).await;
    read.expect(200);
    deleted.expect(204);
    service.me(EMAIL, PASSWORD).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn an_address_registered_again_during_its_deletion_stays_registered() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    service.registered().await;
    service.clock.advance(MINUTE);
    let register = service.register(EMAIL, OTHER_PASSWORD);
    let (registered, deleted) = interleave(&dynamodb, WRITE, register, service.delete(EMAIL, PASSWORD)).await;
    deleted.expect(204);
    registered.expect(201);
    let code = service.code(EMAIL).await;
    service.activate(EMAIL, OTHER_PASSWORD, &code).await.expect(200);
}

/// A long code is not among the registration's short codes, so the two differ only in their ids.
#[tokio::test]
async fn a_registration_that_replaces_another_during_its_deletion_is_not_deleted() {
    let (service, dynamodb, _) = Service::behind_proxies(&[("CODES_PER_DAY", "1")]).await;
    service.registered().await;
    service.clock.advance(MINUTE);
    let delete = service.delete(EMAIL, PASSWORD);
    let register = service.register(EMAIL, OTHER_PASSWORD);
    let (deleted, registered) = interleave(&dynamodb, WRITE, delete, register).await;
    registered.expect(201);
    deleted.problem(401, "unauthorized");
    let code = service.code(EMAIL).await;
    service.activate(EMAIL, OTHER_PASSWORD, &code).await.expect(200);
}

#[tokio::test]
async fn an_account_whose_password_changes_during_its_deletion_is_not_deleted() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    service.activated().await;
    let delete = service.delete(EMAIL, PASSWORD);
    let change = service.change_password(EMAIL, PASSWORD, OTHER_PASSWORD);
    let (deleted, changed) = interleave(&dynamodb, WRITE, delete, change).await;
    changed.expect(200);
    deleted.problem(401, "unauthorized");
    service.me(EMAIL, OTHER_PASSWORD).await.expect(200);
}
