//! The service under test, and a client for it.
//!
//! Every answer is checked for what holds for all answers before a test sees it. With `TEST_DYNAMODB_URL` set, that
//! endpoint takes the place of the embedded one; each test has a region, and so its tables, to itself.

use std::{collections::BTreeMap, sync::LazyLock, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use local::{Options, Stack, Storage};
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::{Value, json};
use shared::clock::{Clock, ManualClock};
use uuid::Uuid;

use crate::{openapi, proxy::Proxy};

pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const PAUSE: Duration = Duration::from_secs(30);
pub(crate) const MINUTE: Duration = Duration::from_mins(1);
pub(crate) const DAY: Duration = Duration::from_hours(24);
pub(crate) const MILLISECOND: Duration = Duration::from_millis(1);

/// Connections are opened anew for each request: a test's runtime ends with it, and its connections too.
static HTTP: LazyLock<reqwest::Client> =
    LazyLock::new(|| reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap());

/// A DynamoDB endpoint to use in place of the embedded one.
#[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the service")]
static DYNAMODB: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("TEST_DYNAMODB_URL").ok());

/// The whole stack on free ports and in memory, at a time of its own.
pub(crate) struct Service {
    pub(crate) stack: Stack,
    pub(crate) clock: ManualClock,
    region: String,
    /// Keeps the tables and the mails where `stack` reaches them through proxies only.
    behind: Option<Stack>,
}

