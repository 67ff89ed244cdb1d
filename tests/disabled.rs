//! Accounts that an operator disabled: nobody can sign in with them, and only an operator enables them.

use serde_json::json;
use shared::{registration::Registration, store::Written};

use crate::{
    authorize::authorized,
    support::{EMAIL, MINUTE, OTHER_PASSWORD, PASSWORD, PAUSE, Service, WRITE, WRONG_PASSWORD, interleave},
};

#[tokio::test]
async fn only_the_right_password_reveals_that_an_account_is_disabled() {
    let service = Service::start().await;
    service.activated().await;
    service.disable().await;
    let routes = |password| {
        let service = &service;
        async move {
            [
                service.me(EMAIL, password).await,
                service.send_code(EMAIL, password).await,
                service.activate(EMAIL, password, "0000").await,
                service.change_password(EMAIL, password, OTHER_PASSWORD).await,
                service.delete(EMAIL, password).await,
            ]
        }
    };
    for answer in routes(PASSWORD).await {
        answer.problem(403, "account-disabled");
    }
    for answer in routes(WRONG_PASSWORD).await {
        answer.problem(401, "unauthorized");
    }
    assert_eq!(authorized(&service, EMAIL, PASSWORD).await, json!({"isAuthorized": false}));
    service.register(EMAIL, OTHER_PASSWORD).await.problem(409, "already-registered");
    service.enable().await;
    service.me(EMAIL, PASSWORD).await.expect(200);
    assert_eq!(authorized(&service, EMAIL, PASSWORD).await["isAuthorized"], true);
}

#[tokio::test]
async fn a_reset_does_not_enable_a_disabled_account() {
    let service = Service::start().await;
    service.activated().await;
    service.forgot_password(EMAIL).await.expect(202);
    let before = service.code(EMAIL).await;
    service.disable().await;
    service.reset_password(EMAIL, &before, OTHER_PASSWORD).await.problem(410, "code-expired");
    service.clock.advance(PAUSE);

    // It is answered like any other address, and nobody is mailed.
    let mails = service.subjects(EMAIL).await;
    let answer = service.forgot_password(EMAIL).await.expect(202);
    let expires_at = (service.clock.now() + 10 * MINUTE).to_string();
    assert_eq!(answer, json!({"code": {"sent": true, "length": 8, "expires_at": expires_at}}));
    assert_eq!(service.subjects(EMAIL).await, mails);
    service.reset_password(EMAIL, &before, OTHER_PASSWORD).await.problem(422, "code-incorrect");

    // Nor does an earlier code, or one from meanwhile, work once it is enabled.
    service.enable().await;
    service.reset_password(EMAIL, &before, OTHER_PASSWORD).await.problem(410, "code-expired");
    service.me(EMAIL, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn an_owners_change_fails_if_the_account_was_disabled_meanwhile() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    service.activated().await;
    let disable_and_ask = async || {
        service.disable().await;
        service.me(EMAIL, PASSWORD).await
    };
    let change = service.change_password(EMAIL, PASSWORD, OTHER_PASSWORD);
    let (late, disabled) = interleave(&dynamodb, WRITE, change, disable_and_ask()).await;
    disabled.problem(403, "account-disabled");
    late.problem(403, "account-disabled");
    service.enable().await;

    let delete = service.delete(EMAIL, PASSWORD);
    let (late, disabled) = interleave(&dynamodb, WRITE, delete, disable_and_ask()).await;
    disabled.problem(403, "account-disabled");
    late.problem(403, "account-disabled");
    service.enable().await;

    service.forgot_password(EMAIL).await.expect(202);
    let code = service.code(EMAIL).await;
    let reset = service.reset_password(EMAIL, &code, OTHER_PASSWORD);
    let (late, disabled) = interleave(&dynamodb, WRITE, reset, disable_and_ask()).await;
    disabled.problem(403, "account-disabled");
    late.problem(410, "code-expired");
    service.enable().await;
    service.me(EMAIL, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_hash_renewed_while_the_account_is_disabled_is_not_stored() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    service.activated().await;
    let older = service.set_hash(EMAIL, PASSWORD, 5).await;
    let (_, disabled) = interleave(&dynamodb, "UpdateItem", service.me(EMAIL, PASSWORD), async {
        service.disable().await;
        service.me(EMAIL, PASSWORD).await
    })
    .await;
    disabled.problem(403, "account-disabled");
    assert_eq!(service.user_item(EMAIL).await["password_hash"]["S"], older);
}

/// An operator's write is conditional on the account being as it was read.
#[tokio::test]
async fn an_operators_write_fails_if_the_account_changed_since_it_was_read() {
    let service = Service::start().await;
    let code = service.registered().await;
    let pending = service.found().await;
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
    let (store, now) = (service.store(), service.clock.now());
    assert_eq!(store.delete(&pending, now, None).await.unwrap(), Written::Stale);

    let active = service.found().await;
    service.change_password(EMAIL, PASSWORD, OTHER_PASSWORD).await.expect(200);
    let account = active.clone().into_active().unwrap();
    assert_eq!(store.disable(&account, now).await.unwrap(), Written::Stale);
    assert_eq!(store.delete(&active, now, None).await.unwrap(), Written::Stale);

    service.disable().await;
    let Registration::Disabled(first) = service.found().await else { panic!("it is disabled") };
    service.enable().await;
    assert_eq!(store.enable(&first).await.unwrap(), Written::Stale);
    service.clock.advance(PAUSE);
    service.disable().await;
    assert_eq!(store.enable(&first).await.unwrap(), Written::Stale);
    let read = Registration::Disabled(first);
    assert_eq!(store.delete(&read, now, None).await.unwrap(), Written::Stale);
    let disabled = service.found().await;
    assert_eq!(store.delete(&disabled, now, None).await.unwrap(), Written::Committed);
    service.me(EMAIL, OTHER_PASSWORD).await.problem(401, "unauthorized");
}
