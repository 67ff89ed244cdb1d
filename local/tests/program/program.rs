//! The program under test, and a client for it.
//!
//! Its output is read continuously, so that it never blocks.

use std::{
    collections::BTreeMap,
    process::{ExitStatus, Output, Stdio},
};

use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const CREDENTIALS: (&str, &str) = (EMAIL, PASSWORD);

/// A running program. Dropping it kills it.
pub(crate) struct Program {
    child: Child,
    pub(crate) api: String,
    pub(crate) dynamodb: String,
    stdout: UnboundedReceiver<String>,
    stderr: UnboundedReceiver<String>,
    http: reqwest::Client,
}

/// A program's output until its end, without what was read before.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<String>,
    pub(crate) stderr: Vec<String>,
}

pub(crate) fn client() -> reqwest::Client {
    // The workspace's tests ask reqwest for TLS, and then no client can be made before TLS has a provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// Serves on a free port until the test ends, and returns the URL.
pub(crate) async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    url
}

/// A signed call of a DynamoDB endpoint.
pub(crate) fn dynamodb_call(url: &str, operation: &str, request: &Value) -> RequestBuilder {
    let credential = "Credential=local/20260101/us-east-1/dynamodb/aws4_request";
    client()
        .post(url)
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header("authorization", format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"))
        .header("x-amz-date", "20260101T000000Z")
        .header("content-type", "application/x-amz-json-1.0")
        .body(request.to_string())
}

impl Ended {
    /// The lines of its log.
    pub(crate) fn log(&self) -> Vec<Value> {
        self.stderr.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Program {
    /// Starts the program on free ports, and reads its URLs.
    pub(crate) async fn start(arguments: &[&str], settings: &[(&str, &str)]) -> Self {
        let mut program = Self::spawn(arguments, settings);
        let mut urls = Vec::new();
        for name in ["API", "Inbox", "DynamoDB"] {
            let line = program.stdout.recv().await.expect("it prints its URLs");
            let url = line.strip_prefix(name).expect("each URL has its name").trim_start();
            urls.push(url.to_owned());
        }
        let [api, inbox, dynamodb] = urls.try_into().unwrap();
        assert_eq!(inbox, format!("{api}/inbox"));
        Self { api, dynamodb, ..program }
    }

    /// The same as on a terminal. Also returns the URLs by name.
    pub(crate) async fn start_as_text(arguments: &[&str]) -> (Self, BTreeMap<String, String>) {
        let mut program = Self::spawn(&[arguments, &["--log", "text"]].concat(), &[]);
        assert_eq!(program.stdout.recv().await.unwrap(), "");
        let mut places = BTreeMap::new();
        while let Some(line) = program.stdout.recv().await.filter(|line| !line.is_empty()) {
            let (name, place) = line.trim_start().split_once(' ').unwrap();
            places.insert(name.to_owned(), place.trim_start().to_owned());
        }
        program.api = places["Page"].trim_end_matches('/').to_owned();
        (program, places)
    }

    /// Starts the program on free ports, and does not wait for it.
    fn spawn(arguments: &[&str], settings: &[(&str, &str)]) -> Self {
        let mut command = command(arguments, settings);
        command.args(["--port", "0", "--dynamodb-port", "0"]);
        let mut child = command.spawn().unwrap();
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        let (api, dynamodb) = Default::default();
        Self { child, api, dynamodb, stdout, stderr, http: client() }
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.api))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.api))
    }

    pub(crate) async fn register(&self, (email, password): (&str, &str)) -> StatusCode {
        status(self.post("/api/register").json(&json!({"email": email, "password": password}))).await
    }

    pub(crate) async fn send_code(&self, (email, password): (&str, &str)) -> StatusCode {
        status(self.post("/api/send-code").basic_auth(email, Some(password))).await
    }

    pub(crate) async fn activate(&self, (email, password): (&str, &str), code: &str) -> StatusCode {
        let request = self.post("/api/activate").basic_auth(email, Some(password));
        status(request.json(&json!({"code": code}))).await
    }

    pub(crate) async fn me(&self, (email, password): (&str, &str)) -> StatusCode {
        status(self.get("/api/me").basic_auth(email, Some(password))).await
    }

    /// Registers [`EMAIL`] and makes it active.
    pub(crate) async fn activated(&mut self) {
        assert_eq!(self.register(CREDENTIALS).await, 201);
        let code = self.code().await;
        assert_eq!(self.activate(CREDENTIALS, &code).await, 200);
    }

    /// The mail in the next line that was printed.
    pub(crate) async fn mail(&mut self) -> Value {
        let line = self.stdout.recv().await.expect("it prints a line for each mail");
        let mut line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line.as_object().unwrap().len(), 1, "{line}");
        line["mail"].take()
    }

    /// The code in the next mail.
    pub(crate) async fn code(&mut self) -> String {
        self.mail().await["code"].as_str().unwrap().to_owned()
    }

    /// Stops reading its log, at the next line.
    pub(crate) fn close_log(&mut self) {
        self.stderr.close();
    }

    /// Calls an operation of the DynamoDB endpoint.
    pub(crate) async fn dynamodb(&self, operation: &str, request: &Value) -> Value {
        let answer = dynamodb_call(&self.dynamodb, operation, request).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{operation}");
        answer.json().await.unwrap()
    }

    /// Sends a signal and waits for the end.
    pub(crate) async fn end(self, signal: &str) -> Ended {
        self.signal(signal).await;
        self.ended().await
    }

    pub(crate) async fn signal(&self, signal: &str) {
        let pid = self.child.id().unwrap();
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{signal} {pid}")).status().await;
        assert!(sent.unwrap().success());
    }

    /// Waits for the end.
    pub(crate) async fn ended(mut self) -> Ended {
        let status = self.child.wait().await.unwrap();
        Ended { status, stdout: rest(&mut self.stdout).await, stderr: rest(&mut self.stderr).await }
    }

    /// Kills it with SIGKILL, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// The output of a failed start.
pub(crate) async fn outcome(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    command(arguments, settings).output().await.unwrap()
}

fn command(arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    command.args(arguments).env_clear().env("BCRYPT_COST", "4").envs(settings.iter().copied());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

fn lines(from: impl AsyncRead + Send + Unpin + 'static) -> UnboundedReceiver<String> {
    let (sender, lines) = unbounded_channel();
    tokio::spawn(async move {
        let mut from = BufReader::new(from).lines();
        while let Some(line) = from.next_line().await.unwrap() {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

async fn rest(lines: &mut UnboundedReceiver<String>) -> Vec<String> {
    let mut rest = Vec::new();
    while let Some(line) = lines.recv().await {
        rest.push(line);
    }
    rest
}

async fn status(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}
