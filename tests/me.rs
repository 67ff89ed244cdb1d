//! `GET /api/me`, and HTTP Basic on all routes that ask for it.

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::{Method, header::AUTHORIZATION};

use crate::service::{Answer, EMAIL, PASSWORD, Service, basic, send};

async fn me(service: &Service, authorization: &[&str]) -> Answer {
    let request = service.request(Method::GET, "/api/me");
    send(authorization.iter().fold(request, |request, value| request.header(AUTHORIZATION, *value))).await
}

#[tokio::test]
async fn credentials_that_are_missing_malformed_unknown_or_wrong_get_one_answer() {
    let service = Service::start().await;
    service.activated().await;
    let answers = [
        me(&service, &[]).await,
        me(&service, &["Basic"]).await,
        me(&service, &["Basic !!!"]).await,
        me(&service, &["Bearer abc"]).await,
        me(&service, &[&basic("nobody", PASSWORD)]).await,
        me(&service, &[&basic("eve@example.com", PASSWORD)]).await,
        me(&service, &[&basic(EMAIL, "wrong password")]).await,
        me(&service, &[&basic(EMAIL, &format!("{PASSWORD} "))]).await,
        me(&service, &[&basic(EMAIL, PASSWORD), &basic(EMAIL, PASSWORD)]).await,
    ];
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (401, &answers[0].body));
        let challenge = r#"Basic realm="user-registration", charset="UTF-8""#;
        assert_eq!(answer.header("www-authenticate"), Some(challenge));
    }
}

#[tokio::test]
async fn the_scheme_has_any_case_and_a_password_may_hold_colons() {
    let service = Service::start().await;
    service.register(EMAIL, "a:b:c:d:e:f").await.expect(201);
    let encoded = BASE64_STANDARD.encode(format!("{EMAIL}:a:b:c:d:e:f"));
    for scheme in ["Basic", "basic", "BASIC"] {
        me(&service, &[&format!("{scheme} {encoded}")]).await.problem(403, "not-activated");
    }
}

#[tokio::test]
async fn a_password_is_unicode_in_one_normal_form() {
    let service = Service::start().await;
    service.register(EMAIL, "pa\u{308}sswo\u{308}rter").await.expect(201);
    service.me(EMAIL, "pässwörter").await.problem(403, "not-activated");
    service.me(EMAIL, "passworter").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn every_byte_of_a_long_password_counts() {
    let service = Service::start().await;
    let long = "0123456789".repeat(25);
    service.register(EMAIL, &long).await.expect(201);
    service.me(EMAIL, &long).await.problem(403, "not-activated");
    service.me(EMAIL, &long[..249]).await.problem(401, "unauthorized");
    service.me(EMAIL, &long[..72]).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn only_who_knows_the_password_learns_that_an_account_is_not_active() {
    let service = Service::start().await;
    service.registered().await;
    service.me(EMAIL, "wrong password").await.problem(401, "unauthorized");
    service.me(EMAIL, PASSWORD).await.problem(403, "not-activated");
}
