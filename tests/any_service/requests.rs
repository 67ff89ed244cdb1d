//! What a body must be: at `POST /api/register`.

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::{Running, new_email};
use crate::support::{Answer, Client, PASSWORD, send};

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

/// The pointers of what is wrong with a body.
pub(crate) async fn pointers(client: &Client, body: Value) -> Vec<String> {
    let problem = post(client, None, body.to_string()).await.problem(422, "invalid-input");
    let errors = problem["errors"].as_array().unwrap();
    assert!(errors.iter().all(|error| error["detail"].as_str().is_some_and(|text| !text.is_empty())));
    errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_malformed() {
    let service = Running::find().await;
    for body in ["", "{", "[]", "null", "\"text\"", "{\"email\":\"a\"", "email=a&password=b"] {
        post(&service, None, body).await.problem(400, "malformed-json");
        post(&service, Some("application/json"), body).await.problem(400, "malformed-json");
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_refused() {
    let service = Running::find().await;
    let email = new_email();
    let body = json!({"email": email, "password": PASSWORD}).to_string();
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense"] {
        let answer = post(&service, Some(content_type), body.clone()).await;
        answer.problem(415, "unsupported-media-type");
    }
    post(&service, Some("application/json; charset=utf-8"), body).await.expect(201);
}

#[tokio::test]
async fn a_body_of_4_kib_is_read_and_a_larger_one_is_not() {
    let service = Running::find().await;
    let email = new_email();
    let body = |size: usize| {
        let body = json!({"email": email, "password": PASSWORD}).to_string();
        format!("{body}{}", " ".repeat(size - body.len()))
    };
    post(&service, None, body(4097)).await.problem(413, "body-too-large");
    post(&service, Some("text/plain"), body(1024 * 1024)).await.problem(413, "body-too-large");
    post(&service, None, body(4096)).await.expect(201);
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once() {
    let service = Running::find().await;
    assert_eq!(pointers(&service, json!({})).await, ["#/email", "#/password"]);
    assert_eq!(pointers(&service, json!({"email": 1, "password": null})).await, ["#/email", "#/password"]);
    let body = json!({"email": "ada", "password": "short", "a/b": 1, "role": "admin"});
    assert_eq!(pointers(&service, body).await, ["#/email", "#/password", "#/a~1b", "#/role"]);
}
