//! Data survives a shutdown of any kind.

use std::{fs, time::SystemTime};

use crate::program::{CREDENTIALS, Program};

const PENDING: (&str, &str) = ("pending@example.com", "another password");
const NO_PAUSE: [(&str, &str); 1] = [("CODE_COOLDOWN_SECONDS", "0")];

#[tokio::test]
async fn accounts_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("not/made/yet");
    let arguments = ["--data", data.to_str().unwrap()];

    let mut program = Program::start(&arguments, &[]).await;
    program.activated().await;
    assert_eq!(program.register(PENDING).await, 201);
    let code = program.code().await;
    program.end("INT").await;

    let program = Program::start(&arguments, &[]).await;
    assert_eq!(program.me(CREDENTIALS).await, 200);
    assert_eq!(program.me(PENDING).await, 403);
    assert_eq!(program.activate(PENDING, &code).await, 200);
}

#[tokio::test]
async fn confirmed_writes_survive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--data", folder.path().to_str().unwrap()];
    let mut program = Program::start(&arguments, &NO_PAUSE).await;
    for round in 0..3 {
        let credentials = (&*format!("user{round}@example.com"), "some password");
        assert_eq!(program.register(credentials).await, 201);
        program.kill().await;

        program = Program::start(&arguments, &NO_PAUSE).await;
        assert_eq!(program.send_code(credentials).await, 202);
        let code = program.code().await;
        program.kill().await;

        program = Program::start(&arguments, &NO_PAUSE).await;
        assert_eq!(program.activate(credentials, &code).await, 200);
        program.kill().await;

        program = Program::start(&arguments, &NO_PAUSE).await;
        assert_eq!(program.me(credentials).await, 200);
    }
}

#[tokio::test]
async fn in_memory_nothing_is_kept() {
    let before = default_folder();
    let program = Program::start(&["--in-memory"], &[]).await;
    assert_eq!(program.register(CREDENTIALS).await, 201);
    program.end("TERM").await;
    let program = Program::start(&["--in-memory"], &[]).await;
    assert_eq!(program.me(CREDENTIALS).await, 401);
    assert_eq!(default_folder(), before);
}

/// When the default folder was last modified, if it exists.
fn default_folder() -> Option<Vec<SystemTime>> {
    let files = fs::read_dir(local::workspace().join(".local")).ok()?;
    Some(files.map(|file| file.unwrap().metadata().unwrap().modified().unwrap()).collect())
}
