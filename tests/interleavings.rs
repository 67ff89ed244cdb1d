//! Two requests in an order that seldom happens by chance: one is held before its write, or while its mail is sent, and
//! another runs meanwhile.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::support::{
    EMAIL, Fault, MILLISECOND, MINUTE, NO_CODE_LIMITS, OTHER_PASSWORD, PASSWORD, PAUSE, Service, WRITE,
    faults::{MAIL_REFUSED, SEND_EMAIL},
    interleave,
};

#[tokio::test]
async fn of_two_concurrent_registrations_the_first_written_stays() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    let late = service.register(EMAIL, OTHER_PASSWORD);
    let (late, first) = interleave(&dynamodb, WRITE, late, service.register(EMAIL, PASSWORD)).await;
    first.expect(201);
    late.problem(429, "too-many-codes");
    assert_eq!(service.mails().await.len(), 1);
    service.me(EMAIL, PASSWORD).await.problem(403, "not-activated");
}

#[tokio::test]
async fn no_code_is_sent_for_a_registration_replaced_meanwhile() {
    let (service, dynamodb, _) = Service::behind_proxies(&NO_CODE_LIMITS).await;
    service.registered().await;
    service.clock.advance(MINUTE);
    let asked = service.send_code(EMAIL, PASSWORD);
    let (sent, replaced) = interleave(&dynamodb, WRITE, asked, service.register(EMAIL, OTHER_PASSWORD)).await;
    replaced.expect(201);
    sent.problem(401, "unauthorized");
    assert_eq!(service.mails().await.len(), 2);
}

#[tokio::test]
async fn an_account_activated_while_it_is_registered_again_stays_active() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    let code = service.registered().await;
    service.clock.advance(MINUTE - MILLISECOND);
    // The code is entered in its last millisecond, and the address registered again in the next, both held.
    let (entered, registered, active) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Notify::new());
    dynamodb.take_calls();
    dynamodb.fail("UpdateItem", 1, Fault::Held(entered.clone()));
    dynamodb.fail(WRITE, 1, Fault::Held(registered.clone()));
    let activate = async {
        let answer = service.activate(EMAIL, PASSWORD, &code).await;
        active.notify_one();
        answer
    };
    let register = async {
        dynamodb.called("UpdateItem").await;
        service.clock.advance(MILLISECOND);
        service.register(EMAIL, OTHER_PASSWORD).await
    };
    let release = async {
        dynamodb.called(WRITE).await;
        entered.notify_one();
        active.notified().await;
        registered.notify_one();
    };
    let (activated, replaced, ()) = tokio::join!(activate, register, release);
    activated.expect(200);
    replaced.problem(409, "already-registered");
    service.me(EMAIL, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_registration_replaced_during_its_activation_is_not_activated() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    let code = service.registered().await;
    service.clock.advance(MINUTE - MILLISECOND);
    let activate = service.activate(EMAIL, PASSWORD, &code);
    let (active, replaced) = interleave(&dynamodb, WRITE, activate, async {
        service.clock.advance(MILLISECOND);
        service.register(EMAIL, OTHER_PASSWORD).await
    })
    .await;
    replaced.expect(201);
    active.problem(401, "unauthorized");
    service.me(EMAIL, OTHER_PASSWORD).await.problem(403, "not-activated");
}

#[tokio::test]
async fn a_code_attempted_before_its_mail_is_refused_counts() {
    let settings = [("CODE_LENGTH", "10"), ("CODES_PER_CLIENT_PER_DAY", "1")];
    let (service, _, ses) = Service::behind_proxies(&settings).await;
    let (registered, attempted) = interleave(&ses, SEND_EMAIL, service.register(EMAIL, PASSWORD), async {
        let attempted = service.activate(EMAIL, PASSWORD, "0000000000").await;
        ses.fail(SEND_EMAIL, 1, MAIL_REFUSED);
        attempted
    })
    .await;
    attempted.problem(422, "code-incorrect");
    assert_eq!(registered.expect(201)["code"]["sent"], false);
    service.clock.advance(PAUSE);
    // Otherwise an address whose mail is always refused would allow unlimited guesses.
    service.send_code(EMAIL, PASSWORD).await.problem(429, "too-many-codes");
}

#[tokio::test]
async fn a_refused_mail_does_not_withdraw_a_newer_code() {
    let (service, _, ses) = Service::behind_proxies(&NO_CODE_LIMITS).await;
    let (registered, sent) = interleave(&ses, SEND_EMAIL, service.register(EMAIL, PASSWORD), async {
        let sent = service.send_code(EMAIL, PASSWORD).await;
        ses.fail(SEND_EMAIL, 1, MAIL_REFUSED);
        sent
    })
    .await;
    assert_eq!(registered.expect(201)["code"]["sent"], false);
    sent.expect(202);
    let code = service.code(EMAIL).await;
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
}

