//! HTTP Basic on the routes that require it.

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::{Method, header::AUTHORIZATION};
use serde_json::json;

use super::{Target, new_email};
use crate::support::{Answer, PASSWORD, WRONG_PASSWORD, basic, send};

async fn me(service: &Target, authorization: Option<&str>) -> Answer {
    let request = service.request(Method::GET, "/api/me");
    send(authorization.iter().fold(request, |request, value| request.header(AUTHORIZATION, *value))).await
}

#[tokio::test]
async fn missing_malformed_unknown_and_wrong_credentials_get_the_same_answer() {
    let service = Target::from_env().await;
    let (email, code) = service.registered().await;
    service.activate(&email, PASSWORD, &code).await.expect(200);
    let answers = [
        me(&service, None).await,
        me(&service, Some("Basic")).await,
        me(&service, Some("Basic !!!")).await,
        me(&service, Some("Bearer abc")).await,
        me(&service, Some(&basic("nobody", PASSWORD))).await,
        me(&service, Some(&basic(&new_email(), PASSWORD))).await,
        me(&service, Some(&basic(&email, WRONG_PASSWORD))).await,
        me(&service, Some(&basic(&email, &format!("{PASSWORD} ")))).await,
    ];
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (401, &answers[0].body));
        let challenge = r#"Basic realm="user-registration", charset="UTF-8""#;
        assert_eq!(answer.header("www-authenticate"), Some(challenge));
    }
}

#[tokio::test]
async fn the_scheme_is_case_insensitive_and_a_password_may_contain_colons() {
    let service = Target::from_env().await;
    let email = new_email();
    service.register(&email, "horse:battery:staple").await.expect(201);
    let encoded = BASE64_STANDARD.encode(format!("{email}:horse:battery:staple"));
    for scheme in ["Basic", "basic", "BASIC"] {
        me(&service, Some(&format!("{scheme} {encoded}"))).await.problem(403, "not-activated");
    }
}

#[tokio::test]
async fn a_password_is_compared_in_a_unicode_normal_form() {
    let service = Target::from_env().await;
    let email = new_email();
    service.register(&email, "pa\u{308}sswo\u{308}rter").await.expect(201);
    service.me(&email, "pässwörter").await.problem(403, "not-activated");
    service.me(&email, "passworter").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn every_byte_of_a_long_password_counts() {
    let service = Target::from_env().await;
    let email = new_email();
    let long = "0123456789".repeat(25);
    service.register(&email, &long).await.expect(201);
    service.me(&email, &long).await.problem(403, "not-activated");
    service.me(&email, &long[..249]).await.problem(401, "unauthorized");
    service.me(&email, &long[..72]).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn only_the_right_password_reveals_that_an_account_is_not_active() {
    let service = Target::from_env().await;
    let (email, _) = service.registered().await;
    service.me(&email, WRONG_PASSWORD).await.problem(401, "unauthorized");
    service.me(&email, PASSWORD).await.problem(403, "not-activated");
}

#[tokio::test]
async fn a_code_is_useless_without_the_password() {
    let service = Target::from_env().await;
    let (email, code) = service.registered().await;
    service.activate(&email, WRONG_PASSWORD, &code).await.problem(401, "unauthorized");
    service.activate(&new_email(), PASSWORD, &code).await.problem(401, "unauthorized");
    send(service.post("/api/activate").json(&json!({"code": code}))).await.problem(401, "unauthorized");
    service.activate(&email, PASSWORD, &code).await.expect(200);
}

#[tokio::test]
async fn missing_credentials_are_reported_before_an_invalid_body() {
    let service = Target::from_env().await;
    send(service.post("/api/activate").body("nonsense")).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn credentials_in_latin_1_are_read_like_those_in_utf_8() {
    let service = Target::from_env().await;
    let email = new_email();
    service.register(&email, "pässwörter mit ö").await.expect(201);
    let latin_1 = [format!("{email}:").as_bytes(), b"p\xe4ssw\xf6rter mit \xf6"].concat();
    let authorization = format!("Basic {}", BASE64_STANDARD.encode(latin_1));
    me(&service, Some(&authorization)).await.problem(403, "not-activated");
}
