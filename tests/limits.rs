//! The limits on who asks: registrations of one client, and wrong passwords.
//!
//! Clients differ by the loopback address that they connect from.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    Answer, DAY, EMAIL, MILLISECOND, PASSWORD, SECOND, Service, WRONG_PASSWORD, interleave, send,
};

/// Waits for the beginning of a window of this length, and so long again.
fn begin_window(service: &Service, length: Duration, and: Duration) {
    let length = i64::try_from(length.as_millis()).unwrap();
    let into = service.clock.now().as_millis().rem_euclid(length);
    service.clock.advance(Duration::from_millis((length - into).unsigned_abs()) + and);
}

/// Waits exactly as long as an answer says, but for a millisecond.
fn almost_wait(service: &Service, problem: &Value) {
    let seconds = u32::try_from(problem["retry_after"].as_u64().unwrap()).unwrap();
    service.clock.advance(SECOND * seconds - MILLISECOND);
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

#[tokio::test]
async fn a_client_registers_as_often_as_an_hour_allows() {
    let service = Service::with(&[("REGISTRATIONS_PER_HOUR", "3")]).await;
    let (one, other) = (service.at(1), service.at(2));
    for n in 0..3 {
        one.register(&format!("{n}@example.com"), PASSWORD).await.expect(201);
    }
    let problem = one.register("late@example.com", PASSWORD).await.problem(429, "too-many-requests");
    assert!(problem["retry_after"].as_u64().unwrap() <= 3600);
    other.register("late@example.com", PASSWORD).await.expect(201);
    almost_wait(&service, &problem);
    service.clock.advance(MILLISECOND);
    one.register("again@example.com", PASSWORD).await.expect(201);
}

#[tokio::test]
async fn a_full_counter_says_when_its_window_ends_to_the_second() {
    let settings = [
        ("REGISTRATIONS_PER_HOUR", "1"),
        ("PASSWORD_FAILURES_PER_QUARTER_HOUR", "2"),
        ("PASSWORD_FAILURES_PER_DAY", "3"),
    ];
    let service = Service::with(&settings).await;
    let (one, other) = (service.at(1), service.at(2));
    begin_window(&service, DAY, 400 * MILLISECOND);
    one.register(EMAIL, PASSWORD).await.expect(201);
    let problem = one.register("late@example.com", PASSWORD).await.problem(429, "too-many-requests");
    assert_eq!(problem["retry_after"], 3600);
    for _ in 0..2 {
        one.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    }
    let problem = one.me(EMAIL, WRONG_PASSWORD).await.problem(429, "too-many-attempts");
    assert_eq!(problem["retry_after"], 900);
    other.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    // Both of its counters are full: only waiting for the later end suffices.
    let problem = one.me(EMAIL, WRONG_PASSWORD).await.problem(429, "too-many-attempts");
    assert_eq!(problem["retry_after"], 86_400);
}

#[tokio::test]
async fn a_wrong_password_that_others_outran_is_told_the_limit_unless_it_is_the_clients_first() {
    for (wrong_before, status) in [(true, 429), (false, 401)] {
        let settings = [("PASSWORD_FAILURES_PER_DAY", if wrong_before { "2" } else { "1" })];
        let (service, dynamodb, _) = Service::behind_proxies(&settings).await;
        let (one, other) = (service.at(1), service.at(2));
        if wrong_before {
            one.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
        }
        let (late, first) = interleave(
            &dynamodb,
            "UpdateItem",
            one.me(EMAIL, WRONG_PASSWORD),
            other.me(EMAIL, WRONG_PASSWORD),
        )
        .await;
        first.problem(401, "unauthorized");
        assert_eq!(late.status, status, "{}", late.body);
    }
}

#[tokio::test]
async fn a_new_day_starts_every_counter_anew_and_an_address_has_its_own() {
    let settings = [("PASSWORD_FAILURES_PER_QUARTER_HOUR", "2"), ("PASSWORD_FAILURES_PER_DAY", "3")];
    let service = Service::with(&settings).await;
    let (one, other) = (service.at(1), service.at(2));
    for _ in 0..2 {
        for email in [EMAIL, "bob@example.com"] {
            for _ in 0..2 {
                one.me(email, WRONG_PASSWORD).await.problem(401, "unauthorized");
            }
            other.me(email, WRONG_PASSWORD).await.problem(401, "unauthorized");
            other.me(email, WRONG_PASSWORD).await.problem(429, "too-many-attempts");
        }
        // The same quarter of an hour of the next day.
        service.clock.advance(DAY);
    }
}

#[tokio::test]
async fn a_counter_is_kept_to_the_end_of_its_window_and_no_longer() {
    let service = Service::start().await;
    begin_window(&service, DAY, SECOND);
    service.registered().await;
    service.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    let midnight = service.clock.now().as_millis() / 1000 - 1;
    let counters = service.items("LimitsTable").await;
    assert_eq!(counters.len(), 3);
    for counter in counters {
        let kept_for = counter["expires_at"]["N"].as_str().unwrap().parse::<i64>().unwrap() - midnight;
        let window =
            if counter["key"]["S"].as_str().unwrap().starts_with("registrations/") { 3600 } else { 86_400 };
        assert_eq!(kept_for, window, "{counter}");
    }
}

#[tokio::test]
async fn asking_which_addresses_are_taken_is_counted_and_a_bad_body_is_not() {
    let service = Service::with(&[("REGISTRATIONS_PER_HOUR", "3")]).await;
    service.activated().await;
    for _ in 0..5 {
        service.register("nonsense", PASSWORD).await.problem(422, "invalid-input");
    }
    service.register(EMAIL, PASSWORD).await.problem(409, "already-registered");
    service.register(EMAIL, PASSWORD).await.problem(409, "already-registered");
    service.register(EMAIL, PASSWORD).await.problem(429, "too-many-requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn registrations_side_by_side_do_not_pass_the_limit() {
    let service = Service::with(&[("REGISTRATIONS_PER_HOUR", "5")]).await;
    let emails: Vec<_> = (0..30).map(|n| format!("{n}@example.com")).collect();
    let answers = join_all(emails.iter().map(|email| service.register(email, PASSWORD))).await;
    assert_eq!((count(&answers, 201), count(&answers, 429)), (5, 25));
    assert_eq!(service.mails().await.len(), 5);
}

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
        // Even the right password is not tried any more.
        let problem = one.me(email, PASSWORD).await.problem(429, "too-many-attempts");
        assert!(problem["retry_after"].as_u64().unwrap() <= 900);
        told.push(problem);
    }
    assert_eq!(told[0], told[1], "known and unknown addresses are told the same");
    other.me(EMAIL, PASSWORD).await.expect(200);
    almost_wait(&service, &told[0]);
    service.clock.advance(MILLISECOND);
    one.me(EMAIL, PASSWORD).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_side_by_side_are_told_so_ten_times() {
    for email in [EMAIL, "nobody@example.com"] {
        let service = Service::start().await;
        service.activated().await;
        let answers = join_all((0..40).map(|_| service.me(email, WRONG_PASSWORD))).await;
        assert_eq!((count(&answers, 401), count(&answers, 429)), (10, 30));
    }
}

#[tokio::test]
async fn a_limit_counts_over_all_routes_that_ask_for_a_password() {
    let service = Service::with(&[("PASSWORD_FAILURES_PER_QUARTER_HOUR", "3")]).await;
    service.registered().await;
    service.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    service.send_code(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    service.activate(EMAIL, WRONG_PASSWORD, "0000").await.problem(401, "unauthorized");
    service.activate(EMAIL, PASSWORD, "0000").await.problem(429, "too-many-attempts");
}

#[tokio::test]
async fn after_the_wrong_passwords_of_a_day_a_new_client_has_one_try() {
    let service = Service::with(&[("PASSWORD_FAILURES_PER_DAY", "3")]).await;
    service.activated().await;
    for n in 1..=3 {
        service.at(n).me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    }
    // Who had a wrong password today waits for tomorrow.
    let problem = service.at(1).me(EMAIL, PASSWORD).await.problem(429, "too-many-attempts");

    let owner = service.at(4);
    owner.me(EMAIL, PASSWORD).await.expect(200);
    owner.me(EMAIL, PASSWORD).await.expect(200);
    let guesser = service.at(5);
    guesser.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    guesser.me(EMAIL, WRONG_PASSWORD).await.problem(429, "too-many-attempts");
    owner.me(EMAIL, PASSWORD).await.expect(200);

    almost_wait(&service, &problem);
    service.clock.advance(MILLISECOND);
    guesser.me(EMAIL, PASSWORD).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_day_a_new_client_has_one_try_however_many_it_makes_at_once() {
    let service = Service::with(&[("PASSWORD_FAILURES_PER_DAY", "1")]).await;
    service.at(1).me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    let guesser = service.at(2);
    let answers = join_all((0..20).map(|_| guesser.me(EMAIL, WRONG_PASSWORD))).await;
    assert_eq!((count(&answers, 401), count(&answers, 429)), (1, 19));
}

#[tokio::test]
async fn zero_turns_each_limit_off() {
    let off = [
        ("REGISTRATIONS_PER_HOUR", "0"),
        ("PASSWORD_FAILURES_PER_QUARTER_HOUR", "0"),
        ("PASSWORD_FAILURES_PER_DAY", "0"),
    ];
    let service = Service::with(&off).await;
    for n in 0..70 {
        service.register(&format!("{n}@example.com"), PASSWORD).await.expect(201);
    }
    for _ in 0..110 {
        service.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    }
    let service = Service::with(&[("PASSWORD_FAILURES_PER_QUARTER_HOUR", "0")]).await;
    for _ in 0..20 {
        service.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    }
}

#[tokio::test]
async fn no_header_makes_a_client_another() {
    let service = Service::with(&[("REGISTRATIONS_PER_HOUR", "1")]).await;
    service.register(EMAIL, PASSWORD).await.expect(201);
    for header in
        ["x-forwarded-for", "forwarded", "x-real-ip", "true-client-ip", "via", "cloudfront-viewer-address"]
    {
        let request = service.post("/api/register").header(header, "192.0.2.1");
        let body = json!({"email": "eve@example.com", "password": PASSWORD});
        send(request.json(&body)).await.problem(429, "too-many-requests");
    }
}

#[tokio::test]
async fn beyond_the_day_one_of_two_tries_that_a_new_client_makes_at_once_counts_and_no_more_is_written() {
    let (service, dynamodb, _) = Service::behind_proxies(&[("PASSWORD_FAILURES_PER_DAY", "1")]).await;
    service.at(1).me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    let guesser = service.at(2);
    let (late, first) = interleave(
        &dynamodb,
        "UpdateItem",
        guesser.me(EMAIL, WRONG_PASSWORD),
        guesser.me(EMAIL, WRONG_PASSWORD),
    )
    .await;
    first.problem(401, "unauthorized");
    late.problem(429, "too-many-attempts");
    // The counter of the address, which all guessers share, is full and only read.
    assert_eq!(dynamodb.take_calls(), ["BatchGetItem", "UpdateItem", "BatchGetItem", "UpdateItem"]);
}
