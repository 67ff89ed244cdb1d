//! Operators' writes that race with owners' writes.

use std::time::Instant;

use serde_json::json;
use shared::{
    email_address::EmailAddress,
    password_hash::PasswordHash,
    registration::{Active, Identity, Registration, new_id},
    store::{Import, Written},
};

use crate::support::{
    DAY, EMAIL, MILLISECOND, OTHER_PASSWORD, PASSWORD, Service, WRITE, WRONG_PASSWORD, interleave,
};

/// [`EMAIL`] with [`OTHER_PASSWORD`], as stored by another system.
pub(crate) fn user(service: &Service) -> Registration {
    let now = service.clock.now();
    let identity = Identity {
        id: new_id(now, [0; 10]),
        email: EmailAddress::parse(EMAIL).unwrap(),
        password_hash: PasswordHash::parse_foreign(&bcrypt::hash(OTHER_PASSWORD, 4).unwrap()).unwrap(),
        created_at: now,
    };
    Registration::Active(Active { identity, activated_at: now, password_changed_at: None })
}

#[tokio::test]
async fn an_import_does_not_replace_a_registration_until_it_has_expired() {
    let service = Service::start().await;
    service.registered().await;
    let (store, user) = (service.store(), user(&service));
    service.clock.advance(DAY - MILLISECOND);
    assert!(matches!(store.import(&user, service.clock.now()).await.unwrap(), Import::Exists(_)));
    service.me(EMAIL, PASSWORD).await.problem(403, "not-activated");
    service.clock.advance(MILLISECOND);
    // Its item is there: nothing has deleted it.
    assert!(matches!(store.import(&user, service.clock.now()).await.unwrap(), Import::Stored));
    service.me(EMAIL, OTHER_PASSWORD).await.expect(200);
}

#[tokio::test]
async fn of_a_concurrent_registration_and_import_the_first_written_stays() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    let (store, user) = (service.store(), user(&service));
    let register = service.register(EMAIL, PASSWORD);
    let (registered, imported) = interleave(&dynamodb, WRITE, register, async {
        assert!(matches!(store.import(&user, service.clock.now()).await.unwrap(), Import::Stored));
        service.me(EMAIL, OTHER_PASSWORD).await
    })
    .await;
    imported.expect(200);
    registered.problem(409, "already-registered");
    assert!(service.mails().await.is_empty());
}

#[tokio::test]
async fn an_import_does_not_replace_an_account_that_changed_meanwhile() {
    let service = Service::start().await;
    service.activated().await;
    let (store, user, read) = (service.store(), user(&service), service.found().await);
    service.change_password(EMAIL, PASSWORD, "a third password").await.expect(200);
    let Import::Exists(found) = store.import_over(&read, &user).await.unwrap() else {
        panic!("it was written")
    };
    service.me(EMAIL, "a third password").await.expect(200);
    assert!(matches!(store.import_over(&found, &user).await.unwrap(), Import::Stored));
    service.me(EMAIL, OTHER_PASSWORD).await.expect(200);
    service.me(EMAIL, "a third password").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn response_times_do_not_reveal_that_an_account_was_imported() {
    let service = Service::with(&[("BCRYPT_COST", "12")]).await;
    let user = user(&service);
    service.store().import(&user, service.clock.now()).await.unwrap();
    let time = async |email: &str| {
        let start = Instant::now();
        service.me(email, WRONG_PASSWORD).await.problem(401, "unauthorized");
        start.elapsed()
    };
    let mut times = [time(EMAIL).await, time("nobody@example.com").await];
    for _ in 0..2 {
        times = [times[0].min(time(EMAIL).await), times[1].min(time("nobody@example.com").await)];
    }
    // Its hash has cost 4, a 256th of the rounds.
    assert!(times[0] > times[1] / 4, "{times:?}");
}

#[tokio::test]
async fn a_mark_expires_and_clearing_it_spares_a_newer_one() {
    let service = Service::start().await;
    let (store, email) = (service.store(), EmailAddress::parse(EMAIL).unwrap());
    let mark = async |marked_at: i64| {
        let ends_at = service.clock.now() + DAY;
        let item = json!({
            "key": {"S": format!("undeliverable/{EMAIL}")},
            "marked_at": {"N": marked_at.to_string()},
            "ends_at": {"N": ends_at.as_millis().to_string()},
        });
        service.put_item("LimitsTable", item).await;
    };
    mark(1).await;
    let read = store.undeliverable(&email, service.clock.now()).await.unwrap().unwrap();
    mark(2).await;
    assert_eq!(store.clear_undeliverable(&email, &read).await.unwrap(), Written::Stale);
    service.clock.advance(DAY - MILLISECOND);
    let read = store.undeliverable(&email, service.clock.now()).await.unwrap().unwrap();
    service.clock.advance(MILLISECOND);
    assert_eq!(store.undeliverable(&email, service.clock.now()).await.unwrap(), None);
    assert_eq!(store.clear_undeliverable(&email, &read).await.unwrap(), Written::Committed);
}
