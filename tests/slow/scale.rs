//! A thousand clients at once: their answers agree with what the tables hold.
//!
//! A client that is told to retry later does so. It may have succeeded without learning of it, so an outcome is
//! reported at most once, and the tables hold it exactly once.

use std::{
    collections::{BTreeMap, HashMap},
    future,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Json, Router, routing::post};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time;

use crate::support::{
    Answer, EMAIL, NO_CODE_LIMITS, PASSWORD, PAUSE, Service, another, faults::SEND_EMAIL, serve, tally,
};

const CLIENTS: usize = 1000;
const TIME_LIMIT: Duration = Duration::from_mins(5);

/// Retries while the service is too busy to answer.
async fn insist(request: impl AsyncFn() -> Answer) -> Answer {
    loop {
        let answer = request().await;
        if answer.status != 503 {
            return answer;
        }
        time::sleep(Duration::from_secs(answer.body["retry_after"].as_u64().unwrap())).await;
    }
}

/// Makes every client's request at once, and returns how often each outcome occurred.
#[expect(clippy::print_stdout, reason = "the figures are for whoever runs it")]
async fn at_once(what: &str, request: impl AsyncFn(usize) -> Answer) -> BTreeMap<String, usize> {
    let (started, request) = (Instant::now(), &request);
    let all = join_all((0..CLIENTS).map(|client| insist(async move || request(client).await)));
    let tally = tally(&time::timeout(TIME_LIMIT, all).await.expect("it ends in time"));
    println!("{CLIENTS} clients {what}: {tally:?} in {:.1} s", started.elapsed().as_secs_f64());
    tally
}

/// How often this outcome occurred; the only other ones are `others`.
#[track_caller]
fn count(tally: &BTreeMap<String, usize>, outcome: &str, others: &[&str]) -> usize {
    assert!(tally.keys().all(|key| key == outcome || others.contains(&&**key)), "{tally:?}");
    tally.get(outcome).copied().unwrap_or_default()
}

fn number(attribute: &Value) -> usize {
    attribute["N"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute: tests/slow/scale.sh runs it"]
async fn a_thousand_clients_on_one_address() {
    let settings = [("CODES_PER_HOUR", "100"), ("CODES_PER_CLIENT_PER_DAY", "100")];
    let service = Service::with(&settings).await;
    let passwords: Vec<_> = (0..CLIENTS).map(|client| format!("password number {client}")).collect();
    let fresh_code = async |password: &str| {
        service.clock.advance(PAUSE);
        insist(async || service.send_code(EMAIL, password).await).await.expect(202);
        service.code(EMAIL).await
    };

    let told = at_once("register", async |client| service.register(EMAIL, &passwords[client]).await).await;
    assert!(count(&told, "success", &["too-many-codes", "too-many-requests"]) <= 1);
    let users = service.items("UsersTable").await;
    let hash = users[0]["password_hash"]["S"].as_str().unwrap();
    let mut owners = passwords.iter().filter(|password| bcrypt::verify(password, hash).unwrap());
    let (Some(password), None) = (owners.next(), owners.next()) else { panic!("one owner") };
    let limits = service.items("LimitsTable").await;
    let requests = limits.iter().find(|item| item["key"]["S"].as_str().unwrap().starts_with("requests/"));
    assert_eq!((users.len(), limits.len(), number(&requests.unwrap()["count"])), (1, 3, 100));

    let wrong = another(&fresh_code(password).await);
    let told = at_once("guess", async |_| service.activate(EMAIL, password, &wrong).await).await;
    assert!(count(&told, "code-incorrect", &["code-expired"]) <= 3);
    assert_eq!(number(&service.items("CodesTable").await[0]["attempts"]), 3);

    service.clock.advance(PAUSE);
    let sent = async || service.user_item(EMAIL).await["short_codes"]["L"].as_array().unwrap().len();
    let sent_before = sent().await;
    let told = at_once("ask for a code", async |_| service.send_code(EMAIL, password).await).await;
    assert!(count(&told, "success", &["too-many-codes"]) <= 1);
    assert_eq!(sent().await, sent_before + 1);

    let code = fresh_code(password).await;
    let told = at_once("activate", async |_| service.activate(EMAIL, password, &code).await).await;
    assert!(count(&told, "success", &["already-activated", "code-expired"]) <= 1);
    assert_eq!(service.user_item(EMAIL).await["activated"]["BOOL"], true);
    assert!(service.items("CodesTable").await.is_empty());

    let told = at_once("try a wrong password", async |_| service.me(EMAIL, PASSWORD).await).await;
    assert!(count(&told, "unauthorized", &["too-many-attempts"]) <= 10);
    let limits = service.items("LimitsTable").await;
    let failures = limits.iter().filter(|item| item["key"]["S"].as_str().unwrap().starts_with("passwords/"));
    let counts: Vec<_> = failures
        .flat_map(|item| item.as_object().unwrap())
        .filter(|(name, _)| *name == "count" || name.starts_with("quarter_"))
        .map(|(_, count)| number(count))
        .collect();
    assert_eq!(counts, [10, 10]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute: tests/slow/scale.sh runs it"]
async fn a_thousand_addresses_at_once() {
    let mailbox = Mailbox::default();
    let ses = mailbox.clone().serve().await;
    let settings = [("AWS_ENDPOINT_URL_SESV2", &*ses), ("CODES_PER_HOUR", "1000000"), ("CODE_ATTEMPTS", "0")];
    let service = Service::with(&[settings.as_slice(), &NO_CODE_LIMITS].concat()).await;
    let email = |client| format!("user{client}@example.com");

    let told =
        at_once("register an address each", async |client| service.register(&email(client), PASSWORD).await);
    assert_eq!(count(&told.await, "success", &[]), CLIENTS);
    let told = at_once("activate it", async |client| {
        let email = email(client);
        service.activate(&email, PASSWORD, &mailbox.code(&email)).await
    });
    let told = told.await;
    assert!(count(&told, "success", &["already-activated"]) <= CLIENTS);
    let told = at_once("sign in", async |client| service.me(&email(client), PASSWORD).await).await;
    assert_eq!(count(&told, "success", &[]), CLIENTS);

    let users = service.items("UsersTable").await;
    assert_eq!(users.len(), CLIENTS);
    assert!(users.iter().all(|user| user["activated"]["BOOL"] == true));
    assert!(service.items("CodesTable").await.is_empty());
    let limits = service.items("LimitsTable").await;
    assert_eq!(limits.len(), 1);
    assert!(number(&limits[0]["count"]) >= CLIENTS);
}

/// An SES endpoint that keeps the newest code of each address. Clones are the same.
#[derive(Clone, Default)]
struct Mailbox(Arc<Mutex<HashMap<String, String>>>);

impl Mailbox {
    async fn serve(self) -> String {
        let receive = move |Json(mail): Json<Value>| future::ready(self.receive(&mail));
        serve(Router::new().route(SEND_EMAIL, post(receive))).await
    }

    fn receive(&self, mail: &Value) -> Json<Value> {
        let to = mail["Destination"]["ToAddresses"][0].as_str().unwrap();
        let subject = mail["Content"]["Simple"]["Subject"]["Data"].as_str().unwrap();
        let code = subject.chars().filter(char::is_ascii_digit).collect();
        self.0.lock().unwrap().insert(to.to_owned(), code);
        Json(json!({"MessageId": "1"}))
    }

    fn code(&self, email: &str) -> String {
        self.0.lock().unwrap()[email].clone()
    }
}
