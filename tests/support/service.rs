//! The service under test, in the test's own process: its clock, its settings, its tables and its mails.
//!
//! With `TEST_DYNAMODB_URL` set, that endpoint replaces the embedded one; each test has its own region, and so its own
//! tables.

use std::{ops::Deref, sync::LazyLock, time::Duration};

use local::{Mail, Options, Stack};
use serde_json::{Value, json};
use shared::{
    clock::{Clock, ManualClock},
    email_address::EmailAddress,
    registration::Registration,
    store::{Store, Tables, Wanted, Written},
};
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
    region: String,
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

    /// The user with this address, as DynamoDB keeps it.
    pub(crate) async fn user_item(&self, email: &str) -> Value {
        self.item("UsersTable", email).await
    }

    /// The code of this address, as DynamoDB keeps it.
    pub(crate) async fn code_item(&self, email: &str) -> Value {
        self.item("CodesTable", email).await
    }

    /// The tables, as an operator reaches them.
    pub(crate) fn store(&self) -> Store {
        let tables = Tables {
            users: "UsersTable".to_owned(),
            codes: "CodesTable".to_owned(),
            limits: "LimitsTable".to_owned(),
        };
        Store::new(self.behind.as_ref().unwrap_or(&self.stack).dynamodb(), tables)
    }

    /// What the tables hold under [`EMAIL`], as an operator reads it.
    pub(crate) async fn found(&self) -> Registration {
        let email = EmailAddress::parse(EMAIL).unwrap();
        self.store().read(&email, Wanted::default()).await.unwrap().registration.unwrap()
    }

    /// Disables the account of [`EMAIL`], as an operator does.
    pub(crate) async fn disable(&self) {
        let account = self.found().await.into_active().unwrap();
        assert_eq!(self.store().disable(&account, self.clock.now()).await.unwrap(), Written::Committed);
    }

    /// Enables it again.
    pub(crate) async fn enable(&self) {
        let Registration::Disabled(disabled) = self.found().await else { panic!("it is not disabled") };
        assert_eq!(self.store().enable(&disabled).await.unwrap(), Written::Committed);
    }

    /// Gives a user another hash, as if it had been made elsewhere.
    pub(crate) async fn set_hash(&self, email: &str, hash: &str) {
        let request = json!({
            "TableName": "UsersTable",
            "Key": {"email": {"S": email}},
            "UpdateExpression": "SET password_hash = :hash",
            "ExpressionAttributeValues": {":hash": {"S": hash}},
        });
        self.dynamodb("UpdateItem", request).await;
    }

    /// Replaces the user of its address.
    pub(crate) async fn put_user_item(&self, item: Value) {
        self.put_item("UsersTable", item).await;
    }

    /// Replaces the code of its address.
    pub(crate) async fn put_code_item(&self, item: Value) {
        self.put_item("CodesTable", item).await;
    }

    async fn put_item(&self, table: &str, item: Value) {
        let answer = self.dynamodb("PutItem", json!({"TableName": table, "Item": item})).await;
        assert_eq!(answer, json!({}));
    }

    /// Puts this into the limits table.
    pub(crate) async fn put_limit_item(&self, item: Value) {
        let answer = self.dynamodb("PutItem", json!({"TableName": "LimitsTable", "Item": item})).await;
        assert_eq!(answer, json!({}));
    }

    /// Deletes the code of this address, as TTL does some time after it has expired.
    pub(crate) async fn delete_code_item(&self, email: &str) {
        let request = json!({"TableName": "CodesTable", "Key": {"email": {"S": email}}});
        let answer = self.dynamodb("DeleteItem", request).await;
        assert_eq!(answer, json!({}));
    }

    /// The user with this address, its activation code and its reset code, read at once.
    pub(crate) async fn user_and_code_items(&self, email: &str) -> (Value, [Value; 2]) {
        let reset = format!("reset:{email}");
        let keys = |emails: &[&str]| {
            let keys = emails.iter().map(|email| json!({"email": {"S": email}})).collect::<Vec<_>>();
            json!({"ConsistentRead": true, "Keys": keys})
        };
        let request =
            json!({"RequestItems": {"UsersTable": keys(&[email]), "CodesTable": keys(&[email, &reset])}});
        let found = self.dynamodb("BatchGetItem", request).await["Responses"].take();
        let item = |table: &str, key: &str| {
            let items = found[table].as_array().unwrap();
            items.iter().find(|item| item["email"]["S"] == key).cloned().unwrap_or_default()
        };
        (item("UsersTable", email), [item("CodesTable", email), item("CodesTable", &reset)])
    }

    async fn item(&self, table: &str, email: &str) -> Value {
        let request = json!({"TableName": table, "ConsistentRead": true, "Key": {"email": {"S": email}}});
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

    /// Deletes the user with this address.
    pub(crate) async fn delete_user(&self, email: &str) {
        let request = json!({"TableName": "UsersTable", "Key": {"email": {"S": email}}});
        assert_eq!(self.dynamodb("DeleteItem", request).await, json!({}));
    }

    /// Has DynamoDB tell each change of the users from now on, as the template has it with `Events=on`.
    pub(crate) async fn start_stream(&self) {
        let stream = json!({"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"});
        let request = json!({"TableName": "UsersTable", "StreamSpecification": stream});
        self.dynamodb("UpdateTable", request).await;
    }

    /// The changes of the users since then, as a pipe would bring them.
    pub(crate) async fn changes(&self) -> Vec<Value> {
        let call = async |operation: &str, request| {
            self.aws(&format!("DynamoDBStreams_20120810.{operation}"), request).await
        };
        let streams = call("ListStreams", json!({"TableName": "UsersTable"})).await;
        let stream = &streams["Streams"][0]["StreamArn"];
        let described = call("DescribeStream", json!({"StreamArn": stream})).await;
        let mut changes = Vec::new();
        for shard in described["StreamDescription"]["Shards"].as_array().unwrap() {
            let request = json!({"StreamArn": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"});
            let iterator = call("GetShardIterator", request).await["ShardIterator"].take();
            // All are in the first answer: 1,000 at the most, of 1 MB.
            let mut read = call("GetRecords", json!({"ShardIterator": iterator})).await;
            changes.append(read["Records"].as_array_mut().unwrap());
        }
        changes
    }

    async fn dynamodb(&self, operation: &str, request: Value) -> Value {
        self.aws(&format!("DynamoDB_20120810.{operation}"), request).await
    }

    async fn aws(&self, target: &str, request: Value) -> Value {
        let credential = format!("local/20260101/{}/dynamodb/aws4_request", self.region);
        let signature = format!("Credential={credential}, SignedHeaders=host, Signature=0");
        let answer = HTTP
            .post(self.behind.as_ref().unwrap_or(&self.stack).dynamodb_url())
            .header("x-amz-target", target)
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

    /// The mails to this address, newest first, read without HTTP: for suites that read them often.
    pub(crate) fn mails_to(&self, email: &str) -> Vec<Mail> {
        let mut mails = self.behind.as_ref().unwrap_or(&self.stack).inbox().mails();
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
