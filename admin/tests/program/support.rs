//! The stack, its HTTP API, and the program.
//!
//! With `TEST_DYNAMODB_URL` set, that endpoint replaces the embedded one; each test has its own region, and so its own
//! tables.

use std::{
    path::Path,
    process::{Output, Stdio},
    sync::{LazyLock, Once},
};

use aws_sdk_dynamodb::types::{AttributeValue, Select};
use local::{Options, Stack};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use uuid::Uuid;

pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A DynamoDB endpoint to use instead of the embedded one.
#[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the service")]
static DYNAMODB: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("TEST_DYNAMODB_URL").ok());

/// The stack on free ports, in memory.
pub(crate) struct Service {
    pub(crate) stack: Stack,
    pub(crate) region: String,
    client: reqwest::Client,
}

/// The program's output and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Service {
    pub(crate) async fn start() -> Self {
        static TLS: Once = Once::new();
        // The workspace's tests ask reqwest for TLS, and then no client can be made before TLS has a provider.
        TLS.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let region = format!("test-{}", Uuid::new_v4().simple());
        // An empty setting is an unset one.
        let dynamodb = DYNAMODB.as_deref().unwrap_or_default();
        let settings =
            [("BCRYPT_COST", "4"), ("AWS_REGION", &*region), ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb)];
        let stack = Stack::start(Options::in_memory(settings)).await.unwrap();
        Self { stack, region, client: reqwest::Client::new() }
    }

    /// Runs the program on this stack, without a terminal.
    pub(crate) async fn admin(&self, arguments: &[&str]) -> Said {
        self.command(arguments).output().await.unwrap().into()
    }

    /// The same without the API, in which SES is.
    pub(crate) async fn admin_without_ses(&self, arguments: &[&str]) -> Said {
        self.command_at("http://127.0.0.1:9", arguments).output().await.unwrap().into()
    }

    /// Starts it, so that the test can kill it.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).kill_on_drop(true).spawn().unwrap()
    }

    /// The program, with its arguments.
    fn command(&self, arguments: &[&str]) -> Command {
        self.command_at(&self.stack.url(), arguments)
    }

    fn command_at(&self, api: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_admin"));
        let port = |url: &str| url.rsplit_once(':').unwrap().1.to_owned();
        command.args(["--local", "--region", &self.region, "--port", &port(api)]);
        command.args(["--dynamodb-port", &port(self.stack.dynamodb_url())]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env_remove("USERS_TABLE").env_remove("CODES_TABLE").env_remove("LIMITS_TABLE");
        command
    }

    /// The status of a request, with or without credentials.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        credentials: Option<(&str, &str)>,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = self.client.request(method, format!("{}{path}", self.stack.url()));
        if let Some((email, password)) = credentials {
            request = request.basic_auth(email, Some(password));
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    /// The status of `GET /api/me`.
    pub(crate) async fn me(&self, email: &str, password: &str) -> u16 {
        self.ask(Method::GET, "/api/me", Some((email, password)), None).await.0.as_u16()
    }

    /// Registers an address.
    pub(crate) async fn registered(&self, email: &str) {
        let body = json!({"email": email, "password": PASSWORD});
        let (status, _) = self.ask(Method::POST, "/api/register", None, Some(body)).await;
        assert_eq!(status, StatusCode::CREATED);
    }

    /// Puts an address on SES's list.
    pub(crate) async fn suppress(&self, email: &str) {
        let body = Some(json!({"EmailAddress": email, "Reason": "BOUNCE"}));
        let (status, _) = self.ask(Method::PUT, "/ses/v2/email/suppression/addresses", None, body).await;
        assert_eq!(status, StatusCode::OK);
    }

    /// Marks an address as undeliverable.
    pub(crate) async fn mark_undeliverable(&self, email: &str) {
        let number = |number: i64| AttributeValue::N(number.to_string());
        let put = self.stack.dynamodb().put_item().table_name("LimitsTable");
        let put = put.item("key", AttributeValue::S(format!("undeliverable/{email}")));
        let put = put.item("marked_at", number(1)).item("ends_at", number(99_999_999_999_999));
        put.send().await.unwrap();
    }

    /// How many users there are; fewer than a megabyte has.
    pub(crate) async fn users(&self) -> i32 {
        let scan = self.stack.dynamodb().scan().table_name("UsersTable").select(Select::Count);
        scan.consistent_read(true).send().await.unwrap().count()
    }

    /// Registers an address and makes it active.
    pub(crate) async fn activated(&self, email: &str) {
        self.registered(email).await;
        let mails = self.stack.inbox().mails();
        let code = mails.iter().find(|mail| mail.to == email).unwrap().code.clone();
        let credentials = Some((email, PASSWORD));
        let body = Some(json!({"code": code}));
        let (status, _) = self.ask(Method::POST, "/api/activate", credentials, body).await;
        assert_eq!(status, StatusCode::OK);
    }
}

impl Said {
    /// Its output, one line of JSON; it must have succeeded.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Checks that it succeeded and printed this among other things.
    pub(crate) fn says(&self, text: &str) {
        assert!(self.code == 0 && self.stdout.contains(text), "{self:?}");
    }

    /// Checks that it refused with this in its message, and printed nothing.
    pub(crate) fn refused(&self, why: &str) {
        assert_eq!((self.code, &*self.stdout), (1, ""), "{self:?}");
        assert!(self.stderr.contains(why), "{self:?}");
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// A path as an argument.
pub(crate) fn argument(path: &Path) -> &str {
    path.to_str().unwrap()
}
