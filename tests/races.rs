//! Both sides of each race at once.
//!
//! Each test runs many requests in parallel and counts the outcomes: whatever the order, the totals are the same.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use crate::support::{
    Answer, EMAIL, MINUTE, NO_CODE_LIMITS, OTHER_PASSWORD, PASSWORD, PAUSE, Service, another, tally,
};

/// Enters a code, again and again while the service is too busy to answer.
async fn insist(service: &Service, code: &str) -> Answer {
    loop {
        let answer = service.activate(EMAIL, PASSWORD, code).await;
        if answer.status != 503 {
            return answer;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_concurrent_registrations_of_an_address_one_succeeds() {
    let service = Service::start().await;
    let passwords: Vec<_> = (0..16).map(|n| format!("password number {n}")).collect();
    let answers = join_all(passwords.iter().map(|password| service.register(EMAIL, password))).await;
    let tally = tally(&answers);
    assert_eq!(tally, BTreeMap::from([("success".to_owned(), 1), ("too-many-codes".to_owned(), 15)]));
    assert_eq!(service.mails().await.len(), 1);

    let winner = answers.iter().position(|answer| answer.status == 201).unwrap();
    let code = service.code(EMAIL).await;
    let account = service.activate(EMAIL, &passwords[winner], &code).await.expect(200);
    assert_eq!(account["id"], answers[winner].body["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_concurrent_activations_one_succeeds_and_the_others_learn_of_it() {
    let service = Service::with(&[("CODE_ATTEMPTS", "100")]).await;
    let code = service.registered().await;
    let answers = join_all((0..16).map(|_| insist(&service, &code))).await;
    let tally = tally(&answers);
    assert_eq!(tally["success"], 1, "{tally:?}");
    assert_eq!(tally["already-activated"], 15, "{tally:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_guesses_get_no_more_attempts_than_a_code_has() {
    let service = Service::start().await;
    let code = service.registered().await;
    let wrong = another(&code);
    let answers = join_all((0..200).map(|_| insist(&service, &wrong))).await;
    let tally = tally(&answers);
    // An attempt whose answer was lost on a slow machine still counts.
    assert!((1..=3).contains(&tally["code-incorrect"]), "{tally:?}");
    assert_eq!(tally["code-incorrect"] + tally["code-expired"], 200);
    service.activate(EMAIL, PASSWORD, &code).await.problem(410, "code-expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_concurrent_requests_for_a_code_one_succeeds() {
    let service = Service::start().await;
    service.registered().await;
    service.clock.advance(PAUSE);
    let answers = join_all((0..16).map(|_| service.send_code(EMAIL, PASSWORD))).await;
    let tally = tally(&answers);
    assert_eq!(tally, BTreeMap::from([("success".to_owned(), 1), ("too-many-codes".to_owned(), 15)]));
    assert_eq!(service.mails().await.len(), 2);
    let code = service.code(EMAIL).await;
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_either_activated_or_replaced() {
    for _ in 0..10 {
        let service = Service::start().await;
        let code = service.registered().await;
        // The last attempt kills the code, unless it is right.
        for _ in 0..2 {
            service.activate(EMAIL, PASSWORD, &another(&code)).await.problem(422, "code-incorrect");
        }
        let (activated, replaced) =
            tokio::join!(service.activate(EMAIL, PASSWORD, &code), service.register(EMAIL, OTHER_PASSWORD));
        match (activated.status, replaced.status) {
            (200, 409 | 429) => drop(service.me(EMAIL, PASSWORD).await.expect(200)),
            (401 | 410, 201) => {
                drop(service.me(EMAIL, OTHER_PASSWORD).await.problem(403, "not-activated"));
            }
            other => panic!("{other:?}: {} {}", activated.body, replaced.body),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_either_used_or_replaced() {
    for _ in 0..10 {
        let service = Service::start().await;
        let code = service.registered().await;
        service.clock.advance(PAUSE);
        let (activated, sent) =
            tokio::join!(service.activate(EMAIL, PASSWORD, &code), service.send_code(EMAIL, PASSWORD));
        match (activated.status, sent.status) {
            // The older code was used first.
            (200, 409) => {}
            // The newer one was stored first: the older is dead, unless both happen to be equal.
            (410 | 422, 202) => {
                let newer = service.code(EMAIL).await;
                service.activate(EMAIL, PASSWORD, &newer).await.expect(200);
            }
            other => panic!("{other:?}: {} {}", activated.body, sent.body),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_concurrent_registrations_one_replaces_an_expired_code() {
    let service = Service::with(&NO_CODE_LIMITS).await;
    service.registered().await;
    service.clock.advance(MINUTE);
    let passwords: Vec<_> = (0..8).map(|n| format!("password number {n}")).collect();
    let answers = join_all(passwords.iter().map(|password| service.register(EMAIL, password))).await;
    let tally = tally(&answers);
    assert_eq!(tally, BTreeMap::from([("success".to_owned(), 1), ("too-many-codes".to_owned(), 7)]));
    let winner = answers.iter().position(|answer| answer.status == 201).unwrap();
    service.me(EMAIL, &passwords[winner]).await.problem(403, "not-activated");
    assert_eq!(service.mails().await.len(), 2);
}
