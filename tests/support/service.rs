//! The service under test, in the test's own process: its clock, its settings and its mails.
//!
//! With `TEST_DYNAMODB_URL` set, that endpoint replaces the embedded one; each test has its own region, and so its own
//! tables.

use std::{ops::Deref, sync::LazyLock, time::Duration};

use local::{Mail, Options, Stack};
use serde_json::Value;
use shared::clock::{Clock, ManualClock};
use uuid::Uuid;

use super::{
    Proxy,
    client::{Client, HTTP, PASSWORD},
};

pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const PAUSE: Duration = Duration::from_secs(30);
pub(crate) const MINUTE: Duration = Duration::from_mins(1);
pub(crate) const DAY: Duration = Duration::from_hours(24);
pub(crate) const MILLISECOND: Duration = Duration::from_millis(1);

/// No pause between the codes of an address, and any number a day. Registering again still waits for the code.
pub(crate) const NO_CODE_LIMITS: [(&str, &str); 4] = [
    ("CODE_COOLDOWN_SECONDS", "0"),
    ("CODES_PER_DAY", "0"),
    ("CODES_PER_CLIENT_PER_DAY", "0"),
    ("MAILS_PER_DAY", "0"),
];

/// A DynamoDB endpoint to use instead of the embedded one.
#[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the service")]
static DYNAMODB: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("TEST_DYNAMODB_URL").ok());

/// The whole stack on free ports and in memory, with its own clock.
pub(crate) struct Service {
    pub(crate) stack: Stack,
    pub(crate) clock: ManualClock,
    client: Client,
    pub(super) region: String,
    /// Keeps the endpoints behind the proxies alive.
    behind: Option<Stack>,
}

impl Service {
    /// With the default settings.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With these settings instead of the defaults.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        let (clock, region) = (clock(), new_region());
        let stack = stack(&clock, &region, settings, &[]).await;
        Self { client: Client::new(stack.url()), stack, clock, region, behind: None }
    }

    /// With a proxy in front of DynamoDB and another in front of SES.
    pub(crate) async fn behind_proxies(settings: &[(&str, &str)]) -> (Self, Proxy, Proxy) {
        Self::with_other_api(settings, &[]).await
    }

    /// The same, with the API of another template too.
    pub(crate) async fn with_other_api(settings: &[(&str, &str)], also: &[&str]) -> (Self, Proxy, Proxy) {
        let (clock, region) = (clock(), new_region());
        let behind = stack(&clock, &region, &[], &[]).await;
        let dynamodb = Proxy::start(behind.dynamodb_url().to_owned()).await;
        let ses = Proxy::start(format!("{}/ses", behind.url())).await;
        let (dynamodb_url, ses_url) = (dynamodb.url(), ses.url());
        let endpoints =
            [("AWS_ENDPOINT_URL_DYNAMODB", &*dynamodb_url), ("AWS_ENDPOINT_URL_SESV2", &*ses_url)];
        let settings: Vec<_> = endpoints.into_iter().chain(settings.iter().copied()).collect();
        let stack = stack(&clock, &region, &settings, also).await;
        (Self { client: Client::new(stack.url()), stack, clock, region, behind: Some(behind) }, dynamodb, ses)
    }

    /// Registers [`EMAIL`] and returns the code from the mail.
    pub(crate) async fn registered(&self) -> String {
        self.register(EMAIL, PASSWORD).await.expect(201);
        self.code(EMAIL).await
    }

    /// Registers [`EMAIL`] and makes it active.
    pub(crate) async fn activated(&self) {
        let code = self.registered().await;
        self.activate(EMAIL, PASSWORD, &code).await.expect(200);
    }

    /// The stack with the endpoints of DynamoDB and SES: its own, or the one behind the proxies.
    pub(super) fn endpoints(&self) -> &Stack {
        self.behind.as_ref().unwrap_or(&self.stack)
    }

    /// Moves the clock to the beginning of the next window of this length, and then as long again.
    pub(crate) fn begin_window(&self, length: Duration, and: Duration) {
        let length = i64::try_from(length.as_millis()).unwrap();
        let into = self.clock.now().as_millis().rem_euclid(length);
        self.clock.advance(Duration::from_millis((length - into).unsigned_abs()) + and);
    }

    /// All mails, newest first.
    pub(crate) async fn mails(&self) -> Vec<Value> {
        let inbox = self.endpoints().url();
        let mails = HTTP.get(format!("{inbox}/inbox.json")).send().await.unwrap();
        let Value::Array(mails) = mails.json::<Value>().await.unwrap()["mails"].take() else { panic!() };
        mails
    }

    /// The mails to this address, newest first, read without HTTP: for suites that read them often.
    pub(crate) fn mails_to(&self, email: &str) -> Vec<Mail> {
        let mut mails = self.endpoints().inbox().mails();
        mails.retain(|mail| mail.to == email);
        mails
    }

    /// The subjects of the mails to this address, newest first.
    pub(crate) async fn subjects(&self, email: &str) -> Vec<String> {
        let mails = self.mails().await;
        let subjects = mails.iter().filter(|mail| mail["to"] == email).map(|mail| mail["subject"].as_str());
        subjects.map(|subject| subject.unwrap().to_owned()).collect()
    }

    /// The code in the newest mail to this address.
    pub(crate) async fn code(&self, email: &str) -> String {
        let mails = self.mails().await;
        let mail = mails.iter().find(|mail| mail["to"] == email && mail.get("code").is_some());
        let mail = mail.expect("a mail with a code to the address");
        mail["code"].as_str().unwrap().to_owned()
    }
}

impl Deref for Service {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// A clock that stands in the first second of the next noon (UTC), so that the windows that end within a test don't
/// depend on when it runs.
fn clock() -> ManualClock {
    let clock = ManualClock::starting_now();
    let into_day = clock.now().as_millis().unsigned_abs() / 1000 % DAY.as_secs();
    clock.advance(SECOND * u32::try_from(DAY.as_secs() - into_day).unwrap() + DAY / 2);
    clock
}

/// DynamoDB Local keeps the tables of each region apart.
fn new_region() -> String {
    format!("test-{}", Uuid::new_v4().simple())
}

async fn stack(clock: &ManualClock, region: &str, settings: &[(&str, &str)], also: &[&str]) -> Stack {
    // An empty setting is an unset one.
    let dynamodb = DYNAMODB.as_deref().unwrap_or_default();
    let own = [("BCRYPT_COST", "4"), ("AWS_REGION", region), ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb)];
    let settings = own.iter().chain(settings).copied();
    let clock = Clock::Manual(clock.clone());
    let also = also.iter().map(|file| local::workspace().join(file)).collect();
    Stack::start(Options { clock, also, ..Options::in_memory(settings) }).await.unwrap()
}
