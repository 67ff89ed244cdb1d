//! The gateway's own answers, which are API Gateway's.

use reqwest::Method;

use crate::support::Service;

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
