//! The cost of a request with ten users, ten thousand and a million.
//!
//! Round trips and capacity are counted on the wire; the capacity is what DynamoDB reports that it would bill.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use dynoxide::{Database, ImportOptions, types::AttributeValue};
use local::{Options, Stack, Storage};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, PASSWORD, PAUSE, Service, builder, serve};

const SIZES: [usize; 3] = [10, 10_000, 1_000_000];
const SAMPLES: usize = 20;
const ROUTES: [&str; 8] = [
    "register",
    "send-code",
    "activate",
    "me",
    "change-password",
    "forgot-password",
    "reset-password",
    "delete-account",
];

/// The passwords after the first.
const OTHERS: [&str; 2] = ["another password", "a third password"];

/// What one request asked of DynamoDB.
#[derive(Clone, Debug, Default, PartialEq)]
struct Used {
    calls: Vec<String>,
    read_units: f64,
    write_units: f64,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: tests/slow/scale.sh runs it"]
#[expect(clippy::print_stdout, reason = "the table is for whoever runs it")]
async fn a_request_costs_the_same_however_many_users_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let behind = stack(folder.path()).await;
    let (meter, url) = Meter::start(behind.dynamodb_url()).await;
    let settings = [("AWS_ENDPOINT_URL_DYNAMODB", &*url), ("CODES_PER_HOUR", "1000")];
    let service = Service::with(&settings).await;
    meter.take();

    println!(
        "{:>9}  {:<15}  {:>11}  {:>4}  {:>4}  {:>9}",
        "users", "route", "round trips", "RCU", "WCU", "median ms"
    );
    let mut first: Vec<(Used, Duration)> = Vec::new();
    let mut there = 0;
    for size in SIZES {
        fill(folder.path(), there, size);
        there = size;
        let mut samples = Vec::new();
        for number in 0..SAMPLES {
            samples.push(journey(&service, &meter, &format!("sample{size}-{number}@example.com")).await);
        }
        for (index, route) in ROUTES.into_iter().enumerate() {
            let mut times: Vec<_> = samples.iter().map(|sample| sample[index].1).collect();
            times.sort();
            let (used, median) = (&samples[0][index].0, times[SAMPLES / 2]);
            let Used { calls, read_units, write_units } = used;
            let millis = median.as_secs_f64() * 1000.0;
            println!(
                "{size:>9}  {route:<15}  {:>11}  {read_units:>4}  {write_units:>4}  {millis:>9.1}",
                calls.len()
            );
            assert!(
                samples.iter().all(|sample| sample[index].0 == *used),
                "{route} costs now this, now that"
            );
            match first.get(index) {
                None => first.push((used.clone(), median)),
                Some((used_at_first, median_at_first)) => {
                    assert_eq!(used, used_at_first);
                    // If a table were scanned, it would take a hundred thousand times as long.
                    assert!(median < *median_at_first * 3, "{route} takes longer with {size} users");
                }
            }
        }
    }
    drop(behind);
}

/// What each step of a journey used, and how long it took.
async fn journey(service: &Service, meter: &Meter, email: &str) -> [(Used, Duration); 8] {
    let registered = measured(meter, 201, service.register(email, PASSWORD)).await;
    service.clock.advance(PAUSE);
    let sent = measured(meter, 202, service.send_code(email, PASSWORD)).await;
    let code = service.code(email).await;
    let activated = measured(meter, 200, service.activate(email, PASSWORD, &code)).await;
    let me = measured(meter, 200, service.me(email, PASSWORD)).await;
    let [second, third] = OTHERS;
    let changed = measured(meter, 200, service.change_password(email, PASSWORD, second)).await;
    let forgotten = measured(meter, 202, service.forgot_password(email)).await;
    let code = service.code(email).await;
    let reset = measured(meter, 200, service.reset_password(email, &code, third)).await;
    let deleted = measured(meter, 204, service.delete(email, third)).await;
    [registered, sent, activated, me, changed, forgotten, reset, deleted]
}

async fn measured(meter: &Meter, status: u16, request: impl Future<Output = Answer>) -> (Used, Duration) {
    let started = Instant::now();
    let answer = request.await;
    let took = started.elapsed();
    answer.expect(status);
    (meter.take(), took)
}

/// The stack that keeps the tables, in a file.
async fn stack(folder: &Path) -> Stack {
    let storage = Storage::Folder(folder.to_owned());
    Stack::start(Options { storage, ..Options::in_memory([]) }).await.unwrap()
}

/// Adds active users to the table, up to `size`.
fn fill(folder: &Path, there: usize, size: usize) {
    let file = folder.join("dynamodb.sqlite");
    let database = Database::new(file.to_str().unwrap()).unwrap();
    let numbers: Vec<_> = (there..size).collect();
    for some in numbers.chunks(10_000) {
        let items = some.iter().map(|number| user(*number)).collect();
        database.import_items("UsersTable", items, ImportOptions::default()).unwrap();
    }
}

fn user(number: usize) -> HashMap<String, AttributeValue> {
    let text = |value: String| AttributeValue::S(value);
    let instant = || AttributeValue::N("1767225600000".to_owned());
    HashMap::from([
        ("email".to_owned(), text(format!("user{number}@example.com"))),
        ("id".to_owned(), text(Uuid::new_v4().to_string())),
        ("password_hash".to_owned(), text(format!("$2b$12${number:053}"))),
        ("activated".to_owned(), AttributeValue::BOOL(true)),
        ("created_at".to_owned(), instant()),
        ("activated_at".to_owned(), instant()),
    ])
}

/// A proxy in front of DynamoDB that makes each call report what it consumes.
#[derive(Clone)]
struct Meter {
    target: String,
    http: reqwest::Client,
    used: Arc<Mutex<Used>>,
}

impl Meter {
    /// The meter, and its URL.
    async fn start(target: &str) -> (Self, String) {
        let meter =
            Self { target: target.to_owned(), http: builder().build().unwrap(), used: Arc::default() };
        let url = serve(Router::new().fallback(pass).with_state(meter.clone())).await;
        (meter, url)
    }

    /// What was used since the last call of this.
    fn take(&self) -> Used {
        std::mem::take(&mut self.used.lock().unwrap())
    }
}

async fn pass(State(meter): State<Meter>, mut headers: HeaderMap, body: Bytes) -> (StatusCode, Bytes) {
    let operation = headers["x-amz-target"].to_str().unwrap().rsplit('.').next().unwrap().to_owned();
    let mut request: Value = serde_json::from_slice(&body).unwrap();
    if !operation.ends_with("Table") && !operation.ends_with("TimeToLive") {
        request["ReturnConsumedCapacity"] = json!("TOTAL");
    }
    headers.remove("host");
    headers.remove("content-length");
    let answer = meter.http.post(&meter.target).headers(headers).body(request.to_string());
    let answer = answer.send().await.unwrap();
    let (status, answer) = (answer.status(), answer.bytes().await.unwrap());

    let consumed = serde_json::from_slice::<Value>(&answer).unwrap()["ConsumedCapacity"].take();
    let tables = if let Value::Array(tables) = consumed { tables } else { vec![consumed] };
    let units: f64 = tables.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum();
    let mut used = meter.used.lock().unwrap();
    match &*operation {
        "GetItem" | "BatchGetItem" => used.read_units += units,
        _ => used.write_units += units,
    }
    used.calls.push(operation);
    (status, answer)
}
