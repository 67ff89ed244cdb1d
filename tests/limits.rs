//! The limits of one address, one mailbox and one client: codes, mails, requests and wrong passwords.
//!
//! Clients differ by the loopback address that they connect from.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    Answer, DAY, EMAIL, MILLISECOND, MINUTE, NO_CODE_LIMITS, PASSWORD, PAUSE, SECOND, Service,
    WRONG_PASSWORD, interleave, send,
};

/// Waits for the beginning of a window of this length, and then as long again.
fn begin_window(service: &Service, length: Duration, and: Duration) {
    let length = i64::try_from(length.as_millis()).unwrap();
    let into = service.clock.now().as_millis().rem_euclid(length);
    service.clock.advance(Duration::from_millis((length - into).unsigned_abs()) + and);
}

/// Waits exactly as long as an answer says, less a millisecond.
fn almost_wait(service: &Service, problem: &Value) {
    let seconds = u32::try_from(problem["retry_after"].as_u64().unwrap()).unwrap();
    service.clock.advance(SECOND * seconds - MILLISECOND);
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

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
    almost_wait(&service, &problem);
    service.clock.advance(MILLISECOND);
    one.register("again@example.com", PASSWORD).await.expect(201);
}

#[tokio::test]
async fn a_reached_limit_says_to_the_second_when_its_window_ends() {
    let settings = [
        ("CODES_PER_HOUR", "1"),
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
    // Beyond the day's limit it would have five of its own, were it not for the quarter of an hour's.
    let problem = one.me(EMAIL, WRONG_PASSWORD).await.problem(429, "too-many-attempts");
    assert_eq!(problem["retry_after"], 900);
    // Its own also count in the quarter of an hour; when both are used up, it has to wait for the next day.
    for (wrong, retry_after) in [(2, Some(900)), (1, None), (2, Some(86_400 - 3 * 900))] {
        service.clock.advance(Duration::from_mins(15));
        for _ in 0..wrong {
            one.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
        }
        if let Some(retry_after) = retry_after {
            let problem = one.me(EMAIL, WRONG_PASSWORD).await.problem(429, "too-many-attempts");
            assert_eq!(problem["retry_after"], retry_after);
        }
    }
}

#[tokio::test]
async fn a_wrong_password_that_loses_the_last_shared_place_uses_one_of_the_clients_own() {
    let (service, dynamodb, _) = Service::behind_proxies(&[("PASSWORD_FAILURES_PER_DAY", "3")]).await;
    let (one, other) = (service.at(1), service.at(2));
    service.at(3).me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    service.at(3).me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    let (late, first) =
        interleave(&dynamodb, "UpdateItem", one.me(EMAIL, WRONG_PASSWORD), other.me(EMAIL, WRONG_PASSWORD))
            .await;
    first.problem(401, "unauthorized");
    late.problem(401, "unauthorized");
    for _ in 0..4 {
        one.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    }
    one.me(EMAIL, WRONG_PASSWORD).await.problem(429, "too-many-attempts");
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
async fn a_counter_expires_at_the_end_of_its_window() {
    let service = Service::start().await;
    begin_window(&service, DAY, SECOND);
    service.registered().await;
    service.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    let midnight = service.clock.now().as_millis() / 1000 - 1;
    let counters = service.items("LimitsTable").await;
    assert_eq!(counters.len(), 5);
    for counter in counters {
        let kept_for = counter["expires_at"]["N"].as_str().unwrap().parse::<i64>().unwrap() - midnight;
        let window =
            if counter["key"]["S"].as_str().unwrap().starts_with("requests/") { 3600 } else { 86_400 };
        assert_eq!(kept_for, window, "{counter}");
    }
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
    assert_eq!(told[0], told[1], "known and unknown addresses are told the same");
    other.me(EMAIL, PASSWORD).await.expect(200);
    almost_wait(&service, &told[0]);
    service.clock.advance(MILLISECOND);
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
    almost_wait(&service, &problem);
    service.clock.advance(MILLISECOND);
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
    let (late, first) =
        interleave(&dynamodb, "UpdateItem", service.me(EMAIL, PASSWORD), service.me(EMAIL, WRONG_PASSWORD))
            .await;
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

#[tokio::test]
async fn a_client_has_five_codes_a_day_for_an_address() {
    let service = Service::start().await;
    begin_window(&service, DAY, SECOND);
    for _ in 0..5 {
        service.register(EMAIL, PASSWORD).await.expect(201);
        service.clock.advance(MINUTE);
    }
    let problem = service.register(EMAIL, PASSWORD).await.problem(429, "too-many-codes");
    service.at(2).register(EMAIL, PASSWORD).await.expect(201);
    almost_wait(&service, &problem);
    service.register(EMAIL, PASSWORD).await.problem(429, "too-many-codes");
    service.clock.advance(MILLISECOND);
    service.register(EMAIL, PASSWORD).await.expect(201);
}

#[tokio::test]
async fn beyond_ten_codes_in_24_hours_each_client_has_two_of_eight_digits() {
    let service = Service::start().await;
    begin_window(&service, DAY, SECOND);
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
    almost_wait(&service, &problem);
    service.at(3).register(EMAIL, PASSWORD).await.problem(429, "too-many-codes");
    service.clock.advance(MILLISECOND);
    assert_eq!(service.at(3).register(EMAIL, PASSWORD).await.expect(201)["code"]["length"], 8);
    let code = service.code(EMAIL).await;
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
}

#[tokio::test]
async fn a_mailbox_gets_30_shared_mails_a_day_and_one_more_for_each_client() {
    let service = Service::start().await;
    begin_window(&service, DAY, SECOND);
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

    service.clock.advance(SECOND * u32::try_from(problem["retry_after"].as_u64().unwrap()).unwrap());
    service.at(101).register(&tagged(999), PASSWORD).await.expect(201);
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
async fn zero_turns_each_limit_off() {
    let off = [
        ("CODES_PER_HOUR", "0"),
        ("PASSWORD_FAILURES_PER_QUARTER_HOUR", "0"),
        ("PASSWORD_FAILURES_PER_DAY", "0"),
    ];
    let service = Service::with(&[off.as_slice(), &NO_CODE_LIMITS].concat()).await;
    for n in 0..70 {
        service.register(&format!("ada+{n}@example.com"), PASSWORD).await.expect(201);
    }
    service.register(EMAIL, PASSWORD).await.expect(201);
    for _ in 0..15 {
        assert_eq!(service.send_code(EMAIL, PASSWORD).await.expect(202)["code"]["length"], 4);
    }
    let code = service.code(EMAIL).await;
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
    for _ in 0..110 {
        service.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    }
    let service = Service::with(&[("PASSWORD_FAILURES_PER_QUARTER_HOUR", "0")]).await;
    for _ in 0..20 {
        service.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    }
}

#[tokio::test]
async fn no_header_changes_which_client_is_counted() {
    let service = Service::with(&[("CODES_PER_HOUR", "1")]).await;
    service.register(EMAIL, PASSWORD).await.expect(201);
    for header in
        ["x-forwarded-for", "forwarded", "x-real-ip", "true-client-ip", "via", "cloudfront-viewer-address"]
    {
        let request = service.post("/api/register").header(header, "192.0.2.1");
        let body = json!({"email": "eve@example.com", "password": PASSWORD});
        send(request.json(&body)).await.problem(429, "too-many-requests");
    }
}
