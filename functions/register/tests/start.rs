//! The function as a process: the log of its start.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::process::Command;

use serde_json::{Value, json};

/// The environment from Lambda and the template. Nobody listens at the endpoints, so the function ends when it asks for
/// an event.
const SETTINGS: [(&str, &str); 11] = [
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769"),
    ("AWS_LAMBDA_FUNCTION_NAME", "register"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
    ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1"),
    ("AWS_REGION", "local"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
    ("CODES_TABLE", "codes"),
    ("LIMITS_TABLE", "limits"),
    ("USERS_TABLE", "users"),
];
const SECRET: (&str, &str) = ("CODE_SECRET", "for tests only, never to be deployed");

/// The log of a start with these additional settings.
fn log(settings: &[(&str, &str)]) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_register"));
    let output = command.env_clear().envs(SETTINGS).envs(settings.iter().copied()).output().unwrap();
    assert!(!output.status.success());
    let log = String::from_utf8(output.stderr).unwrap();
    // The runtime's own last line is not ours.
    log.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_failed_start_names_the_setting_and_what_it_must_be() {
    let cause = "the environment variable CODE_SECRET must be a random text of at least 32 bytes";
    let line = json!({"level": "error", "message": "cannot start", "cause": cause});
    assert_eq!(log(&[("CODE_SECRET", "short")]), [line]);
}

#[test]
fn a_start_with_the_console_mailer_warns_that_codes_go_to_the_log() {
    let [line] = &log(&[SECRET])[..] else { panic!("not one line") };
    assert_eq!(line["level"], "warn");
    assert!(line["message"].as_str().unwrap().contains("MAILER=console"), "{line}");
}

#[test]
fn a_start_with_a_real_mailer_warns_of_nothing() {
    assert_eq!(log(&[SECRET, ("MAILER", "ses"), ("MAIL_FROM", "codes@example.com")]), [Value::Null; 0]);
}
