//! The limits of one address, one mailbox and one client: their windows, and what turns them off.
//!
//! Clients differ by the loopback address that they connect from.

mod codes;
mod passwords;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    DAY, EMAIL, MILLISECOND, NO_CODE_LIMITS, PASSWORD, SECOND, Service, WRONG_PASSWORD, send,
};

/// How long a problem says to wait.
fn retry_after(problem: &Value) -> Duration {
    Duration::from_secs(problem["retry_after"].as_u64().unwrap())
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
    service.begin_window(DAY, 400 * MILLISECOND);
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
async fn a_counter_expires_at_the_end_of_its_window() {
    let service = Service::start().await;
    service.begin_window(DAY, SECOND);
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
