//! The costly work: a request computes one hash at the most, and none when something cheaper refuses it.
//!
//! The log line of a request says how long its hash took, and says nothing of a hash that was not computed.

use serde_json::{Value, json};

use crate::program::{CREDENTIALS, EMAIL, PASSWORD, Program};

/// Who asked for what, what came of it, and whether it took a hash; for each request in turn.
fn requests(log: &[String]) -> Vec<(String, bool)> {
    let entries = log.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let outcome = |entry: &Value| {
        (
            format!("{} {}", entry["route"].as_str().unwrap(), entry["outcome"].as_str().unwrap()),
            entry.get("HashTime").is_some(),
        )
    };
    entries.map(|entry| outcome(&entry)).collect()
}

#[tokio::test]
async fn what_is_refused_for_less_computes_no_hash() {
    let settings = [("REGISTRATIONS_PER_HOUR", "3"), ("PASSWORD_FAILURES_PER_QUARTER_HOUR", "1")];
    let mut program = Program::start(&["--in-memory"], &settings).await;
    let register = |body: String| program.post("/api/register").body(body);
    register("nonsense".to_owned()).send().await.unwrap();
    register(" ".repeat(5000)).send().await.unwrap();
    register("{}".to_owned()).header("content-type", "text/plain").send().await.unwrap();
    register(json!({"email": "nobody", "password": PASSWORD}).to_string()).send().await.unwrap();

    program.register(CREDENTIALS).await;
    let code = program.code().await;
    program.register(CREDENTIALS).await;
    let entered = program.post("/api/activate").basic_auth(EMAIL, Some(PASSWORD)).body("{}");
    entered.send().await.unwrap();
    program.post("/api/activate").body("{}").send().await.unwrap();
    program.activate(CREDENTIALS, &code).await;
    program.register(CREDENTIALS).await;
    program.register(("eve@example.com", PASSWORD)).await;
    program.me((EMAIL, "wrong password")).await;
    program.me(CREDENTIALS).await;
    program.me(("nobody@example.com", PASSWORD)).await;
    program.me(("nobody@example.com", PASSWORD)).await;

    let log = program.end("TERM").await.stderr;
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
