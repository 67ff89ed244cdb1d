//! Passwords, codes, hashes, credentials and addresses are never written, whatever is requested and whatever fails.
//!
//! Logging is as verbose as possible. Each secret is unique, so that a match is no accident: codes have ten digits, and
//! every password and every address contains a word that nothing else does.

use axum::{Json, Router, http::StatusCode};
use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::program::{Program, serve};

const ADDRESS: &str = "lovelace@example.com";
const ADA: (&str, &str) = (ADDRESS, "the xyzzy of Ada");
const LOUD: [(&str, &str); 7] = [
    ("RUST_LOG", "trace"),
    ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
    ("RUST_BACKTRACE", "full"),
    ("CODE_SECRET", "a plugh of at least thirty-two bytes"),
    ("CODE_LENGTH", "10"),
    ("CODE_COOLDOWN_SECONDS", "0"),
    ("CODE_ATTEMPTS", "0"),
];
/// A template with a route behind the guard.
const GUARDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/support/guarded.yaml");
/// A part of each secret, in the clear or as stored.
const MARKS: [&str; 9] =
    ["xyzzy", "lovelace", "plugh", "$2a$", "$2b$", "$2y$", "authorization", "password_hash", "code_mac"];

#[tokio::test]
async fn successful_requests_write_no_secret() {
    let mut program = Program::start(&["--in-memory", "--also", GUARDED], &LOUD).await;
    let mut secrets = Vec::new();
    let long = &*"xyzzy".repeat(50);
    for credentials in [ADA, ("lovelace+long@example.com", long)] {
        assert_eq!(program.register(credentials).await, 201);
        secrets.push(program.code().await);
        secrets.extend(macs(&program).await);
        assert_eq!(program.send_code(credentials).await, 202);
        let code = program.code().await;
        secrets.extend(macs(&program).await);
        assert_eq!(program.activate(credentials, &code).await, 200);
        assert_eq!(program.me(credentials).await, 200);
        let guarded = program.get("/problems/unauthorized").basic_auth(credentials.0, Some(credentials.1));
        assert_eq!(guarded.send().await.unwrap().status(), 200);
        secrets.push(code);
        secrets.push(BASE64_STANDARD.encode(format!("{}:{}", credentials.0, credentials.1)));
    }
    assert_eq!(secrets.len(), 10);
    check(program, &secrets, 12).await;
}

