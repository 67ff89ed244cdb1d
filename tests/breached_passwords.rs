//! `BREACHED_PASSWORDS`: new passwords that are known from a breach are refused, and nobody is if the lookup fails.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Request, Response, Uri},
};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::{
    EMAIL, Fault, OTHER_PASSWORD, PASSWORD, Proxy, Service, WRITE, WRONG_PASSWORD, another, serve,
};

/// A password, and its SHA-1 in two parts.
const BREACHED: &str = "the seven breached seas";
const SENT: &str = "/range/16B7D";
/// A range with it, and one without.
const FOUND: &str = "00D4F6E8FA6EECAD2A3AA415EEC418D38EC:2\r\n92A1CED4F1B24D01B44549C7DB8B4A29089:3";
const NOT_FOUND: &str = "00D4F6E8FA6EECAD2A3AA415EEC418D38EC:2\r\n";

/// A range API that gives the same answer to everything. Clones are the same one.
#[derive(Clone)]
struct RangeApi {
    answer: &'static str,
    asked: Arc<Mutex<Vec<(Uri, HeaderMap, Bytes)>>>,
}

impl RangeApi {
    /// One that answers with this, behind a proxy.
    async fn start(answer: &'static str) -> (Self, Proxy) {
        let api = Self { answer, asked: Arc::default() };
        let proxy = Proxy::start(serve(Router::new().fallback(range).with_state(api.clone())).await).await;
        (api, proxy)
    }

    fn times_asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

async fn range(State(api): State<RangeApi>, request: Request<Body>) -> &'static str {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    api.asked.lock().unwrap().push((head.uri, head.headers, body));
    api.answer
}

/// A range of padding, among which this password is seen so often.
fn padded(seen: usize) -> &'static str {
    let padding = |n: usize| format!("{n:035X}:0\r\n");
    let line = format!("92A1CED4F1B24D01B44549C7DB8B4A29089:{seen}\r\n");
    let lines: String = (0..400).map(padding).chain([line]).chain((500..900).map(padding)).collect();
    lines.leak()
}

/// A service that looks passwords up at this URL, and the proxy in front of its tables.
async fn looking_up(url: &str, settings: &[(&str, &str)]) -> (Service, Proxy) {
    let url = format!("{url}/range");
    let settings = [settings, &[("BREACHED_PASSWORDS", &*url)]].concat();
    let (service, dynamodb, _) = Service::behind_proxies(&settings).await;
    (service, dynamodb)
}

fn refusal() -> Value {
    json!([{"pointer": "#/password", "detail": "must not be a password that is known from a data breach"}])
}

#[tokio::test]
async fn a_breached_password_is_refused_wherever_one_is_chosen() {
    let (api, proxy) = RangeApi::start(padded(3)).await;
    let (service, _) = looking_up(&proxy.url(), &[]).await;
    let refused = service.register(EMAIL, BREACHED).await.problem(422, "invalid-input");
    assert_eq!(refused["errors"], refusal());
    assert!(service.user_item(EMAIL).await.is_null() && service.mails().await.is_empty());
    service.activated().await;

    let refused = service.change_password(EMAIL, PASSWORD, BREACHED).await.problem(422, "invalid-input");
    assert_eq!(refused["errors"], refusal());
    service.forgot_password(EMAIL).await.expect(202);
    let code = service.code(EMAIL).await;
    let refused = service.reset_password(EMAIL, &code, BREACHED).await.problem(422, "invalid-input");
    assert_eq!(refused["errors"], refusal());
    service.me(EMAIL, PASSWORD).await.expect(200);
    service.reset_password(EMAIL, &code, OTHER_PASSWORD).await.expect(200);
    service.change_password(EMAIL, OTHER_PASSWORD, PASSWORD).await.expect(200);
    // Once for each chosen password.
    assert_eq!(api.times_asked(), 6);
}

