//! `BREACHED_PASSWORDS`: its log lines, and its cost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, http::StatusCode};
use serde_json::{Value, json};

use crate::program::{CREDENTIALS, EMAIL, PASSWORD, Program, serve};

/// A password, and its SHA-1 in two parts.
const BREACHED: &str = "the seven breached seas";
const SENT: &str = "16B7D";
const COMPARED: &str = "92A1CED4F1B24D01B44549C7DB8B4A29089";
const FOUND: &str = "92A1CED4F1B24D01B44549C7DB8B4A29089:3";
const OTHER: &str = "00D4F6E8FA6EECAD2A3AA415EEC418D38EC:2";

/// A range API that answers each request with the next of these, and further ones with the last, after this time.
async fn range_api(answers: &'static [(StatusCode, &'static str)], delay: Duration) -> String {
    let asked = Arc::new(AtomicUsize::new(0));
    let router = Router::new().fallback(async move || {
        tokio::time::sleep(delay).await;
        answers[asked.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1)]
    });
    format!("{}/range", serve(router).await)
}

/// A request takes less than its hashes and the lookup together, however busy the machine is.
#[tokio::test]
async fn the_lookup_runs_while_the_hash_is_computed() {
    const DELAY: Duration = Duration::from_millis(500);
    let url = range_api(&[(StatusCode::OK, OTHER)], DELAY).await;
    let mut program =
        Program::start(&["--in-memory"], &[("BREACHED_PASSWORDS", &url), ("BCRYPT_COST", "13")]).await;
    program.activated().await;
    let change = program.post("/api/change-password").basic_auth(EMAIL, Some(PASSWORD));
    assert_eq!(change.json(&json!({"password": "another password"})).send().await.unwrap().status(), 200);
    program.mail().await;
    assert_eq!(
        program.post("/api/forgot-password").json(&json!({"email": EMAIL})).send().await.unwrap().status(),
        202
    );
    let code = program.code().await;
    let reset = json!({"email": EMAIL, "code": code, "password": PASSWORD});
    assert_eq!(program.post("/api/reset-password").json(&reset).send().await.unwrap().status(), 200);

    let mut asked = 0;
    for line in program.end("TERM").await.log() {
        let hashes = match &line["HashTime"] {
            Value::Array(times) => times.iter().map(|time| time.as_f64().unwrap()).sum(),
            time => time.as_f64().unwrap_or_default(),
        };
        let took = line["duration_ms"].as_f64().unwrap();
        let delay = DELAY.as_secs_f64() * 1000.0;
        let asks = ["register", "change-password", "reset-password"];
        if asks.iter().any(|route| line["route"] == format!("POST /api/{route}")) {
            assert!((delay..hashes + delay).contains(&took), "{line}");
            asked += 1;
        }
    }
    assert_eq!(asked, 3);
}

#[tokio::test]
async fn a_failed_lookup_is_a_warning_that_shows_nothing_of_the_password() {
    let answers = &[(StatusCode::BAD_GATEWAY, FOUND), (StatusCode::OK, "<html>")];
    let url = range_api(answers, Duration::ZERO).await;
    let slow = range_api(&[(StatusCode::OK, FOUND)], Duration::from_secs(30)).await;
    let nobody = {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        format!("http://{}/range", listener.local_addr().unwrap())
    };
    let mut lines = Vec::new();
    for (url, times) in [(&url, 2), (&slow, 1), (&nobody, 1)] {
        let program = Program::start(&["--in-memory"], &[("BREACHED_PASSWORDS", url)]).await;
        for n in 0..times {
            assert_eq!(program.register((&format!("{n}@example.com"), BREACHED)).await, 201);
        }
        lines.extend(program.end("TERM").await.log());
    }
    let causes = [
        "the range API answered 502",
        "the answer of the range API is not a range",
        "the range API did not answer within 1 s",
        "the range API is out of reach: check BREACHED_PASSWORDS",
    ];
    assert_eq!(lines.len(), causes.len());
    for (line, cause) in lines.iter().zip(causes) {
        assert_eq!((&line["level"], &line["outcome"]), (&json!("warn"), &json!("success")), "{line}");
        assert_eq!(line["BreachCheckFailures"], 1.0, "{line}");
        assert!(line["cause"].as_str().unwrap().starts_with(cause), "{line}");
        let shown = line.to_string().to_uppercase();
        assert!([SENT, COMPARED, "BREACHED SEAS"].iter().all(|part| !shown.contains(part)), "{line}");
    }
}

/// Otherwise the time of a refusal, which sends no mail, would reveal which addresses are free.
#[tokio::test]
async fn a_refused_registration_computes_a_hash_whoever_has_the_address() {
    let answers = &[(StatusCode::OK, FOUND), (StatusCode::OK, OTHER), (StatusCode::OK, FOUND)];
    let url = range_api(answers, Duration::ZERO).await;
    let mut program = Program::start(&["--in-memory"], &[("BREACHED_PASSWORDS", &url)]).await;
    assert_eq!(program.register((EMAIL, BREACHED)).await, 422);
    assert_eq!(program.register(CREDENTIALS).await, 201);
    assert_eq!(program.register((EMAIL, BREACHED)).await, 422);
    let code = program.code().await;
    assert_eq!(program.activate(CREDENTIALS, &code).await, 200);
    assert_eq!(program.register((EMAIL, BREACHED)).await, 422);
    for line in program.end("TERM").await.log() {
        assert!(line["HashTime"].is_number(), "{line}");
    }
}
