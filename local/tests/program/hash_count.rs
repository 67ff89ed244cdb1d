//! Hashes: a request computes at most one, and none if a cheaper check refuses it.
//!
//! The log line of a request says how long its hash took, if one was computed.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde_json::{Value, json};

use crate::program::{CREDENTIALS, EMAIL, PASSWORD, Program, client, serve};

/// For each request in turn: its route with its outcome, and whether it took a hash.
fn requests(log: &[Value]) -> Vec<(String, bool)> {
    let text = |entry: &Value, member: &str| entry[member].as_str().unwrap().to_owned();
    let outcome = |entry| format!("{} {}", text(entry, "route"), text(entry, "outcome"));
    log.iter().map(|entry| (outcome(entry), entry.get("HashTime").is_some())).collect()
}

#[tokio::test]
async fn a_request_refused_by_a_cheaper_check_computes_no_hash() {
    let settings = [("CODES_PER_HOUR", "3"), ("PASSWORD_FAILURES_PER_QUARTER_HOUR", "1")];
    let mut program = Program::start(&["--in-memory"], &settings).await;
    let register =
        |body: String| program.post("/api/register").header("content-type", "application/json").body(body);
    register("nonsense".to_owned()).send().await.unwrap();
    register(" ".repeat(5000)).send().await.unwrap();
    program.post("/api/register").header("content-type", "text/plain").body("{}").send().await.unwrap();
    register(json!({"email": "nobody", "password": PASSWORD}).to_string()).send().await.unwrap();

    program.register(CREDENTIALS).await;
    let code = program.code().await;
    program.register(CREDENTIALS).await;
    let entered = program.post("/api/activate").basic_auth(EMAIL, Some(PASSWORD)).json(&json!({}));
    entered.send().await.unwrap();
    program.post("/api/activate").body("{}").send().await.unwrap();
    program.activate(CREDENTIALS, &code).await;
    program.register(CREDENTIALS).await;
    program.register(("eve@example.com", PASSWORD)).await;
    program.me((EMAIL, "wrong password")).await;
    program.me(CREDENTIALS).await;
    program.me(("nobody@example.com", PASSWORD)).await;
    program.me(("nobody@example.com", PASSWORD)).await;

    let log = program.end("TERM").await.log();
    let expected = [
        ("POST /api/register malformed-json", false),
        ("POST /api/register body-too-large", false),
        ("POST /api/register unsupported-media-type", false),
        ("POST /api/register invalid-input", false),
        ("POST /api/register success", true),
        ("POST /api/register too-many-codes", false),
        ("POST /api/activate invalid-input", false),
        ("POST /api/activate unauthorized", false),
        ("POST /api/activate success", true),
        ("POST /api/register already-registered", false),
        ("POST /api/register too-many-requests", false),
        ("GET /api/me unauthorized", true),
        ("GET /api/me too-many-attempts", false),
        // An address that nobody registered is treated as any other.
        ("GET /api/me unauthorized", true),
        ("GET /api/me too-many-attempts", false),
    ];
    assert_eq!(requests(&log), expected.map(|(outcome, hashed)| (outcome.to_owned(), hashed)));
}

#[tokio::test]
async fn a_cached_answer_of_the_guard_computes_no_hash() {
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/support/guarded.yaml");
    let arguments = ["--in-memory", "--also", template];
    let settings = [("PASSWORD_FAILURES_PER_QUARTER_HOUR", "1")];
    let mut program = Program::start(&arguments, &settings).await;
    program.activated().await;
    for _ in 0..10 {
        for path in ["/problems/internal", "/problems/unauthorized"] {
            let answer = program.get(path).basic_auth(EMAIL, Some(PASSWORD)).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
        }
    }
    let unknown = ("nobody@example.com", PASSWORD);
    for (email, password) in
        [(EMAIL, "wrong password"), unknown, unknown, (EMAIL, "another"), ("bob@example.com", "")]
    {
        let answer =
            program.get("/problems/internal").basic_auth(email, Some(password)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    }
    program.get("/problems/internal").send().await.unwrap();

    let requests = requests(&program.end("TERM").await.log());
    let guard = requests.iter().filter(|(outcome, _)| outcome.starts_with("authorize "));
    let hashes =
        |start: &str| guard.clone().filter(|(outcome, hashed)| outcome.starts_with(start) && *hashed).count();
    assert_eq!(hashes("authorize local GET /problems/internal success"), 1);
    assert_eq!(hashes("authorize local GET /problems/unauthorized success"), 10);
    let refused: Vec<_> = guard.filter(|(outcome, _)| !outcome.ends_with(" success")).cloned().collect();
    let expected = [
        ("unauthorized", true),
        ("unauthorized", true),
        ("too-many-attempts", false),
        ("unauthorized", false),
    ];
    let expected = expected
        .map(|(outcome, hashed)| (format!("authorize local GET /problems/internal {outcome}"), hashed));
    assert_eq!(refused, expected);
}

/// DynamoDB's answer to a transaction whose condition no longer holds.
const LOST: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"cancelled",
    "CancellationReasons":[{"Code":"ConditionalCheckFailed"},{"Code":"None"}]}"#;

/// A proxy at which this many transactions lose a race.
#[derive(Clone)]
struct Races {
    target: String,
    to_lose: Arc<AtomicUsize>,
}

impl Races {
    async fn serve(self) -> String {
        serve(Router::new().fallback(pass).with_state(self)).await
    }
}

async fn pass(State(races): State<Races>, mut headers: HeaderMap, body: Bytes) -> (StatusCode, Bytes) {
    let loses = |left: usize| left.checked_sub(1);
    if headers["x-amz-target"].to_str().unwrap().ends_with(".TransactWriteItems")
        && races.to_lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, loses).is_ok()
    {
        return (StatusCode::BAD_REQUEST, Bytes::from_static(LOST.as_bytes()));
    }
    headers.remove("host");
    let answer = client().post(&races.target).headers(headers).body(body).send().await.unwrap();
    (answer.status(), answer.bytes().await.unwrap())
}

#[tokio::test]
async fn a_request_that_loses_its_races_computes_one_hash() {
    let behind = Program::start(&["--in-memory"], &[]).await;
    let races = Races { target: behind.dynamodb.clone(), to_lose: Arc::new(AtomicUsize::new(3)) };
    let to_lose = Arc::clone(&races.to_lose);
    let url = races.serve().await;
    let program = Program::start(&["--in-memory"], &[("AWS_ENDPOINT_URL_DYNAMODB", &url)]).await;
    assert_eq!(program.register(CREDENTIALS).await, StatusCode::CREATED);
    assert_eq!(to_lose.load(Ordering::SeqCst), 0);

    let log = program.end("TERM").await.log();
    let [entry] = &log[..] else { panic!("{log:?}") };
    assert!(entry["HashTime"].is_number(), "one time for each hash: {entry}");
}
