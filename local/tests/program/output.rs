//! Output: URLs and mails on standard output, one line per request on standard error.

use serde_json::Value;

use crate::program::{CREDENTIALS, EMAIL, Program, outcome};

#[tokio::test]
async fn standard_output_has_the_urls_and_a_line_for_each_mail_and_nothing_else() {
    let mut program = Program::start(&["--in-memory"], &[("CODE_COOLDOWN_SECONDS", "0")]).await;
    assert_eq!(program.register(CREDENTIALS).await, 201);
    let first = program.mail().await;
    assert_eq!(first["to"], EMAIL);
    for member in ["subject", "text"] {
        assert!(first[member].as_str().unwrap().contains(first["code"].as_str().unwrap()), "{first}");
    }
    assert_eq!(program.send_code(CREDENTIALS).await, 202);
    let code = program.code().await;
    assert_eq!(program.activate(CREDENTIALS, &code).await, 200);
    assert_eq!(program.me((EMAIL, "wrong password")).await, 401);
    assert_eq!(program.end("TERM").await.stdout, [""; 0]);
}

#[tokio::test]
async fn standard_error_has_one_line_of_json_for_each_request_and_nothing_else() {
    let mut program = Program::start(&["--in-memory"], &[]).await;
    program.register(CREDENTIALS).await;
    program.me(CREDENTIALS).await;
    let code = program.code().await;
    program.activate(CREDENTIALS, &code).await;
    let answer = program.get("/api/me").send().await.unwrap();
    let last_id = answer.headers()["apigw-requestid"].to_str().unwrap().to_owned();
    // Not answered by a function, so not logged.
    program.get("/inbox.json").send().await.unwrap();

    let lines = program.end("TERM").await.log();
    let text = |line: &Value, member: &str| line[member].as_str().unwrap().to_owned();
    let outcomes: Vec<_> =
        lines.iter().map(|line| text(line, "route") + ": " + &text(line, "outcome")).collect();
    let expected = [
        "POST /api/register: success",
        "GET /api/me: not-activated",
        "POST /api/activate: success",
        "GET /api/me: unauthorized",
    ];
    assert_eq!(outcomes, expected);
    assert!(lines.iter().all(|line| line["duration_ms"].as_f64().is_some_and(|took| took > 0.0)));
    assert!(lines.iter().all(|line| !text(line, "request_id").is_empty()));
    assert_eq!(lines[3]["request_id"], last_id);
}

#[tokio::test]
async fn a_closed_log_fails_no_request() {
    let mut program = Program::start(&["--in-memory"], &[]).await;
    program.close_log();
    assert_eq!(program.register(CREDENTIALS).await, 201);
    for _ in 0..3 {
        assert_eq!(program.me(CREDENTIALS).await, 403);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn it_listens_on_the_given_address() {
    let program = Program::start(&["--in-memory", "--host", "127.0.0.2"], &[]).await;
    for url in [&program.api, &program.dynamodb] {
        assert!(url.starts_with("http://127.0.0.2:"), "{url}");
    }
    assert_eq!(program.register(CREDENTIALS).await, 201);
}

#[tokio::test]
async fn it_prints_its_version() {
    let output = outcome(&["--version"], &[]).await;
    assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("local {}\n", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn as_text_it_prints_its_urls_and_a_readable_line_for_each_request_and_mail() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let (program, places) = Program::start_as_text(&["--data", folder]).await;
    assert_eq!(program.register(CREDENTIALS).await, 201);
    let mails = program.get("/inbox.json?to=Ada@example.com").send().await.unwrap();
    let mails: Value = mails.json().await.unwrap();
    let code = mails["mails"][0]["code"].as_str().unwrap().to_owned();
    assert_eq!(program.me(CREDENTIALS).await, 403);

    for (name, path) in [("Docs", "/docs"), ("Inbox", "/inbox")] {
        assert_eq!(places[name], format!("{}{path}", program.api));
    }
    assert!(places["DynamoDB"].starts_with("http://127.0.0.1:"), "{places:?}");
    assert_eq!(places["Data"], format!("kept in {folder}"));
    let ended = program.end("TERM").await;
    assert_eq!(ended.stdout, [format!("mail {code} → {EMAIL}")]);
    let begins = ["201  POST /api/register ", "403  GET /api/me                not-activated "];
    assert_eq!(ended.stderr.len(), begins.len(), "{:?}", ended.stderr);
    assert!(
        ended.stderr.iter().zip(begins).all(|(line, begin)| line.starts_with(begin)),
        "{:?}",
        ended.stderr
    );
}
