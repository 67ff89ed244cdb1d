//! `POST /api/change-password`.

use serde_json::json;

use crate::support::{
    DAY, EMAIL, OTHER_PASSWORD, PASSWORD, PAUSE, Service, WRITE, WRONG_PASSWORD, another, basic,
    faults::{MAIL_REFUSED, SEND_EMAIL},
    interleave, send,
};

#[tokio::test]
async fn the_old_password_stops_working_at_once_and_the_owner_is_notified() {
    let service = Service::start().await;
    service.activated().await;
    service.clock.advance(DAY);
    let before = service.me(EMAIL, PASSWORD).await.expect(200);
    assert!(before.get("password_changed_at").is_none());
    let changed = service.change_password(EMAIL, PASSWORD, OTHER_PASSWORD).await.expect(200);
    assert_eq!(changed["password_changed_at"], service.clock.now().to_string());
    for member in ["id", "email", "created_at", "activated_at"] {
        assert_eq!(changed[member], before[member]);
    }
    service.me(EMAIL, PASSWORD).await.problem(401, "unauthorized");
    assert_eq!(service.me(EMAIL, OTHER_PASSWORD).await.expect(200), changed);
    let mails = service.mails().await;
    assert_eq!((mails.len(), &mails[0]["to"]), (2, &json!(EMAIL)));
    assert!(mails[0].get("code").is_none());
}

#[tokio::test]
async fn a_new_password_follows_the_rules_and_differs_from_the_old_one() {
    let service = Service::start().await;
    service.activated().await;
    for (password, detail) in [
        ("short", "must have at least 8 characters"),
        ("password1", "must not be one of the most common passwords"),
        (EMAIL, "must not be the e-mail address or the part before the @"),
        (PASSWORD, "must not be the password that it replaces"),
    ] {
        let problem = service.change_password(EMAIL, PASSWORD, password).await.problem(422, "invalid-input");
        assert_eq!(problem["errors"], json!([{"pointer": "#/password", "detail": detail}]));
    }
    assert_eq!(service.mails().await.len(), 1);
}

#[tokio::test]
async fn only_an_active_account_with_its_current_password_can_change_it() {
    let service = Service::start().await;
    let request = service.post("/api/change-password").json(&json!({"password": OTHER_PASSWORD}));
    send(request).await.problem(401, "unauthorized");
    let code = service.registered().await;
    service.change_password(EMAIL, PASSWORD, OTHER_PASSWORD).await.problem(403, "not-activated");
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
    service.change_password(EMAIL, WRONG_PASSWORD, OTHER_PASSWORD).await.problem(401, "unauthorized");
    let request = service.post("/api/change-password").header("authorization", basic(EMAIL, PASSWORD));
    send(request).await.problem(400, "malformed-json");
    service.me(EMAIL, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn of_two_concurrent_changes_the_first_written_stays() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    service.activated().await;
    let late = service.change_password(EMAIL, PASSWORD, "the late password");
    let first = service.change_password(EMAIL, PASSWORD, OTHER_PASSWORD);
    let (late, first) = interleave(&dynamodb, WRITE, late, first).await;
    first.expect(200);
    late.problem(401, "unauthorized");
    service.me(EMAIL, OTHER_PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_password_change_invalidates_the_reset_code() {
    let service = Service::start().await;
    service.activated().await;
    service.forgot_password(EMAIL).await.expect(202);
    let code = service.code(EMAIL).await;
    service.change_password(EMAIL, PASSWORD, OTHER_PASSWORD).await.expect(200);
    service.reset_password(EMAIL, &code, "a third password").await.problem(410, "code-expired");
    service.me(EMAIL, OTHER_PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_failed_notice_does_not_undo_the_change() {
    let (service, _, ses) = Service::behind_proxies(&[]).await;
    service.activated().await;
    service.clock.advance(PAUSE);
    ses.fail(SEND_EMAIL, 1, MAIL_REFUSED);
    service.change_password(EMAIL, PASSWORD, OTHER_PASSWORD).await.expect(200);
    service.me(EMAIL, OTHER_PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_hash_of_another_cost_is_renewed_at_the_next_right_password() {
    let service = Service::with(&[("BCRYPT_COST", "5")]).await;
    service.activated().await;
    let hash = async || service.user_item(EMAIL).await["password_hash"]["S"].as_str().unwrap().to_owned();
    let older = service.set_hash(EMAIL, PASSWORD, 4).await;
    service.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    assert_eq!(hash().await, older);
    service.me(EMAIL, PASSWORD).await.expect(200);
    let renewed = hash().await;
    assert!(renewed.starts_with("$2b$05$") && bcrypt::verify(PASSWORD, &renewed).unwrap(), "{renewed}");
    service.me(EMAIL, PASSWORD).await.expect(200);
    assert_eq!(hash().await, renewed);
    assert!(service.me(EMAIL, PASSWORD).await.expect(200).get("password_changed_at").is_none());
}

#[tokio::test]
async fn a_refused_request_renews_no_hash() {
    let service = Service::with(&[("BCRYPT_COST", "5")]).await;
    let code = service.registered().await;
    let older = service.set_hash(EMAIL, PASSWORD, 4).await;
    service.me(EMAIL, PASSWORD).await.problem(403, "not-activated");
    service.activate(EMAIL, PASSWORD, &another(&code)).await.problem(422, "code-incorrect");
    assert_eq!(service.user_item(EMAIL).await["password_hash"]["S"], older);
}

#[tokio::test]
async fn a_password_is_changed_although_its_hash_is_renewed_meanwhile() {
    let (service, dynamodb, _) = Service::behind_proxies(&[("BCRYPT_COST", "5")]).await;
    service.activated().await;
    service.set_hash(EMAIL, PASSWORD, 4).await;
    let change = service.change_password(EMAIL, PASSWORD, OTHER_PASSWORD);
    let (changed, read) = interleave(&dynamodb, WRITE, change, service.me(EMAIL, PASSWORD)).await;
    read.expect(200);
    changed.expect(200);
    service.me(EMAIL, OTHER_PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_renewed_hash_does_not_overwrite_a_password_changed_meanwhile() {
    let (service, dynamodb, _) = Service::behind_proxies(&[("BCRYPT_COST", "5")]).await;
    service.activated().await;
    service.set_hash(EMAIL, PASSWORD, 4).await;
    let read = service.me(EMAIL, PASSWORD);
    let change = service.change_password(EMAIL, PASSWORD, OTHER_PASSWORD);
    let (read, changed) = interleave(&dynamodb, "UpdateItem", read, change).await;
    changed.expect(200);
    // The password was right when it was checked.
    read.expect(200);
    service.me(EMAIL, PASSWORD).await.problem(401, "unauthorized");
    service.me(EMAIL, OTHER_PASSWORD).await.expect(200);
}
