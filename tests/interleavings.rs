//! Two requests in an order that seldom happens by itself: one is held before its write, or while its mail is on its
//! way, and another runs meanwhile.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::{
    proxy::{Fault, Proxy},
    service::{Answer, EMAIL, PASSWORD, PAUSE, Service},
};

const WRITE: &str = "TransactWriteItems";
const MAIL: &str = "/v2/email/outbound-emails";
const REFUSED: Fault = Fault::Answer(400, r#"{"__type":"MessageRejected","message":"no"}"#);
const OTHER: &str = "another password";
const NO_LIMITS: [(&str, &str); 2] = [("CODE_COOLDOWN_SECONDS", "0"), ("CODES_PER_DAY", "0")];

/// Runs `first` up to its first call of this operation, then `second`, and then the rest of `first`.
pub(crate) async fn between(
    dynamodb: &Proxy,
    operation: &str,
    first: impl Future<Output = Answer>,
    second: impl Future<Output = Answer>,
) -> (Answer, Answer) {
    let go_on = Arc::new(Notify::new());
    dynamodb.take_calls();
    dynamodb.fail(operation, 1, Fault::Held(go_on.clone()));
    tokio::join!(first, async {
        dynamodb.called(operation).await;
        let answer = second.await;
        go_on.notify_one();
        answer
    })
}

#[tokio::test]
async fn of_two_first_registrations_the_one_that_is_written_first_stays() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    let (late, first) =
        between(&dynamodb, WRITE, service.register(EMAIL, OTHER), service.register(EMAIL, PASSWORD)).await;
    first.expect(201);
    late.problem(429, "too-many-codes");
    assert_eq!(service.mails().await.len(), 1);
    service.me(EMAIL, PASSWORD).await.problem(403, "not-activated");
}

#[tokio::test]
async fn no_code_is_sent_to_who_asked_for_it_with_a_password_that_was_replaced_meanwhile() {
    // All of it within one millisecond, so that nothing but the id tells the registrations apart.
    let (service, dynamodb, _) = Service::behind_proxies(&NO_LIMITS).await;
    service.registered().await;
    let (sent, replaced) =
        between(&dynamodb, WRITE, service.send_code(EMAIL, PASSWORD), service.register(EMAIL, OTHER)).await;
    replaced.expect(201);
    sent.problem(401, "unauthorized");
    assert_eq!(service.mails().await.len(), 2);
}

#[tokio::test]
async fn an_account_that_is_activated_while_it_is_registered_again_stays_active() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    let code = service.registered().await;
    service.clock.advance(PAUSE);
    let activate = service.activate(EMAIL, PASSWORD, &code);
    let (replaced, active) = between(&dynamodb, WRITE, service.register(EMAIL, OTHER), activate).await;
    active.expect(200);
    replaced.problem(409, "already-registered");
    service.me(EMAIL, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_registration_that_is_replaced_while_it_is_activated_is_not_active() {
    let (service, dynamodb, _) = Service::behind_proxies(&NO_LIMITS).await;
    let code = service.registered().await;
    let activate = service.activate(EMAIL, PASSWORD, &code);
    let (active, replaced) = between(&dynamodb, WRITE, activate, service.register(EMAIL, OTHER)).await;
    replaced.expect(201);
    active.problem(401, "unauthorized");
    service.me(EMAIL, OTHER).await.problem(403, "not-activated");
}

#[tokio::test]
async fn a_code_that_was_tried_before_its_mail_was_refused_counts() {
    let (service, _, ses) = Service::behind_proxies(&[("CODE_LENGTH", "10")]).await;
    let (registered, tried) = between(&ses, MAIL, service.register(EMAIL, PASSWORD), async {
        let tried = service.activate(EMAIL, PASSWORD, "0000000000").await;
        ses.fail(MAIL, 1, REFUSED);
        tried
    })
    .await;
    tried.problem(422, "code-incorrect");
    assert_eq!(registered.expect(201)["code"]["sent"], false);
    // Else an address whose mail is always refused could be guessed at without end.
    service.send_code(EMAIL, PASSWORD).await.problem(429, "too-many-codes");
}

#[tokio::test]
async fn a_refused_mail_takes_no_newer_code_with_it() {
    let (service, _, ses) = Service::behind_proxies(&NO_LIMITS).await;
    let (registered, sent) = between(&ses, MAIL, service.register(EMAIL, PASSWORD), async {
        let sent = service.send_code(EMAIL, PASSWORD).await;
        ses.fail(MAIL, 1, REFUSED);
        sent
    })
    .await;
    assert_eq!(registered.expect(201)["code"]["sent"], false);
    sent.expect(202);
    let code = service.code(EMAIL).await;
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
}

#[tokio::test]
async fn a_code_that_is_entered_while_the_registration_is_replaced_takes_no_try_of_the_newer_one() {
    let (service, dynamodb, _) = Service::behind_proxies(&NO_LIMITS).await;
    let code = service.registered().await;
    let activate = service.activate(EMAIL, PASSWORD, &code);
    let (entered, replaced) =
        between(&dynamodb, "UpdateItem", activate, service.register(EMAIL, OTHER)).await;
    replaced.expect(201);
    // The password was that of the registration before.
    entered.problem(401, "unauthorized");
}
