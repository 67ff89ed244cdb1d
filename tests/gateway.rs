//! What the gateway does by itself, as API Gateway does.

use reqwest::{Method, header::AUTHORIZATION};

use crate::service::{EMAIL, PASSWORD, Service, basic, send};

#[tokio::test]
async fn a_route_that_is_not_in_the_template_is_not_found() {
    let service = Service::start().await;
    for (method, path) in [
        (Method::GET, "/api/nothing"),
        (Method::GET, "/api/register"),
        (Method::POST, "/api/me"),
        (Method::POST, "/api/register/"),
        (Method::POST, "/API/register"),
        (Method::OPTIONS, "/api/register"),
    ] {
        let answer = service.request(method.clone(), path).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{method} {path}");
        assert_eq!(answer.text().await.unwrap(), r#"{"message":"Not Found"}"#);
    }
}

#[tokio::test]
async fn credentials_sent_twice_are_one_value_and_refused() {
    let service = Service::start().await;
    service.activated().await;
    let value = basic(EMAIL, PASSWORD);
    let request = service.request(Method::GET, "/api/me");
    let twice = request.header(AUTHORIZATION, &value).header(AUTHORIZATION, &value);
    send(twice).await.problem(401, "unauthorized");
    service.me(EMAIL, PASSWORD).await.expect(200);
}
