//! `POST /api/send-code`.

use crate::support::{DAY, EMAIL, MINUTE, PASSWORD, PAUSE, SECOND, Service, WRONG_PASSWORD, another, send};

#[tokio::test]
async fn a_newer_code_has_all_its_attempts() {
    let service = Service::start().await;
    let older = service.registered().await;
    for _ in 0..3 {
        service.activate(EMAIL, PASSWORD, &another(&older)).await.problem(422, "code-incorrect");
    }
    service.activate(EMAIL, PASSWORD, &older).await.problem(410, "code-expired");
    service.clock.advance(PAUSE);
    service.send_code(EMAIL, PASSWORD).await.expect(202);
    let newer = service.code(EMAIL).await;
    let problem = service.activate(EMAIL, PASSWORD, &another(&newer)).await.problem(422, "code-incorrect");
    assert_eq!(problem["attempts_left"], 2);
    service.activate(EMAIL, PASSWORD, &newer).await.expect(200);
}

#[tokio::test]
async fn a_registration_keeps_its_id_and_age_when_a_code_is_sent() {
    let service = Service::start().await;
    let registered = service.register(EMAIL, PASSWORD).await.expect(201);
    service.clock.advance(23 * 60 * MINUTE);
    service.send_code(EMAIL, PASSWORD).await.expect(202);
    let code = service.code(EMAIL).await;
    service.clock.advance(MINUTE - PAUSE);
    let active = service.activate(EMAIL, PASSWORD, &code).await.expect(200);
    assert_eq!((&active["id"], &active["created_at"]), (&registered["id"], &registered["created_at"]));
}

#[tokio::test]
async fn a_code_is_mailed_only_for_the_right_password() {
    let service = Service::start().await;
    service.registered().await;
    service.clock.advance(PAUSE);
    service.send_code(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    service.send_code("eve@example.com", PASSWORD).await.problem(401, "unauthorized");
    send(service.post("/api/send-code")).await.problem(401, "unauthorized");
    assert_eq!(service.mails().await.len(), 1);
}

#[tokio::test]
async fn a_code_is_kept_until_another_may_follow() {
    for (cooldown, kept_for) in [("30", 60), ("300", 300)] {
        let service = Service::with(&[("CODE_COOLDOWN_SECONDS", cooldown)]).await;
        service.registered().await;
        let kept_until = (service.clock.now() + SECOND * kept_for).as_millis();
        let item = service.code_item(EMAIL).await;
        assert_eq!(item["expires_at"]["N"], ((kept_until + 999) / 1000).to_string(), "{cooldown}");
    }
}

#[tokio::test]
async fn the_pause_holds_when_no_code_counts_for_the_day_any_more() {
    let service = Service::with(&[("CODES_PER_DAY", "1"), ("PENDING_HOURS", "48")]).await;
    service.registered().await;
    service.clock.advance(DAY - 10 * SECOND);
    service.send_code(EMAIL, PASSWORD).await.expect(202);
    service.clock.advance(15 * SECOND);
    let problem = service.send_code(EMAIL, PASSWORD).await.problem(429, "too-many-codes");
    assert_eq!(problem["retry_after"], 15);
}
