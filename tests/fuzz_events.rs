//! Malicious and broken events, for each function.
//!
//! Random events similar to those of API Gateway: whatever they contain, the function answers with a status and a
//! problem that its contract has, and never with an internal fault. What only a broken gateway could send is left out:
//! invalid URLs and invalid base64.

use std::{cell::RefCell, collections::BTreeMap, sync::LazyLock};

use base64::{Engine, prelude::BASE64_STANDARD};
use lambda_http::{aws_lambda_events::apigw::ApiGatewayV2CustomAuthorizerV2Request, request::LambdaRequest};
use proptest::{
    collection::{btree_map, vec},
    prelude::{Just, Strategy, any, prop_oneof},
    sample::{Index, select},
    test_runner::{Config, TestRunner},
};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::support::{Answer, EMAIL, PASSWORD, Service, basic, openapi::DOCUMENT};

/// All except `DELETE /api/me`, which would delete the account.
static ROUTES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let paths = DOCUMENT["paths"].as_object().unwrap().iter();
    let routes = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    routes.filter(|route| route != "DELETE /api/me").collect()
});

/// Headers to which some intermediary may give a meaning.
const NAMES: [&str; 7] =
    ["accept-language", "content-length", "cookie", "expect", "forwarded", "range", "x-forwarded-for"];

/// Limits so high that random requests don't reach them.
const WIDE: [(&str, &str); 8] = [
    ("CODE_ATTEMPTS", "0"),
    ("CODE_COOLDOWN_SECONDS", "0"),
    ("CODES_PER_DAY", "0"),
    ("CODES_PER_CLIENT_PER_DAY", "0"),
    ("MAILS_PER_DAY", "0"),
    ("CODES_PER_HOUR", "1000000"),
    ("PASSWORD_FAILURES_PER_QUARTER_HOUR", "1000000"),
    ("PASSWORD_FAILURES_PER_DAY", "1000000"),
];

/// Outcomes that some event must reach, or the test would show little.
const MUST_BE_REACHED: [&str; 5] =
    ["success", "unauthorized", "malformed-json", "invalid-input", "code-incorrect"];

/// Every refusal that a client can cause here.
const REFUSALS: [(u16, &str); 12] = [
    (400, "malformed-json"),
    (401, "unauthorized"),
    (403, "not-activated"),
    (409, "already-registered"),
    (409, "already-activated"),
    (410, "code-expired"),
    (413, "body-too-large"),
    (415, "unsupported-media-type"),
    (422, "invalid-input"),
    (422, "code-incorrect"),
    (429, "too-many-attempts"),
    (429, "too-many-codes"),
];

/// Members of an event that form its URL, or say how to read another.
const LEFT_OUT: [&str; 7] = [
    "/rawPath",
    "/rawQueryString",
    "/headers/host",
    "/requestContext/domainName",
    "/requestContext/stage",
    "/body",
    "/isBase64Encoded",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[ -~]{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("[ -~]{0,20}", inner, 0..4).prop_map(|members| json!(members)),
        ]
    })
}

fn authorization() -> impl Strategy<Value = String> {
    let right = basic(EMAIL, PASSWORD);
    prop_oneof![
        4 => Just(right.clone()),
        1 => Just(format!("{right},{right}")),
        1 => "\\PC{1,40}@[a-z]{1,20}\\.com:.{1,40}".prop_map(|pair| format!("Basic {}", BASE64_STANDARD.encode(pair))),
        1 => any::<Vec<u8>>().prop_map(|pair| format!("basic {}", BASE64_STANDARD.encode(pair))),
        1 => "\\PC{0,80}",
    ]
}