#[tokio::test]
async fn a_code_of_a_replaced_registration_uses_no_attempt_of_the_new_one() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    let code = service.registered().await;
    service.clock.advance(MINUTE - MILLISECOND);
    let activate = service.activate(EMAIL, PASSWORD, &code);
    let (entered, replaced) = interleave(&dynamodb, "UpdateItem", activate, async {
        service.clock.advance(MILLISECOND);
        service.register(EMAIL, OTHER_PASSWORD).await
    })
    .await;
    replaced.expect(201);
    // The password was that of the previous registration.
    entered.problem(401, "unauthorized");
    assert_eq!(service.code_item(EMAIL).await["attempts"]["N"], "0");
}

#[tokio::test]
async fn of_two_concurrent_long_codes_one_is_sent() {
    for older_is_deleted in [false, true] {
        // A long code changes nothing in the list of short ones.
        let (service, dynamodb, _) = Service::behind_proxies(&[("CODES_PER_DAY", "1")]).await;
        service.registered().await;
        service.clock.advance(PAUSE);
        if older_is_deleted {
            service.delete_item("CodesTable", EMAIL).await;
        }
        let other = service.at(2);
        let late = service.send_code(EMAIL, PASSWORD);
        let (late, first) = interleave(&dynamodb, WRITE, late, other.send_code(EMAIL, PASSWORD)).await;
        assert_eq!(first.expect(202)["code"]["length"], 8);
        late.problem(429, "too-many-codes");
        assert_eq!(service.mails().await.len(), 2);
    }
}

#[tokio::test]
async fn of_two_concurrent_registrations_one_gets_the_last_mail_of_the_mailbox() {
    let (service, dynamodb, _) = Service::behind_proxies(&[("MAILS_PER_DAY", "1")]).await;
    let clients = [service.at(1), service.at(2)];
    let late = clients[0].register("ada+1@example.com", PASSWORD);
    let first = clients[1].register("ada+2@example.com", PASSWORD);
    let (late, first) = interleave(&dynamodb, WRITE, late, first).await;
    first.expect(201);
    late.problem(429, "too-many-codes");
    assert_eq!(service.mails().await.len(), 1);
}

#[tokio::test]
async fn of_two_concurrent_registrations_one_gets_the_clients_own_mail() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    for n in 0..30 {
        service.at(1).register(&format!("ada+{n}@example.com"), PASSWORD).await.expect(201);
    }
    let client = service.at(2);
    let late = client.register("ada+30@example.com", PASSWORD);
    let first = client.register("ada+31@example.com", PASSWORD);
    let (late, first) = interleave(&dynamodb, WRITE, late, first).await;
    first.expect(201);
    late.problem(429, "too-many-codes");
    assert_eq!(service.mails().await.len(), 31);
}

#[tokio::test]
async fn a_code_withdrawn_while_the_next_is_written_does_not_count_for_the_day() {
    let (service, dynamodb, ses) = Service::behind_proxies(&[("CODE_COOLDOWN_SECONDS", "0")]).await;
    service.registered().await;
    service.clock.advance(MILLISECOND);
    let (mailed, written) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (next_asked, withdrawn) = (Notify::new(), Notify::new());
    ses.take_calls();
    ses.fail(SEND_EMAIL, 1, Fault::Held(mailed.clone()));
    let refused = async {
        let answer = service.send_code(EMAIL, PASSWORD).await;
        withdrawn.notify_one();
        answer
    };
    let next = async {
        next_asked.notified().await;
        service.clock.advance(MILLISECOND);
        service.send_code(EMAIL, PASSWORD).await
    };
    let release = async {
        ses.called(SEND_EMAIL).await;
        dynamodb.take_calls();
        dynamodb.fail(WRITE, 1, Fault::Held(written.clone()));
        next_asked.notify_one();
        dynamodb.called(WRITE).await;
        ses.fail(SEND_EMAIL, 1, MAIL_REFUSED);
        mailed.notify_one();
        withdrawn.notified().await;
        written.notify_one();
    };
    let (refused, next, ()) = tokio::join!(refused, next, release);
    refused.problem(503, "mail-unavailable");
    next.expect(202);
    let item = service.user_item(EMAIL).await;
    assert_eq!(item["short_codes"]["L"].as_array().unwrap().len(), 2);
}
