//! The tables of the service under test: as DynamoDB keeps them, as an operator reaches them, and their stream.

use serde_json::{Value, json};
use shared::{
    email_address::EmailAddress,
    registration::Registration,
    store::{Store, Tables, Wanted, Written},
};

use super::{
    client::HTTP,
    service::{EMAIL, Service},
};

impl Service {
    /// The tables, as an operator reaches them.
    pub(crate) fn store(&self) -> Store {
        let tables = Tables {
            users: "UsersTable".to_owned(),
            codes: "CodesTable".to_owned(),
            limits: "LimitsTable".to_owned(),
        };
        Store::new(self.endpoints().dynamodb(), tables)
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

    /// The user with this address, as DynamoDB keeps it.
    pub(crate) async fn user_item(&self, email: &str) -> Value {
        self.item("UsersTable", email).await
    }

    /// The code of this address, as DynamoDB keeps it.
    pub(crate) async fn code_item(&self, email: &str) -> Value {
        self.item("CodesTable", email).await
    }

    /// Gives a user another hash of the password, as if it had been made elsewhere, and returns it.
    pub(crate) async fn set_hash(&self, email: &str, password: &str, cost: u32) -> String {
        let hash = bcrypt::hash(password, cost).unwrap();
        let request = json!({
            "TableName": "UsersTable",
            "Key": {"email": {"S": email}},
            "UpdateExpression": "SET password_hash = :hash",
            "ExpressionAttributeValues": {":hash": {"S": hash}},
        });
        self.dynamodb("UpdateItem", request).await;
        hash
    }

    /// Puts an item into a table.
    pub(crate) async fn put_item(&self, table: &str, item: Value) {
        let answer = self.dynamodb("PutItem", json!({"TableName": table, "Item": item})).await;
        assert_eq!(answer, json!({}));
    }

    /// Deletes the item of an address, as TTL does some time after it has expired.
    pub(crate) async fn delete_item(&self, table: &str, email: &str) {
        let request = json!({"TableName": table, "Key": {"email": {"S": email}}});
        assert_eq!(self.dynamodb("DeleteItem", request).await, json!({}));
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
            .post(self.endpoints().dynamodb_url())
            .header("x-amz-target", target)
            .header("content-type", "application/x-amz-json-1.0")
            .header("authorization", format!("AWS4-HMAC-SHA256 {signature}"))
            .header("x-amz-date", "20260101T000000Z")
            .body(request.to_string());
        answer.send().await.unwrap().json().await.unwrap()
    }
}
