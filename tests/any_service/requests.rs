//! The rules for a body, at `POST /api/register`.

use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};

use super::{Target, new_email};
use crate::support::{Answer, Client, PASSWORD, basic, send};

pub(crate) const JSON: Option<&str> = Some("application/json");

pub(crate) async fn post(
    client: &Client,
    content_type: Option<&str>,
    body: impl Into<reqwest::Body>,
) -> Answer {
    let mut request = client.post("/api/register").body(body);
    if let Some(content_type) = content_type {
        request = request.header(CONTENT_TYPE, content_type);
    }
    send(request).await
}

/// The pointers of a body's errors.
pub(crate) async fn pointers(client: &Client, body: Value) -> Vec<String> {
    let problem = post(client, JSON, body.to_string()).await.problem(422, "invalid-input");
    let errors = problem["errors"].as_array().unwrap();
    assert!(errors.iter().all(|error| error["detail"].as_str().is_some_and(|text| !text.is_empty())));
    errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_body_that_is_not_a_json_object_is_malformed() {
    let service = Target::from_env().await;
    for body in ["", "{", "[]", "null", "\"text\"", "{\"email\":\"a\"", "email=a&password=b"] {
        post(&service, JSON, body).await.problem(400, "malformed-json");
    }
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_refused() {
    let service = Target::from_env().await;
    let email = new_email();
    let body = json!({"email": email, "password": PASSWORD}).to_string();
    let others = ["text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense"];
    for content_type in others.map(Some).into_iter().chain([None]) {
        let answer = post(&service, content_type, body.clone()).await;
        answer.problem(415, "unsupported-media-type");
    }
    post(&service, Some("application/json; charset=utf-8"), body).await.expect(201);
}

#[tokio::test]
async fn a_body_may_have_4_kib_and_no_more() {
    let service = Target::from_env().await;
    let email = new_email();
    let body = |size: usize| {
        let body = json!({"email": email, "password": PASSWORD}).to_string();
        format!("{body}{}", " ".repeat(size - body.len()))
    };
    post(&service, JSON, body(4097)).await.problem(413, "body-too-large");
    post(&service, Some("text/plain"), body(1024 * 1024)).await.problem(413, "body-too-large");
    post(&service, JSON, body(4096)).await.expect(201);
}

#[tokio::test]
async fn all_errors_of_a_body_are_reported_at_once() {
    let service = Target::from_env().await;
    assert_eq!(pointers(&service, json!({})).await, ["#/email", "#/password"]);
    assert_eq!(pointers(&service, json!({"email": 1, "password": null})).await, ["#/email", "#/password"]);
    let body = json!({"email": "ada", "password": "short", "a/b": 1, "role": "admin"});
    assert_eq!(pointers(&service, body).await, ["#/email", "#/password", "#/a~1b", "#/role"]);
}

#[tokio::test]
async fn a_repeated_member_is_refused() {
    let service = Target::from_env().await;
    let body = format!(r#"{{"email":"{0}","email":"{0}","password":"{PASSWORD}"}}"#, new_email());
    let problem = post(&service, JSON, body).await.problem(422, "invalid-input");
    assert_eq!(problem["errors"], json!([{"pointer": "#/email", "detail": "must not be repeated"}]));
}

#[tokio::test]
async fn a_browsers_request_is_accepted_only_in_cors_or_same_origin_mode() {
    let service = Target::from_env().await;
    let (email, _) = service.registered().await;
    for mode in ["navigate", "no-cors", "websocket"] {
        for (method, path) in [
            (Method::POST, "/api/register"),
            (Method::POST, "/api/send-code"),
            (Method::POST, "/api/activate"),
            (Method::GET, "/api/me"),
        ] {
            let request = service.request(method, path).header("sec-fetch-mode", mode);
            let request = request.header("authorization", basic(&email, PASSWORD));
            send(request).await.problem(403, "cross-site-request");
        }
    }
    for mode in ["cors", "same-origin"] {
        let request = service.request(Method::GET, "/api/me").header("sec-fetch-mode", mode);
        send(request.header("authorization", basic(&email, PASSWORD))).await.problem(403, "not-activated");
    }
}
