//! The limits on wrong passwords: those of a client, and those that all clients of an address share.

use futures_util::future::join_all;

use super::retry_after;
use crate::support::{DAY, EMAIL, PASSWORD, Service, WRONG_PASSWORD, count, interleave};

#[tokio::test]
async fn a_client_has_ten_wrong_passwords_for_an_address_known_or_not() {
    let service = Service::start().await;
    service.activated().await;
    let (one, other) = (service.at(1), service.at(2));
    let mut told = Vec::new();
    for email in [EMAIL, "nobody@example.com"] {
        for _ in 0..10 {
            one.me(email, WRONG_PASSWORD).await.problem(401, "unauthorized");
        }
        // Even the right password is not checked any more.
        let problem = one.me(email, PASSWORD).await.problem(429, "too-many-attempts");
        assert!(problem["retry_after"].as_u64().unwrap() <= 900);
        told.push(problem);
    }
    assert_eq!(told[0], told[1], "known and unknown addresses get the same answer");
    other.me(EMAIL, PASSWORD).await.expect(200);
    service.clock.advance(retry_after(&told[0]));
    one.me(EMAIL, PASSWORD).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_ten_concurrent_wrong_passwords_are_checked() {
    for email in [EMAIL, "nobody@example.com"] {
        let service = Service::start().await;
        service.activated().await;
        let answers = join_all((0..40).map(|_| service.me(email, WRONG_PASSWORD))).await;
        // A place whose answer was lost on a slow machine is still taken.
        let [wrong, refused, busy] = [401, 429, 503].map(|status| count(&answers, status));
        assert!((1..=10).contains(&wrong) && wrong + refused + busy == 40, "{wrong} {refused} {busy}");
    }
}

#[tokio::test]
async fn wrong_passwords_count_across_all_routes() {
    let service = Service::with(&[("PASSWORD_FAILURES_PER_QUARTER_HOUR", "3")]).await;
    service.registered().await;
    service.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    service.send_code(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    service.activate(EMAIL, WRONG_PASSWORD, "0000").await.problem(401, "unauthorized");
    service.activate(EMAIL, PASSWORD, "0000").await.problem(429, "too-many-attempts");
}

#[tokio::test]
async fn each_address_has_its_own_counters_and_a_new_day_resets_them() {
    let settings = [("PASSWORD_FAILURES_PER_QUARTER_HOUR", "2"), ("PASSWORD_FAILURES_PER_DAY", "3")];
    let service = Service::with(&settings).await;
    let (one, other) = (service.at(1), service.at(2));
    for _ in 0..2 {
        for email in [EMAIL, "bob@example.com"] {
            for _ in 0..2 {
                one.me(email, WRONG_PASSWORD).await.problem(401, "unauthorized");
            }
            for _ in 0..2 {
                other.me(email, WRONG_PASSWORD).await.problem(401, "unauthorized");
            }
            other.me(email, WRONG_PASSWORD).await.problem(429, "too-many-attempts");
        }
        // The same quarter of an hour of the next day.
        service.clock.advance(DAY);
    }
}

#[tokio::test]
async fn beyond_the_daily_limit_each_client_has_five_wrong_passwords_of_its_own() {
    let service = Service::with(&[("PASSWORD_FAILURES_PER_DAY", "3")]).await;
    service.activated().await;
    for n in 1..=3 {
        service.at(n).me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    }
    // Neither a wrong password before the day's limit was reached nor a right one uses up one of the five.
    for client in [service.at(1), service.at(4)] {
        client.me(EMAIL, PASSWORD).await.expect(200);
        for _ in 0..4 {
            client.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
        }
        client.me(EMAIL, PASSWORD).await.expect(200);
        client.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
        client.me(EMAIL, PASSWORD).await.problem(429, "too-many-attempts");
    }
    let problem = service.at(1).me(EMAIL, PASSWORD).await.problem(429, "too-many-attempts");
    service.clock.advance(retry_after(&problem));
    service.at(1).me(EMAIL, PASSWORD).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_daily_limit_at_most_five_concurrent_wrong_passwords_are_checked() {
    let service = Service::with(&[("PASSWORD_FAILURES_PER_DAY", "1")]).await;
    service.activated().await;
    service.at(1).me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    let guesser = service.at(2);
    // The right one is checked only if it is among the five.
    let passwords = (0..40).map(|n| if n == 20 { PASSWORD } else { WRONG_PASSWORD });
    let answers = join_all(passwords.map(|password| guesser.me(EMAIL, password))).await;
    let [right, wrong, refused, busy] = [200, 401, 429, 503].map(|status| count(&answers, status));
    let all = right + wrong + refused + busy;
    assert!((1..=5).contains(&wrong) && right <= 1 && all == 40, "{right} {wrong} {refused} {busy}");
}

#[tokio::test]
async fn a_wrong_password_that_loses_the_last_shared_place_uses_one_of_the_clients_own() {
    let (service, dynamodb, _) = Service::behind_proxies(&[("PASSWORD_FAILURES_PER_DAY", "3")]).await;
    let (one, other) = (service.at(1), service.at(2));
    service.at(3).me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    service.at(3).me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    let late = one.me(EMAIL, WRONG_PASSWORD);
    let (late, first) = interleave(&dynamodb, "UpdateItem", late, other.me(EMAIL, WRONG_PASSWORD)).await;
    first.problem(401, "unauthorized");
    late.problem(401, "unauthorized");
    for _ in 0..4 {
        one.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    }
    one.me(EMAIL, WRONG_PASSWORD).await.problem(429, "too-many-attempts");
}

#[tokio::test]
async fn near_a_limit_a_password_is_counted_before_it_is_checked() {
    let service = Service::with(&[("PASSWORD_FAILURES_PER_QUARTER_HOUR", "2")]).await;
    service.activated().await;
    service.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    // One place is left, and the right password gives it back.
    for _ in 0..3 {
        service.me(EMAIL, PASSWORD).await.expect(200);
    }
    service.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    service.me(EMAIL, PASSWORD).await.problem(429, "too-many-attempts");
}

#[tokio::test]
async fn a_password_that_finds_the_limit_reached_is_not_checked() {
    let (service, dynamodb, _) =
        Service::behind_proxies(&[("PASSWORD_FAILURES_PER_QUARTER_HOUR", "2")]).await;
    service.activated().await;
    service.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    // Both read that one place is left.
    let late = service.me(EMAIL, PASSWORD);
    let (late, first) = interleave(&dynamodb, "UpdateItem", late, service.me(EMAIL, WRONG_PASSWORD)).await;
    first.problem(401, "unauthorized");
    // The other may have been right, and its place free again.
    assert_eq!(late.problem(429, "too-many-attempts")["retry_after"], 1);
    assert!(
        service.me(EMAIL, PASSWORD).await.problem(429, "too-many-attempts")["retry_after"].as_u64() > Some(1)
    );
}

#[tokio::test]
async fn a_full_shared_counter_is_not_written_again() {
    let (service, dynamodb, _) = Service::behind_proxies(&[("PASSWORD_FAILURES_PER_DAY", "1")]).await;
    service.at(1).me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    dynamodb.take_calls();
    service.at(2).me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    assert_eq!(dynamodb.take_calls(), ["BatchGetItem", "UpdateItem"]);
}
