//! A foreign web page in a browser on this machine gets nothing from the two ports.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::program::{CREDENTIALS, Program, client, dynamodb_call};

/// A valid DynamoDB request for everything that is stored.
fn scan(url: &str) -> RequestBuilder {
    dynamodb_call(url, "Scan", &json!({"TableName": "UsersTable"}))
}

/// Requests that could do harm, on each port.
fn requests(program: &Program) -> [RequestBuilder; 5] {
    [
        program.get("/inbox.json"),
        program.get("/inbox"),
        program.post("/api/register").json(&json!({"email": "eve@example.com", "password": "some password"})),
        program.post("/ses/v2/email/outbound-emails").body("{}"),
        scan(&program.dynamodb),
    ]
}

async fn refused(request: RequestBuilder) {
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let cors = answer.headers().keys().find(|name| name.as_str().starts_with("access-control-"));
    assert_eq!(cors, None);
    let body = answer.text().await.unwrap();
    assert_eq!(body.lines().count(), 1, "{body}");
    assert!(serde_json::from_str::<Value>(&body).unwrap()["message"].is_string(), "{body}");
}

#[tokio::test]
async fn a_page_whose_name_resolves_to_this_machine_gets_nothing() {
    let program = Program::start(&["--in-memory"], &[]).await;
    program.register(CREDENTIALS).await;
    for request in requests(&program) {
        refused(request.header("host", "evil.example:8000")).await;
    }
}

#[tokio::test]
async fn a_page_of_another_origin_gets_nothing() {
    let program = Program::start(&["--in-memory"], &[]).await;
    program.register(CREDENTIALS).await;
    for origin in ["https://evil.example", "http://localhost:3000", "null"] {
        for request in requests(&program) {
            refused(request.header("origin", origin)).await;
        }
        for url in [&program.api, &program.dynamodb] {
            let preflight = client().request(Method::OPTIONS, format!("{url}/"));
            let preflight = preflight.header("access-control-request-method", "POST");
            refused(preflight.header("origin", origin)).await;
        }
    }
}

#[tokio::test]
async fn local_programs_and_the_ports_own_pages_are_answered() {
    let program = Program::start(&["--in-memory"], &[]).await;
    program.register(CREDENTIALS).await;
    for name in ["127.0.0.1", "localhost", "[::1]", "host.docker.internal"] {
        for (url, request) in
            [(&program.api, program.get("/inbox.json")), (&program.dynamodb, scan(&program.dynamodb))]
        {
            let port = url.rsplit(':').next().unwrap();
            let host = format!("{name}:{port}");
            let request = request.header("host", &host);
            let own = request.try_clone().unwrap().header("origin", format!("http://{host}"));
            for request in [request, own] {
                let answer = request.send().await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK, "{host}");
                let headers = answer.headers();
                assert!(!headers.contains_key("access-control-allow-origin"), "{headers:?}");
                assert!(answer.text().await.unwrap().contains(CREDENTIALS.0));
            }
        }
    }
}
