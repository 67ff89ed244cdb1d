//! `POST /api/activate`.

use reqwest::RequestBuilder;
use serde_json::json;

use crate::support::{DAY, EMAIL, MILLISECOND, MINUTE, PASSWORD, PAUSE, Service, another, basic, send};

fn post(service: &Service) -> RequestBuilder {
    service.post("/api/activate").header("authorization", basic(EMAIL, PASSWORD))
}

#[tokio::test]
async fn a_code_lives_for_a_minute_to_the_millisecond() {
    let service = Service::start().await;
    let code = service.registered().await;
    service.clock.advance(MINUTE - MILLISECOND);
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);

    let service = Service::start().await;
    let code = service.registered().await;
    service.clock.advance(MINUTE);
    service.activate(EMAIL, PASSWORD, &code).await.problem(410, "code-expired");
}

#[tokio::test]
async fn the_last_attempt_can_succeed() {
    let service = Service::with(&[("CODE_ATTEMPTS", "2")]).await;
    let code = service.registered().await;
    service.activate(EMAIL, PASSWORD, &another(&code)).await.problem(422, "code-incorrect");
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
}

#[tokio::test]
async fn without_a_limit_attempts_are_not_counted() {
    let service = Service::with(&[("CODE_ATTEMPTS", "0")]).await;
    let code = service.registered().await;
    for _ in 0..5 {
        let problem = service.activate(EMAIL, PASSWORD, &another(&code)).await.problem(422, "code-incorrect");
        assert_eq!(problem.get("attempts_left"), None);
    }
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
}

#[tokio::test]
async fn a_malformed_code_uses_no_attempt() {
    let service = Service::start().await;
    let code = service.registered().await;
    for body in [
        json!({}),
        json!({"code": 427}),
        json!({"code": ""}),
        json!({"code": "042"}),
        json!({"code": "04270"}),
        json!({"code": "000000427"}),
        json!({"code": "٠٤٢٧"}),
        json!({"code": null}),
    ] {
        let problem = send(post(&service).json(&body)).await.problem(422, "invalid-input");
        assert_eq!(problem["errors"][0]["pointer"], "#/code", "{body}");
    }
    let body = json!({"code": code, "x": 1});
    let problem = send(post(&service).json(&body)).await.problem(422, "invalid-input");
    assert_eq!(problem["errors"][0]["pointer"], "#/x");
    send(post(&service).body("")).await.problem(400, "malformed-json");
    send(post(&service).header("content-type", "application/json").body("code=1"))
        .await
        .problem(400, "malformed-json");
    send(post(&service).header("content-type", "text/plain").body("{}"))
        .await
        .problem(415, "unsupported-media-type");
    let problem = service.activate(EMAIL, PASSWORD, &another(&code)).await.problem(422, "code-incorrect");
    assert_eq!(problem["attempts_left"], 2);
}

#[tokio::test]
async fn activation_removes_the_expiry_and_the_counters() {
    let service = Service::with(&[("CODES_PER_DAY", "1")]).await;
    service.activated().await;
    let item = service.user_item(EMAIL).await;
    let names: Vec<_> = item.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["activated", "activated_at", "created_at", "email", "id", "password_hash"]);
}

#[tokio::test]
async fn a_pending_registration_is_stored_until_it_and_its_codes_expire() {
    let service = Service::start().await;
    service.registered().await;
    let item = service.user_item(EMAIL).await;
    let end = (service.clock.now() + DAY).as_millis();
    assert_eq!(item["expires_at"]["N"], ((end + 999) / 1000).to_string());
    let hash = item["password_hash"]["S"].as_str().unwrap();
    assert!(hash.starts_with("$2b$04$"), "{hash}");
    assert!(bcrypt::verify(PASSWORD, hash).unwrap(), "plain bcrypt, so that it can move elsewhere");

    service.clock.advance(PAUSE);
    service.send_code(EMAIL, PASSWORD).await.expect(202);
    let item = service.user_item(EMAIL).await;
    assert_eq!(item["short_codes"]["L"].as_array().unwrap().len(), 2);
    assert_eq!(item["ends_at"]["N"], end.to_string());
    // The newer code still counts after the registration has expired.
    let counts_until = (service.clock.now() + DAY).as_millis();
    assert_eq!(item["expires_at"]["N"], ((counts_until + 999) / 1000).to_string());
}

#[tokio::test]
async fn a_code_for_another_purpose_activates_nothing() {
    let service = Service::start().await;
    let code = service.registered().await;
    let mut item = service.code_item(EMAIL).await;
    item["purpose"]["S"] = json!("password-reset");
    service.put_item("CodesTable", item).await;
    service.activate(EMAIL, PASSWORD, &code).await.problem(410, "code-expired");
}
