//! The guard for other APIs: the function `authorize`, and routes behind it, with API Gateway's calls and caching.

use std::time::Duration;

use reqwest::{Method, header::AUTHORIZATION};
use serde_json::{Value, json};

use crate::support::{
    EMAIL, Fault, MILLISECOND, PASSWORD, Service, WRONG_PASSWORD, basic,
    faults::USER_UNREAD,
    template::{at, load, resources, text},
};

/// An API with routes behind the guard.
const GUARDED: &str = "tests/support/guarded.yaml";
/// Two whose authorizer's answers are cached for five minutes, and one without caching.
const CACHED: &str = "/problems/internal";
const ALSO_CACHED: &str = "/problems/unavailable";
const UNCACHED: &str = "/problems/unauthorized";
const FIVE_MINUTES: Duration = Duration::from_mins(5);

const UNAUTHORIZED: (u16, &str) = (401, r#"{"message":"Unauthorized"}"#);
const FORBIDDEN: (u16, &str) = (403, r#"{"message":"Forbidden"}"#);
const FAILED: (u16, &str) = (500, r#"{"message":"Internal Server Error"}"#);

const THROTTLED: Fault = Fault::Answer(
    400,
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"secret"}"#,
);

/// The event of API Gateway's documentation, with these identity sources and from this address.
fn event(identity: &Value, source_ip: &str) -> Value {
    json!({
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": "arn:aws:execute-api:us-east-1:123456789012:abcdef123/test/GET/request",
        "identitySource": identity,
        "routeKey": "$default",
        "rawPath": "/my/path",
        "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value",
        "cookies": ["cookie1", "cookie2"],
        "headers": {"header1": "value1", "header2": "value2", "sec-fetch-mode": "cors"},
        "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "domainName": "id.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "id",
            "http": {"method": "POST", "path": "/my/path", "protocol": "HTTP/1.1", "sourceIp": source_ip,
                     "userAgent": "agent"},
            "requestId": "id",
            "routeKey": "$default",
            "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1_583_348_638_390_i64
        },
        "pathParameters": {"parameter1": "value1"},
        "stageVariables": {"stageVariable1": "value1", "stageVariable2": "value2"}
    })
}

async fn decided(service: &Service, identity: Value, source_ip: &str) -> Value {
    let answer = service.stack.invoke_function("AuthorizeFunction", &event(&identity, source_ip)).await;
    answer.expect("an answer")
}

/// The guard's decision on these credentials.
pub(crate) async fn authorized(service: &Service, email: &str, password: &str) -> Value {
    decision(service, email, password).await.expect("an answer")
}

/// The same, or `None` if it can't decide.
pub(crate) async fn decision(service: &Service, email: &str, password: &str) -> Option<Value> {
    let event = event(&json!([basic(email, password)]), "192.0.2.1");
    service.stack.invoke_function("AuthorizeFunction", &event).await
}

/// The status and the body of an answer, except a page's.
async fn get(service: &Service, path: &str, email: &str, password: &str) -> (u16, String) {
    let request = service.request(Method::GET, path).header(AUTHORIZATION, basic(email, password));
    answer(request).await
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, String) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, if status == 200 { String::new() } else { answer.text().await.unwrap() })
}

fn expected((status, body): (u16, &str)) -> (u16, String) {
    (status, body.to_owned())
}

fn passed() -> (u16, String) {
    (200, String::new())
}

#[tokio::test]
async fn an_active_account_is_authorized_with_its_id_and_address() {
    let service = Service::start().await;
    service.activated().await;
    let account = service.me(EMAIL, PASSWORD).await.expect(200);
    let answer = json!({"isAuthorized": true, "context": {"id": account["id"], "email": EMAIL}});
    assert_eq!(authorized(&service, EMAIL, PASSWORD).await, answer);
    assert_eq!(authorized(&service, "ADA@example.com", PASSWORD).await, answer);
}

#[tokio::test]
async fn everybody_else_is_denied_without_a_reason() {
    let service = Service::start().await;
    service.activated().await;
    service.register("bob@example.com", PASSWORD).await.expect(201);
    let right = basic(EMAIL, PASSWORD);
    for identity in [
        json!([basic(EMAIL, WRONG_PASSWORD)]),
        json!([basic("bob@example.com", PASSWORD)]),
        json!([basic("bob@example.com", WRONG_PASSWORD)]),
        json!([basic("nobody@example.com", PASSWORD)]),
        json!([basic("nobody", PASSWORD)]),
        json!(["Basic"]),
        json!(["Basic !!!"]),
        json!(["Bearer abc"]),
        json!([format!("{right},{right}")]),
        json!([format!("{right}\n")]),
        json!([right, right]),
        json!([right, "GET /hello"]),
        json!([""]),
        json!([]),
        Value::Null,
    ] {
        let answer = decided(&service, identity.clone(), "192.0.2.1").await;
        assert_eq!(answer, json!({"isAuthorized": false}), "{identity}");
    }
}