#[tokio::test]
async fn only_five_digits_of_the_hash_leave_the_service() {
    let (api, proxy) = RangeApi::start(NOT_FOUND).await;
    let (service, _) = looking_up(&format!("{}/", proxy.url()), &[]).await;
    service.register(EMAIL, BREACHED).await.expect(201);
    let asked = api.asked.lock().unwrap();
    let [(uri, headers, body)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(uri.to_string().replace("//", "/"), SENT);
    assert_eq!(headers["add-padding"], "true");
    assert!(headers["user-agent"].to_str().unwrap().starts_with("user-registration/"));
    let mut names: Vec<_> = headers.keys().map(reqwest::header::HeaderName::as_str).collect();
    names.retain(|name| !["accept", "content-length", "host"].contains(name));
    assert_eq!((names, body.len()), (vec!["user-agent", "add-padding"], 0));
}

#[tokio::test]
async fn padding_is_not_a_breach() {
    let (api, proxy) = RangeApi::start(padded(0)).await;
    let (service, _) = looking_up(&proxy.url(), &[]).await;
    service.register(EMAIL, BREACHED).await.expect(201);
    assert_eq!(api.times_asked(), 1);
}

#[tokio::test]
async fn nobody_is_refused_when_the_lookup_fails() {
    let (_, proxy) = RangeApi::start(FOUND).await;
    let (service, _) = looking_up(&proxy.url(), &[]).await;
    let mut addresses = (0..).map(|n| format!("{n}@example.com"));
    let page: &str = format!("<html>\r\n{FOUND}").leak();
    let faults = [
        Fault::Answer(500, FOUND),
        Fault::Answer(429, FOUND),
        Fault::Answer(204, ""),
        Fault::Answer(200, ""),
        Fault::Answer(200, page),
        Fault::Answer(200, padded(3).repeat(10).leak()),
        Fault::Break,
        Fault::LoseAnswer,
        Fault::Hang,
        Fault::Late(Duration::from_secs(30)),
    ];
    for fault in faults {
        let is_slow = matches!(fault, Fault::Hang | Fault::Late(_));
        proxy.fail(SENT, 1, fault);
        let started = Instant::now();
        service.register(&addresses.next().unwrap(), BREACHED).await.expect(201);
        let took = started.elapsed();
        assert!(!is_slow || (Duration::from_secs(1)..Duration::from_secs(5)).contains(&took), "{took:?}");
        // And then it is.
        service.register(&addresses.next().unwrap(), BREACHED).await.problem(422, "invalid-input");
    }
    proxy.refuse_after(0).await;
    service.register(&addresses.next().unwrap(), BREACHED).await.expect(201);
}

#[tokio::test]
async fn the_time_limit_covers_an_answer_that_never_ends() {
    let begun = Router::new().fallback(async || {
        let line = Ok::<_, std::io::Error>(Bytes::from(FOUND));
        Response::new(Body::from_stream(stream::iter([line]).chain(stream::pending())))
    });
    let (service, _) = looking_up(&serve(begun).await, &[]).await;
    let started = Instant::now();
    service.register(EMAIL, BREACHED).await.expect(201);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_redirect_of_the_lookup_is_not_followed() {
    let (elsewhere, proxy) = RangeApi::start(FOUND).await;
    let location = format!("{}{SENT}", proxy.url());
    let redirect = Router::new().fallback(async move || {
        Response::builder().status(307).header("location", location).body(Body::empty()).unwrap()
    });
    let (service, _) = looking_up(&serve(redirect).await, &[]).await;
    service.register(EMAIL, BREACHED).await.expect(201);
    assert_eq!(elsewhere.times_asked(), 0);
}

/// Neither the lookup nor the read is answered until both have begun, and the write waits for both.
#[tokio::test]
async fn the_lookup_runs_beside_the_read_and_ends_before_the_write() {
    let (_, proxy) = RangeApi::start(NOT_FOUND).await;
    let (service, dynamodb) = looking_up(&proxy.url(), &[]).await;
    let [answered, read] = [(); 2].map(|()| Arc::new(Notify::new()));
    dynamodb.take_calls();
    proxy.fail(SENT, 1, Fault::Held(answered.clone()));
    dynamodb.fail("BatchGetItem", 1, Fault::Held(read.clone()));
    let (registered, ()) = tokio::join!(service.register(EMAIL, BREACHED), async {
        tokio::join!(proxy.called(SENT), dynamodb.called("BatchGetItem"));
        read.notify_one();
        // Long enough for a hash of the lowest cost and a write.
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(dynamodb.take_calls(), ["UpdateItem", "BatchGetItem"]);
        answered.notify_one();
    });
    registered.expect(201);
    assert_eq!(dynamodb.take_calls(), [WRITE]);
}

#[tokio::test]
async fn the_refusal_of_a_breached_password_does_not_reveal_whether_the_address_is_taken() {
    let (_, proxy) = RangeApi::start(FOUND).await;
    let (service, _) = looking_up(&proxy.url(), &[]).await;
    service.at(9).register("pending@example.com", PASSWORD).await.expect(201);
    service.activated().await;
    let before = service.items("LimitsTable").await.len();
    let mut outcomes = Vec::new();
    for (client, email) in [(11, "nobody@example.com"), (12, "pending@example.com"), (13, EMAIL)] {
        let answer = service.at(client).register(email, BREACHED).await;
        let mut counters = service.items("LimitsTable").await;
        counters.retain(|item| item["key"]["S"].as_str().unwrap().contains(&format!("127.0.0.{client}/")));
        let counts: Vec<_> = counters.iter().map(|item| item["count"]["N"].clone()).collect();
        outcomes.push((answer.problem(422, "invalid-input"), counts));
    }
    assert_eq!(outcomes[0], outcomes[1]);
    assert_eq!(outcomes[0], outcomes[2]);
    assert_eq!((&outcomes[0].0["errors"], &*outcomes[0].1), (&refusal(), &[json!("1")][..]));
    assert_eq!(service.items("LimitsTable").await.len(), before + 3);
    assert_eq!(service.mails().await.len(), 2);
}

#[tokio::test]
async fn a_password_refused_by_a_cheaper_check_is_not_looked_up() {
    let (api, proxy) = RangeApi::start(NOT_FOUND).await;
    let (service, _) = looking_up(&proxy.url(), &[("CODES_PER_HOUR", "2")]).await;
    let code = service.registered().await;
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
    service.forgot_password(EMAIL).await.expect(202);
    let code = service.code(EMAIL).await;
    assert_eq!(api.times_asked(), 1);

    service.register("bob@example.com", "password1").await.problem(422, "invalid-input");
    service.register("bob@example.com", BREACHED).await.problem(429, "too-many-requests");
    service.change_password(EMAIL, WRONG_PASSWORD, BREACHED).await.problem(401, "unauthorized");
    service.change_password(EMAIL, PASSWORD, PASSWORD).await.problem(422, "invalid-input");
    service.reset_password(EMAIL, &another(&code), BREACHED).await.problem(422, "code-incorrect");
    service.reset_password(EMAIL, &code, PASSWORD).await.problem(422, "invalid-input");
    // Nor is a password that was used before.
    service.me(EMAIL, PASSWORD).await.expect(200);
    assert_eq!(api.times_asked(), 1);
}
