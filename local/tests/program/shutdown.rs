//! How the program ends: cleanly on a signal, with one line if it can't start.

use std::{fs, net::TcpListener, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time,
};

use crate::program::{CREDENTIALS, Program, outcome};

#[tokio::test]
async fn a_signal_ends_it_cleanly_whatever_connections_are_open() {
    for signal in ["INT", "TERM"] {
        let program = Program::start(&["--in-memory"], &[]).await;
        program.register(CREDENTIALS).await;
        let address = program.api.strip_prefix("http://").unwrap();

        let mut idle = TcpStream::connect(address).await.unwrap();
        idle.write_all(b"GET /api/me HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let mut answer = [0; 12];
        idle.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 401");
        let mut half_sent = TcpStream::connect(address).await.unwrap();
        half_sent.write_all(b"POST /api/register HTTP/1.1\r\nContent-Length: 9\r\n\r\n{").await.unwrap();

        let ended = time::timeout(Duration::from_secs(5), program.end(signal)).await;
        let ended = ended.expect("it ends within five seconds");
        assert_eq!(ended.status.code(), Some(0), "{signal}");
        assert_eq!(ended.stderr.len(), 2, "the two requests and nothing else: {:?}", ended.stderr);
    }
}

/// The output of a failed start.
async fn refusal(arguments: &[&str], settings: &[(&str, &str)]) -> String {
    let output = outcome(arguments, settings).await;
    assert_eq!((output.status.code(), &*output.stdout), (Some(1), &b""[..]), "{arguments:?} {settings:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    let said = said.strip_prefix("local: ").and_then(|said| said.strip_suffix('\n')).unwrap();
    assert!(!said.contains('\n'), "one line: {said}");
    said.to_owned()
}

#[tokio::test]
async fn a_taken_port_is_named_in_one_line() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().port().to_string();
    let advice = format!("port {taken} is taken: choose others with --port and --dynamodb-port");
    for [api, dynamodb] in [[&*taken, "0"], ["0", &*taken]] {
        let arguments = ["--in-memory", "--port", api, "--dynamodb-port", dynamodb];
        assert_eq!(refusal(&arguments, &[]).await, advice);
    }
}

#[tokio::test]
async fn an_unusable_data_folder_is_named_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let (file, damaged) = (folder.path().join("file"), folder.path().join("damaged"));
    fs::write(&file, "no folder").unwrap();
    fs::create_dir(&damaged).unwrap();
    fs::write(damaged.join("dynamodb.sqlite"), "no database ".repeat(1000)).unwrap();
    for data in [&file, &file.join("below"), &damaged] {
        let data = data.to_str().unwrap();
        let said = refusal(&["--data", data, "--port", "0", "--dynamodb-port", "0"], &[]).await;
        assert!(said.starts_with(&format!("the data folder {data} can't be used: ")), "{said}");
    }
}

#[tokio::test]
async fn a_broken_template_is_named_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in
        [("cut-off.yaml", "Resources: ["), ("other.yaml", "Resources: {}"), ("empty.yaml", "")]
    {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        let said = refusal(&["--in-memory", "--template", file.to_str().unwrap()], &[]).await;
        assert!(said.starts_with(&format!("the template {} can't be used: ", file.display())), "{said}");
    }
    let said = refusal(&["--in-memory", "--template", "there-is-none.yaml"], &[]).await;
    assert!(said.starts_with("the template there-is-none.yaml can't be used: "), "{said}");
}

#[tokio::test]
async fn a_bad_setting_is_named_with_what_it_must_be_in_one_line() {
    for (name, value, must_be) in [
        ("CODE_LENGTH", "3", "a whole number from 4 to 10"),
        ("CODE_SECRET", "too short", "a random text of at least 32 bytes"),
    ] {
        let said = refusal(&["--in-memory"], &[(name, value)]).await;
        assert!(said.ends_with(&format!("the environment variable {name} must be {must_be}")), "{said}");
    }
}