impl Service {
    /// With the default settings.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With these settings in place of the defaults.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        let (clock, region) = (ManualClock::starting_now(), new_region());
        Self { stack: stack(&clock, &region, settings).await, clock, region, behind: None }
    }

    /// With a proxy before DynamoDB and another before SES.
    pub(crate) async fn behind_proxies(settings: &[(&str, &str)]) -> (Self, Proxy, Proxy) {
        let (clock, region) = (ManualClock::starting_now(), new_region());
        let behind = stack(&clock, &region, &[]).await;
        let dynamodb = Proxy::start(behind.dynamodb_url().to_owned()).await;
        let ses = Proxy::start(format!("{}/ses", behind.url())).await;
        let endpoints =
            [("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.url()), ("AWS_ENDPOINT_URL_SESV2", ses.url())];
        let settings: Vec<_> = endpoints.into_iter().chain(settings.iter().copied()).collect();
        let stack = stack(&clock, &region, &settings).await;
        (Self { stack, clock, region, behind: Some(behind) }, dynamodb, ses)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        HTTP.request(method, format!("{}{path}", self.stack.url()))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    pub(crate) async fn register(&self, email: &str, password: &str) -> Answer {
        let body = json!({"email": email, "password": password});
        send(self.post("/api/register").json(&body)).await
    }

    pub(crate) async fn send_code(&self, email: &str, password: &str) -> Answer {
        send(self.post("/api/send-code").header("authorization", basic(email, password))).await
    }

    pub(crate) async fn activate(&self, email: &str, password: &str, code: &str) -> Answer {
        let request = self.post("/api/activate").header("authorization", basic(email, password));
        send(request.json(&json!({"code": code}))).await
    }

    pub(crate) async fn me(&self, email: &str, password: &str) -> Answer {
        send(self.request(Method::GET, "/api/me").header("authorization", basic(email, password))).await
    }

    /// Registers [`EMAIL`] and hands out the code from the mail.
    pub(crate) async fn registered(&self) -> String {
        self.register(EMAIL, PASSWORD).await.expect(201);
        self.code(EMAIL).await
    }

    /// Registers [`EMAIL`] and makes it active.
    pub(crate) async fn activated(&self) {
        let code = self.registered().await;
        self.activate(EMAIL, PASSWORD, &code).await.expect(200);
    }

    /// The user with this address, as DynamoDB keeps it.
    pub(crate) async fn user_item(&self, email: &str) -> Value {
        let request = json!({"TableName": "UsersTable", "Key": {"email": {"S": email}}});
        self.dynamodb("GetItem", request).await["Item"].take()
    }

    /// All items of a table, as DynamoDB keeps them.
    pub(crate) async fn items(&self, table: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut request = json!({"TableName": table, "ConsistentRead": true});
        loop {
            let mut page = self.dynamodb("Scan", request.clone()).await;
            items.append(page["Items"].as_array_mut().unwrap());
            match page.get("LastEvaluatedKey") {
                Some(last) => request["ExclusiveStartKey"] = last.clone(),
                None => return items,
            }
        }
    }

    async fn dynamodb(&self, operation: &str, request: Value) -> Value {
        let credential = format!("local/20260101/{}/dynamodb/aws4_request", self.region);
        let signature = format!("Credential={credential}, SignedHeaders=host, Signature=0");
        let answer = HTTP
            .post(self.stack.dynamodb_url())
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("content-type", "application/x-amz-json-1.0")
            .header("authorization", format!("AWS4-HMAC-SHA256 {signature}"))
            .header("x-amz-date", "20260101T000000Z")
            .body(request.to_string());
        answer.send().await.unwrap().json().await.unwrap()
    }

    /// All mails, newest first.
    pub(crate) async fn mails(&self) -> Vec<Value> {
        let inbox = self.behind.as_ref().unwrap_or(&self.stack).url();
        let mails = HTTP.get(format!("{inbox}/inbox.json")).send().await.unwrap();
        let Value::Array(mails) = mails.json::<Value>().await.unwrap()["mails"].take() else { panic!() };
        mails
    }

    /// The code in the newest mail to this address.
    pub(crate) async fn code(&self, email: &str) -> String {
        let mails = self.mails().await;
        let mail = mails.iter().find(|mail| mail["to"] == email).expect("a mail to the address");
        mail["code"].as_str().unwrap().to_owned()
    }
}

/// DynamoDB Local keeps the tables of each region apart.
fn new_region() -> String {
    format!("test-{}", Uuid::new_v4().simple())
}

async fn stack(clock: &ManualClock, region: &str, settings: &[(&str, &str)]) -> Stack {
    // An empty setting is an unset one.
    let dynamodb = DYNAMODB.as_deref().unwrap_or_default();
    let own = [("BCRYPT_COST", "4"), ("AWS_REGION", region), ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb)];
    let settings = own.iter().chain(settings).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let options = Options {
        template: local::workspace().join("template.yaml"),
        port: 0,
        dynamodb_port: 0,
        storage: Storage::Memory,
        settings: settings.collect::<BTreeMap<_, _>>(),
        clock: Clock::Manual(clock.clone()),
    };
    Stack::start(options).await.unwrap()
}

/// The value of an `Authorization` header (RFC 7617).
pub(crate) fn basic(email: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{email}:{password}")))
}

/// A code of the same length that is not `code`.
pub(crate) fn another(code: &str) -> String {
    let digits = code.bytes().map(|digit| char::from(b'0' + (digit - b'0' + 1) % 10));
    digits.collect()
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.unwrap();
    let (method, path) = (request.method().to_string(), request.url().path().to_owned());
    let response = client.execute(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.json().await.unwrap();
    let answer = Answer { status, headers, body };
    answer.check();
    openapi::allows(&method, &path, &answer);
    answer
}

/// What the service answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body of a success.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The body of a problem.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, slug: &str) -> Value {
        assert_eq!(self.body["type"], format!("/problems/{slug}"), "{}", self.body);
        self.expect(status)
    }

    /// The slug of a problem, or `success`.
    pub(crate) fn outcome(&self) -> String {
        let slug = self.body["type"].as_str().and_then(|kind| kind.strip_prefix("/problems/"));
        slug.unwrap_or("success").to_owned()
    }

    /// What holds for all answers.
    #[track_caller]
    pub(crate) fn check(&self) {
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
        if self.status < 400 {
            assert_eq!(self.header("content-type"), Some("application/json"));
            return;
        }
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.body["status"], self.status);
        for member in ["type", "title", "detail"] {
            assert!(self.body[member].as_str().is_some_and(|text| !text.is_empty()), "{}", self.body);
        }
        assert_eq!(self.header("www-authenticate").is_some(), self.status == 401);
        let retry_after = self.header("retry-after").map(|seconds| seconds.parse::<u64>().unwrap());
        assert_eq!(retry_after.is_some(), [429, 503].contains(&self.status), "{}", self.body);
        assert_eq!(self.body.get("retry_after").and_then(Value::as_u64), retry_after);
    }
}
