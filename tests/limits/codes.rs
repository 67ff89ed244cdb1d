//! The limits on codes: requests of a client, codes of an address, mails to a mailbox.

use futures_util::future::join_all;

use super::retry_after;
use crate::support::{DAY, EMAIL, MILLISECOND, MINUTE, PASSWORD, PAUSE, SECOND, Service, count};

#[tokio::test]
async fn a_client_has_an_hourly_limit_of_registrations() {
    let service = Service::with(&[("CODES_PER_HOUR", "3")]).await;
    let (one, other) = (service.at(1), service.at(2));
    for n in 0..3 {
        one.register(&format!("{n}@example.com"), PASSWORD).await.expect(201);
    }
    let problem = one.register("late@example.com", PASSWORD).await.problem(429, "too-many-requests");
    assert!(problem["retry_after"].as_u64().unwrap() <= 3600);
    other.register("late@example.com", PASSWORD).await.expect(201);
    service.clock.advance(retry_after(&problem));
    one.register("again@example.com", PASSWORD).await.expect(201);
}

#[tokio::test]
async fn registering_a_taken_address_is_counted_and_an_invalid_body_is_not() {
    let service = Service::with(&[("CODES_PER_HOUR", "3")]).await;
    service.activated().await;
    for _ in 0..5 {
        service.register("nonsense", PASSWORD).await.problem(422, "invalid-input");
    }
    service.register(EMAIL, PASSWORD).await.problem(409, "already-registered");
    service.register(EMAIL, PASSWORD).await.problem(409, "already-registered");
    service.register(EMAIL, PASSWORD).await.problem(429, "too-many-requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_registrations_do_not_exceed_the_limit() {
    let service = Service::with(&[("CODES_PER_HOUR", "5")]).await;
    let emails: Vec<_> = (0..30).map(|n| format!("{n}@example.com")).collect();
    let answers = join_all(emails.iter().map(|email| service.register(email, PASSWORD))).await;
    assert_eq!((count(&answers, 201), count(&answers, 429)), (5, 25));
    assert_eq!(service.mails().await.len(), 5);
}

#[tokio::test]
async fn registrations_and_codes_share_a_clients_hourly_limit() {
    let service = Service::with(&[("CODES_PER_HOUR", "3")]).await;
    service.register(EMAIL, PASSWORD).await.expect(201);
    service.register("bob@example.com", PASSWORD).await.expect(201);
    service.clock.advance(PAUSE);
    service.send_code(EMAIL, PASSWORD).await.expect(202);
    service.send_code("bob@example.com", PASSWORD).await.problem(429, "too-many-requests");
    service.register("eve@example.com", PASSWORD).await.problem(429, "too-many-requests");
    service.at(2).send_code("bob@example.com", PASSWORD).await.expect(202);
}

#[tokio::test]
async fn a_client_has_five_codes_a_day_for_an_address() {
    let service = Service::start().await;
    service.begin_window(DAY, SECOND);
    for _ in 0..5 {
        service.register(EMAIL, PASSWORD).await.expect(201);
        service.clock.advance(MINUTE);
    }
    let problem = service.register(EMAIL, PASSWORD).await.problem(429, "too-many-codes");
    service.at(2).register(EMAIL, PASSWORD).await.expect(201);
    service.clock.advance(retry_after(&problem) - MILLISECOND);
    service.register(EMAIL, PASSWORD).await.problem(429, "too-many-codes");
    service.clock.advance(MILLISECOND);
    service.register(EMAIL, PASSWORD).await.expect(201);
}

#[tokio::test]
async fn beyond_ten_codes_in_24_hours_each_client_has_two_of_eight_digits() {
    let service = Service::start().await;
    service.begin_window(DAY, SECOND);
    let mut lengths = Vec::new();
    for n in [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 4, 4] {
        lengths.push(
            service.at(n).register(EMAIL, PASSWORD).await.expect(201)["code"]["length"].as_u64().unwrap(),
        );
        service.clock.advance(MINUTE);
    }
    assert_eq!(lengths, [[4; 10].as_slice(), &[8; 4]].concat());
    let code = service.code(EMAIL).await;
    assert_eq!(code.len(), 8);
    for n in [1, 3] {
        service.at(n).register(EMAIL, PASSWORD).await.problem(429, "too-many-codes");
    }
    // A client that got a long code early is told when the first short one is a day old, or the day is over.
    let problem = service.at(3).register(EMAIL, PASSWORD).await.problem(429, "too-many-codes");
    service.clock.advance(retry_after(&problem) - MILLISECOND);
    service.at(3).register(EMAIL, PASSWORD).await.problem(429, "too-many-codes");
    service.clock.advance(MILLISECOND);
    assert_eq!(service.at(3).register(EMAIL, PASSWORD).await.expect(201)["code"]["length"], 8);
    let code = service.code(EMAIL).await;
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
}

#[tokio::test]
async fn a_mailbox_gets_30_shared_mails_a_day_and_one_more_for_each_client() {
    let service = Service::start().await;
    service.begin_window(DAY, SECOND);
    let tagged = |n: usize| format!("ada+{n}@example.com");
    for n in 0..31 {
        service.at(1).register(&tagged(n), PASSWORD).await.expect(201);
    }
    let problem = service.at(1).register(&tagged(31), PASSWORD).await.problem(429, "too-many-codes");
    // Nineteen clients leave one to the owner.
    for client in 2..=19 {
        let number = usize::from(client);
        service.at(client).register(&tagged(100 + number), PASSWORD).await.expect(201);
        service.at(client).register(&tagged(200 + number), PASSWORD).await.problem(429, "too-many-codes");
    }
    let owner = service.at(100);
    assert_eq!(owner.register(EMAIL, PASSWORD).await.expect(201)["code"]["length"], 4);
    service.at(101).register(&tagged(999), PASSWORD).await.problem(429, "too-many-codes");
    service.at(101).register("bob@example.com", PASSWORD).await.expect(201);
    assert_eq!(service.mails().await.len(), 51);

    service.clock.advance(retry_after(&problem));
    service.at(101).register(&tagged(999), PASSWORD).await.expect(201);
}