#[tokio::test]
async fn refused_requests_write_no_secret() {
    let mut program = Program::start(&["--in-memory", "--also", GUARDED], &LOUD).await;
    assert_eq!(program.register(ADA).await, 201);
    let code = program.code().await;
    let wrong: String = code.chars().rev().collect();
    let mut secrets = vec![code, wrong.clone()];

    assert_eq!(program.activate(ADA, &wrong).await, 422);
    assert_eq!(program.activate(ADA, "0xyzzy").await, 422);
    assert_eq!(program.me(ADA).await, 403);
    assert_eq!(program.me((ADDRESS, "a wrong xyzzy")).await, 401);
    let mut count = 5;

    let bodies = [
        r#"{"email":"lovelace@example.com","password":"the xyzzy of"#,
        r#"{"email":"lovelace@example.com","password":["the xyzzy"]}"#,
        r#"{"email":["lovelace@example.com"],"password":"the xyzzy"}"#,
        r#"{"email":"lovelace@example.com","password":"xyzzy"}"#,
        r#"{"email":"lovelace@example.com","password":"xyzzy \u0000 xyzzy"}"#,
        r#"{"email":"lovelace@example.com","password":"LOVELACE@example.com"}"#,
        r#"{"email":"\"lovelace\"@example.com","password":"the xyzzy of Ada"}"#,
        r#"{"email":"lovelace@[127.0.0.1]","password":"the xyzzy of Ada"}"#,
        r#"{"email":"lovelace@example.com","the xyzzy of Ada":"lovelace@example.com"}"#,
        r#""the xyzzy of Ada""#,
        "email=lovelace@example.com&password=xyzzy",
        &format!(r#"{{"password":"{}"}}"#, "xyzzy".repeat(1000)),
    ];
    for body in bodies {
        for media_type in ["application/json", "application/xyzzy"] {
            let request = program.post("/api/register").header("content-type", media_type);
            refused(request.body(body.to_owned())).await;
            count += 1;
        }
        secrets.push(BASE64_STANDARD.encode(body));
    }

    let encoded = |text: &str| BASE64_STANDARD.encode(text);
    let credentials = [
        "xyzzy".to_owned(),
        "Bearer xyzzy".to_owned(),
        "Basic xyzzy!".to_owned(),
        format!("Basic {}", encoded("the xyzzy of Ada")),
        format!("basic {}", encoded("lovelace@example.com:wrong xyzzy")),
        format!("Basic {} xyzzy", encoded("lovelace@example.com:the xyzzy of Ada")),
        format!("Basic {}", encoded(&"lovelace@example.com:xyzzy".repeat(200))),
    ];
    for value in credentials {
        refused(program.get("/api/me").header("authorization", &value)).await;
        let twice = program.get("/api/me").header("authorization", &value).header("authorization", &value);
        refused(twice.header("cookie", &value).header("x-api-key", &value)).await;
        refused(program.get("/problems/unauthorized").header("authorization", &value)).await;
        count += 3;
        secrets.extend(value.split_once(' ').map(|(_, encoded)| encoded.to_owned()));
    }
    refused(program.get("/api/me?email=lovelace@example.com&password=xyzzy")).await;
    refused(program.get("/api/me/lovelace@example.com/xyzzy")).await;
    check(program, &secrets, count + 2).await;
}

#[tokio::test]
async fn faults_and_panics_write_no_secret() {
    let ses = refusing_ses().await;
    let settings = [&LOUD[..], &[("AWS_ENDPOINT_URL_SESV2", &*ses)]].concat();
    let program = Program::start(&["--in-memory"], &settings).await;
    assert_eq!(program.register(ADA).await, 201);
    assert_eq!(program.send_code(ADA).await, 503);

    // An instant outside the calendar makes a handler panic.
    let far = json!({":value": {"N": i64::MAX.to_string()}});
    damage(&program, "created_at", &far).await;
    damage(&program, "activated_at", &far).await;
    damage(&program, "activated", &json!({":value": {"BOOL": true}})).await;
    assert_eq!(program.me(ADA).await, 500);
    damage(&program, "password_hash", &json!({":value": {"S": "$2b$04$xyzzy"}})).await;
    assert_eq!(program.me(ADA).await, 500);
    damage(&program, "id", &json!({":value": {"S": "lovelace xyzzy"}})).await;
    assert_eq!(program.me(ADA).await, 500);
    program.dynamodb("DeleteTable", &json!({"TableName": "UsersTable"})).await;
    assert_eq!(program.me(ADA).await, 500);

    let written = check(program, &[], 6 + 1).await;
    let causes: Vec<_> = written.iter().filter_map(|line| line["cause"].as_str()).collect();
    assert!(causes[0].contains("l***@example.com"), "the cause is logged all the same: {causes:?}");
    assert_eq!(causes.len(), 6);
    assert!(written.iter().any(|line| line["message"] == "panic" && line["location"].is_string()));
}

/// Ends the program, and looks for the secrets in all its output except the mails that were read.
async fn check(program: Program, secrets: &[String], lines: usize) -> Vec<Value> {
    let ended = program.end("TERM").await;
    assert_eq!(ended.stdout, [""; 0]);
    assert_eq!(ended.stderr.len(), lines);
    for line in &ended.stderr {
        for secret in secrets {
            assert!(!line.contains(secret), "{secret} is in {line}");
        }
        let line = line.to_lowercase();
        assert!(MARKS.iter().all(|mark| !line.contains(mark)), "{line}");
    }
    ended.log()
}

/// The stored codes.
async fn macs(program: &Program) -> Vec<String> {
    let items = program.dynamodb("Scan", &json!({"TableName": "CodesTable"})).await;
    let items = items["Items"].as_array().unwrap().iter();
    items.map(|item| item["code_mac"]["B"].as_str().unwrap().to_owned()).collect()
}

async fn damage(program: &Program, attribute: &str, value: &Value) {
    let update = json!({
        "TableName": "UsersTable",
        "Key": {"email": {"S": ADDRESS}},
        "UpdateExpression": "SET #attribute = :value",
        "ExpressionAttributeNames": {"#attribute": attribute},
        "ExpressionAttributeValues": value,
    });
    program.dynamodb("UpdateItem", &update).await;
}

async fn refused(request: RequestBuilder) {
    let status = request.send().await.unwrap().status();
    assert!(status.is_client_error(), "{status}");
}

/// An SES endpoint that refuses every mail, and quotes its address as SES does.
async fn refusing_ses() -> String {
    let message = format!("Email address is not verified: {ADDRESS}, <{ADDRESS}>");
    let answer = Json(json!({"__type": "MessageRejected", "message": message}));
    serve(Router::new().fallback(async || (StatusCode::BAD_REQUEST, answer))).await
}