/// The answer is cached under the identity sources, so no other header may decide it.
#[tokio::test]
async fn credentials_outside_the_identity_source_are_ignored() {
    let service = Service::start().await;
    service.activated().await;
    for identity in [json!(["somebody else"]), json!([])] {
        let mut event = event(&identity, "192.0.2.1");
        event["headers"]["authorization"] = json!(basic(EMAIL, PASSWORD));
        let answer = service.stack.invoke_function("AuthorizeFunction", &event).await;
        assert_eq!(answer, Some(json!({"isAuthorized": false})), "{identity}");
    }
}

#[tokio::test]
async fn the_guard_and_the_routes_count_wrong_passwords_together() {
    let service = Service::with(&[("PASSWORD_FAILURES_PER_QUARTER_HOUR", "4")]).await;
    service.activated().await;
    let local = "127.0.0.1";
    for _ in 0..2 {
        let answer = decided(&service, json!([basic(EMAIL, WRONG_PASSWORD)]), local).await;
        assert_eq!(answer["isAuthorized"], false);
        service.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
    }
    service.me(EMAIL, PASSWORD).await.problem(429, "too-many-attempts");
    let right = || json!([basic(EMAIL, PASSWORD)]);
    assert_eq!(decided(&service, right(), local).await, json!({"isAuthorized": false}));
    assert_eq!(decided(&service, right(), "192.0.2.1").await["isAuthorized"], true);
    service.clock.advance(Duration::from_mins(15));
    assert_eq!(decided(&service, right(), local).await["isAuthorized"], true);
}

/// As under `/api`: a link to a guarded API may hold an address and a wrong password.
#[tokio::test]
async fn a_web_page_cannot_enter_wrong_passwords_at_a_guarded_api() {
    let service = Service::with(&[("PASSWORD_FAILURES_PER_QUARTER_HOUR", "1")]).await;
    service.activated().await;
    let mut event = event(&json!([basic(EMAIL, WRONG_PASSWORD)]), "192.0.2.1");
    for mode in ["navigate", "no-cors", "websocket"] {
        event["headers"]["sec-fetch-mode"] = json!(mode);
        let answer = service.stack.invoke_function("AuthorizeFunction", &event).await;
        assert_eq!(answer, Some(json!({"isAuthorized": false})));
    }
    assert_eq!(authorized(&service, EMAIL, PASSWORD).await["isAuthorized"], true);
}

#[tokio::test]
async fn the_routes_require_the_edge_and_the_guard_does_not() {
    let settings = [("EDGE_SECRET", "a-secret-of-at-least-32-characters")];
    let (service, dynamodb, _) = Service::behind_proxies(&settings).await;
    dynamodb.take_calls();
    service.me(EMAIL, PASSWORD).await.problem(403, "direct-access");
    assert_eq!(dynamodb.take_calls(), [""; 0]);
    authorized(&service, EMAIL, PASSWORD).await;
    assert_eq!(dynamodb.take_calls()[0], "BatchGetItem");
}

#[tokio::test]
async fn an_internal_failure_is_not_cached() {
    let (service, dynamodb, _) = Service::with_other_api(&[], &[GUARDED]).await;
    service.activated().await;
    dynamodb.fail("BatchGetItem", 9, THROTTLED);
    let event = event(&json!([basic(EMAIL, PASSWORD)]), "192.0.2.1");
    assert_eq!(service.stack.invoke_function("AuthorizeFunction", &event).await, None);
    assert_eq!(get(&service, CACHED, EMAIL, PASSWORD).await, expected(FAILED));
    dynamodb.heal().await;
    assert_eq!(get(&service, CACHED, EMAIL, PASSWORD).await, passed());
    dynamodb.fail("BatchGetItem", 9, THROTTLED);
    assert_eq!(get(&service, CACHED, EMAIL, PASSWORD).await, passed());
    assert_eq!(get(&service, UNCACHED, EMAIL, PASSWORD).await, expected(FAILED));
}

#[tokio::test]
async fn unprocessed_keys_are_read_again() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    service.activated().await;
    dynamodb.fail("BatchGetItem", 1, USER_UNREAD);
    assert_eq!(authorized(&service, EMAIL, PASSWORD).await["isAuthorized"], true);
}