fn headers() -> impl Strategy<Value = Value> {
    let name = prop_oneof![select(NAMES.as_slice()).prop_map(str::to_owned), "[a-z0-9-]{1,20}"];
    let media_type = prop_oneof![3 => Just("application/json".to_owned()), 1 => "\\PC{0,40}"];
    let others = btree_map(name, "\\PC{0,80}", 0..4);
    (others, authorization(), proptest::option::of(media_type)).prop_map(
        |(others, authorization, media_type)| {
            let mut headers = json!(others);
            headers["host"] = json!("example.com");
            headers["authorization"] = json!(authorization);
            if let Some(media_type) = media_type {
                headers["content-type"] = json!(media_type);
            }
            headers
        },
    )
}

/// A body for a route, and whether it is in base64.
fn body(route: &str) -> impl Strategy<Value = (Option<String>, bool)> + use<> {
    let account = ("[a-zA-Z0-9.+]{1,20}@[a-z]{1,10}\\.com", "\\PC{6,300}")
        .prop_map(|(email, password)| json!({"email": email, "password": password}));
    let again = Just(json!({"email": EMAIL, "password": PASSWORD}));
    let code = "[0-9]{4}".prop_map(|code| json!({"code": code}));
    let right = if route.ends_with("register") { prop_oneof![account, again].boxed() } else { code.boxed() };
    let near = prop_oneof![4 => right, 1 => any_json()].prop_map(|body| body.to_string());
    prop_oneof![
        1 => Just((None, false)),
        6 => near.clone().prop_map(|body| (Some(body), false)),
        1 => near.prop_map(|body| (Some(BASE64_STANDARD.encode(body)), true)),
        1 => any::<String>().prop_map(|body| (Some(body), false)),
        1 => vec(any::<u8>(), 0..5000).prop_map(|body| (Some(BASE64_STANDARD.encode(body)), true)),
    ]
}

/// An event for a route, as a gateway would make it.
fn event(route: &'static str) -> impl Strategy<Value = Value> {
    let source = prop_oneof![Just("192.0.2.1".to_owned()), Just("2001:db8::1".to_owned()), any::<String>()];
    let query = "[a-z0-9=&+%]{0,40}";
    (headers(), body(route), source, query).prop_map(move |(headers, (body, encoded), source, query)| {
        let (method, path) = route.split_once(' ').unwrap();
        json!({
            "version": "2.0",
            "routeKey": route,
            "rawPath": path,
            "rawQueryString": query,
            "cookies": ["a=1"],
            "headers": headers,
            "queryStringParameters": {"a": "1,2"},
            "pathParameters": {"b": "2"},
            "stageVariables": {"c": "3"},
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "id",
                "authentication": null,
                "domainName": "example.com",
                "domainPrefix": "example",
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": source, "userAgent": ""},
                "requestId": "id",
                "routeKey": route,
                "stage": "$default",
                "time": "12/Mar/2020:19:03:58 +0000",
                "timeEpoch": 1_583_348_638_390_i64,
            },
            "body": body,
            "isBase64Encoded": encoded,
        })
    })
}

/// A route, and an event for it with some members replaced: strings by any string, others by any JSON.
fn invocation() -> impl Strategy<Value = (&'static str, Value)> {
    let routes: Vec<_> = ROUTES.iter().map(String::as_str).collect();
    let event = select(routes).prop_flat_map(|route| (Just(route), event(route)));
    (event, changes()).prop_map(|((route, event), changes)| (route, changed(event, &changes)))
}

/// An event for the guard, changed like the others.
fn question() -> impl Strategy<Value = Value> {
    let identity = prop_oneof![4 => authorization().prop_map(|one| json!([one])), 1 => vec(authorization(), 0..3).prop_map(|all| json!(all))];
    (event("GET /hello"), identity, changes()).prop_map(|(mut event, identity, changes)| {
        event["type"] = json!("REQUEST");
        event["identitySource"] = identity;
        changed(event, &changes)
    })
}

/// Which members of an event are changed, and to what.
type Changes = Vec<(Index, String, Value)>;

fn changes() -> impl Strategy<Value = Changes> {
    vec((any::<Index>(), any::<String>(), any_json()), 0..3)
}