#[tokio::test]
async fn a_route_behind_the_guard_is_for_active_accounts() {
    let (service, dynamodb, _) = Service::with_other_api(&[], &[GUARDED]).await;
    service.activated().await;
    service.register("bob@example.com", PASSWORD).await.expect(201);
    dynamodb.take_calls();
    for path in [CACHED, UNCACHED] {
        assert_eq!(answer(service.request(Method::GET, path)).await, expected(UNAUTHORIZED));
        let empty = service.request(Method::GET, path).header(AUTHORIZATION, "");
        assert_eq!(answer(empty).await, expected(UNAUTHORIZED));
    }
    assert_eq!(dynamodb.take_calls(), [""; 0], "the guard was not invoked");
    for path in [CACHED, UNCACHED] {
        assert_eq!(get(&service, path, EMAIL, WRONG_PASSWORD).await, expected(FORBIDDEN));
        assert_eq!(get(&service, path, "bob@example.com", PASSWORD).await, expected(FORBIDDEN));
        assert_eq!(get(&service, path, EMAIL, PASSWORD).await, passed());
    }
    assert_eq!(answer(service.request(Method::GET, "/problems/not-activated")).await, passed());
}

#[tokio::test]
async fn an_answer_is_cached_for_five_minutes_for_all_routes() {
    let (service, dynamodb, _) = Service::with_other_api(&[], &[GUARDED]).await;
    service.activated().await;
    for password in [PASSWORD, WRONG_PASSWORD] {
        let first = get(&service, CACHED, EMAIL, password).await;
        dynamodb.take_calls();
        service.clock.advance(FIVE_MINUTES - MILLISECOND);
        for path in [CACHED, ALSO_CACHED, CACHED] {
            assert_eq!(get(&service, path, EMAIL, password).await, first);
        }
        assert_eq!(dynamodb.take_calls(), [""; 0]);
        service.clock.advance(MILLISECOND);
        assert_eq!(get(&service, CACHED, EMAIL, password).await, first);
        assert_eq!(dynamodb.take_calls()[0], "BatchGetItem");
        // The same credentials, written differently, are another identity source.
        assert_eq!(get(&service, CACHED, "ADA@example.com", password).await, first);
        assert_eq!(dynamodb.take_calls()[0], "BatchGetItem");
    }
}

#[tokio::test]
async fn a_deleted_account_is_let_in_until_its_cached_answer_expires() {
    let (service, _, _) = Service::with_other_api(&[], &[GUARDED]).await;
    service.activated().await;
    for path in [CACHED, UNCACHED] {
        assert_eq!(get(&service, path, EMAIL, PASSWORD).await, passed());
    }
    service.delete_item("UsersTable", EMAIL).await;
    assert_eq!(get(&service, UNCACHED, EMAIL, PASSWORD).await, expected(FORBIDDEN));
    service.clock.advance(FIVE_MINUTES - MILLISECOND);
    assert_eq!(get(&service, CACHED, EMAIL, PASSWORD).await, passed());
    service.clock.advance(MILLISECOND);
    assert_eq!(get(&service, CACHED, EMAIL, PASSWORD).await, expected(FORBIDDEN));
}

#[tokio::test]
async fn a_denial_before_the_activation_lasts_until_its_cached_answer_expires() {
    let (service, _, _) = Service::with_other_api(&[], &[GUARDED]).await;
    let code = service.registered().await;
    assert_eq!(get(&service, CACHED, EMAIL, PASSWORD).await, expected(FORBIDDEN));
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
    assert_eq!(get(&service, UNCACHED, EMAIL, PASSWORD).await, passed());
    assert_eq!(get(&service, CACHED, EMAIL, PASSWORD).await, expected(FORBIDDEN));
    service.clock.advance(FIVE_MINUTES);
    assert_eq!(get(&service, CACHED, EMAIL, PASSWORD).await, passed());
}

/// Its function is tested with the third-party parts, because it needs Python.
#[tokio::test]
async fn the_example_refuses_everybody_without_an_active_account() {
    let (service, _, _) = Service::with_other_api(&[], &["examples/protected-api/template.yaml"]).await;
    assert_eq!(answer(service.request(Method::GET, "/hello")).await, expected(UNAUTHORIZED));
    assert_eq!(get(&service, "/hello", EMAIL, PASSWORD).await, expected(FORBIDDEN));
}

#[test]
fn any_api_of_the_aws_account_may_invoke_the_exported_guard() {
    let template = &load("template.yaml");
    let output = at(template, &["Outputs", "AuthorizeArn"]).unwrap();
    assert_eq!(text(at(output, &["Export"]).unwrap(), "Name"), Some("${AWS::StackName}-AuthorizeArn"));
    let [(_, permission)] = resources(template, "AWS::Lambda::Permission")[..] else { panic!() };
    assert_eq!(text(permission, "FunctionName"), text(output, "Value"));
    let authorizers = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:*/authorizers/*";
    assert_eq!(text(permission, "SourceArn"), Some(authorizers));
}