fn changed(mut event: Value, changes: &Changes) -> Value {
    let mut members = Vec::new();
    collect(&event, "", &mut members);
    for (which, text, value) in changes {
        if let Some(member) = event.pointer_mut(which.get::<String>(&members)) {
            *member = if member.is_string() { text.clone().into() } else { value.clone() };
        }
    }
    event
}

/// The JSON Pointers of all members that may be changed.
fn collect(value: &Value, at: &str, members: &mut Vec<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let pointer = format!("{at}/{name}");
        collect(value, &pointer, members);
        if !LEFT_OUT.iter().any(|left_out| left_out.starts_with(&pointer)) {
            members.push(pointer);
        }
    }
}

fn answer(reply: &Value) -> Answer {
    let mut headers = HeaderMap::new();
    for (name, value) in reply["headers"].as_object().unwrap() {
        headers.insert(
            name.parse::<reqwest::header::HeaderName>().unwrap(),
            value.as_str().unwrap().parse().unwrap(),
        );
    }
    assert_eq!(reply["isBase64Encoded"], false);
    let status = u16::try_from(reply["statusCode"].as_u64().unwrap()).unwrap();
    let body = reply["body"].as_str().filter(|body| !body.is_empty());
    let body = body.map_or(Value::Null, |body| serde_json::from_str(body).unwrap());
    Answer { status, headers, body }
}

#[test]
fn every_event_is_answered_as_the_contract_says() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let service = runtime.block_on(async {
        let service = Service::with(&WIDE).await;
        service.registered().await;
        service
    });
    let tally = RefCell::new(BTreeMap::<String, usize>::new());
    let reached =
        |tally: &BTreeMap<String, usize>| MUST_BE_REACHED.iter().all(|end| tally.contains_key(*end));
    // Few random events get as far as a wrong code: more are made until one has.
    for _ in 0..20 {
        let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
        let run = runner.run(&invocation(), |(route, event)| {
            let reply = runtime.block_on(service.stack.invoke(route, &event));
            let outcome = if serde_json::from_str::<LambdaRequest>(&event.to_string()).is_err() {
                // The runtime itself refuses what is not an event.
                "no event".to_owned()
            } else {
                let answer = answer(&reply.expect("the function neither failed nor panicked"));
                answer.check();
                let outcome = answer.outcome();
                assert!(
                    answer.status < 300 || REFUSALS.contains(&(answer.status, &*outcome)),
                    "{} {outcome}",
                    answer.status
                );
                outcome
            };
            *tally.borrow_mut().entry(outcome).or_default() += 1;
            Ok(())
        });
        run.unwrap();
        if reached(&tally.borrow()) {
            return;
        }
    }
    panic!("not all of {MUST_BE_REACHED:?} were reached: {tally:?}");
}

#[test]
fn the_guard_answers_every_event_and_accepts_only_the_right_credentials() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let service = runtime.block_on(async {
        let service = Service::with(&WIDE).await;
        service.activated().await;
        service
    });
    let (right, passed) = (json!([basic(EMAIL, PASSWORD)]), RefCell::new(0));
    TestRunner::new(Config { failure_persistence: None, ..Config::default() })
        .run(&question(), |event| {
            let reply = runtime.block_on(service.stack.invoke_function("AuthorizeFunction", &event));
            if serde_json::from_str::<ApiGatewayV2CustomAuthorizerV2Request>(&event.to_string()).is_err() {
                // The runtime itself refuses what is not an event.
                assert_eq!(reply, None);
                return Ok(());
            }
            let reply = reply.expect("the function neither failed nor panicked");
            if event["identitySource"] == right {
                assert_eq!(reply["context"]["email"], EMAIL);
                *passed.borrow_mut() += 1;
            } else {
                assert_eq!(reply, json!({"isAuthorized": false}));
            }
            Ok(())
        })
        .unwrap();
    assert!(passed.into_inner() > 20);
}
