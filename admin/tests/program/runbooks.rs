//! The runbooks of docs/operations.md: their commands run as written, and their policy is exactly what an operator
//! needs.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{EMAIL, PASSWORD, Service};

const HEADING: &str = "\n## What operators are asked for\n";

fn section() -> String {
    let file = fs::read_to_string(local::workspace().join("docs/operations.md")).unwrap();
    let (_, section) = file.split_once(HEADING).unwrap();
    section.split("\n## ").next().unwrap().to_owned()
}

/// The blocks of this language.
fn blocks(section: &str, language: &str) -> Vec<String> {
    let start = format!("\n```{language}\n");
    section.split(&start).skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned()).collect()
}

/// The calls to DynamoDB and SES: the action, and the table if it has one.
type Asked = BTreeSet<(String, String)>;

/// A proxy in front of DynamoDB and SES that records calls.
#[derive(Clone)]
struct Witness {
    dynamodb: String,
    api: String,
    asked: Arc<Mutex<Asked>>,
}

impl Witness {
    async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let router = Router::new().fallback(pass).with_state(self.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        port
    }
}

async fn pass(
    State(witness): State<Witness>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, Bytes) {
    let to = if let Some(target) = headers.get("x-amz-target") {
        let (_, operation) = target.to_str().unwrap().split_once('.').unwrap();
        let body = serde_json::from_slice(&body).unwrap();
        witness.asked.lock().unwrap().extend(of_dynamodb(operation, &body));
        &witness.dynamodb
    } else {
        let operation = if method == Method::DELETE { "Delete" } else { "Get" };
        let action = format!("ses:{operation}SuppressedDestination");
        witness.asked.lock().unwrap().insert((action, String::new()));
        &witness.api
    };
    headers.remove("host");
    let request = reqwest::Client::new().request(method, format!("{to}{uri}")).headers(headers);
    let answer = request.body(body).send().await.unwrap();
    (answer.status(), answer.headers().clone(), answer.bytes().await.unwrap())
}

fn of_dynamodb(operation: &str, body: &Value) -> Asked {
    let on = |operation: &str, table: &Value| {
        (format!("dynamodb:{operation}"), table.as_str().unwrap_or_default().to_owned())
    };
    if let Some(items) = body["TransactItems"].as_array() {
        let members = items.iter().flat_map(|item| item.as_object().unwrap());
        return members.map(|(kind, member)| on(&format!("{kind}Item"), &member["TableName"])).collect();
    }
    if let Some(tables) = body["RequestItems"].as_object() {
        return tables.keys().map(|table| on(operation, &json!(table))).collect();
    }
    [on(operation, &body["TableName"])].into()
}

/// What the document's policy allows on this machine's tables.
fn allowed(section: &str) -> Asked {
    let [policy] = &blocks(section, "json")[..] else { panic!("one policy") };
    let policy: Value = serde_json::from_str(policy).unwrap();
    let names =
        [("USERS_TABLE", "UsersTable"), ("CODES_TABLE", "CodesTable"), ("LIMITS_TABLE", "LimitsTable")];
    let mut allowed = Asked::new();
    for statement in policy["Statement"].as_array().unwrap() {
        let resource = statement["Resource"].as_str().unwrap();
        let table = names.iter().find(|(name, _)| resource.ends_with(&format!("table/{name}")));
        let table = table.map_or("", |(_, table)| table);
        let actions = statement["Action"].as_array().cloned().unwrap_or(vec![statement["Action"].clone()]);
        allowed.extend(actions.iter().map(|action| (action.as_str().unwrap().to_owned(), table.to_owned())));
    }
    allowed
}

/// Prepares a state in which a command has something to do.
async fn prepare(service: &Service, command: &str, folder: &Path) {
    match command {
        "clear-bounce" => {
            service.suppress(EMAIL).await;
            service.mark_undeliverable(EMAIL).await;
        }
        "clear-limits" => drop(service.me(EMAIL, "wrong password").await),
        "import" => {
            let hash = bcrypt::hash(PASSWORD, 4).unwrap();
            let rows = format!(
                "email,password_hash,is_active\nbob@example.com,{hash},t\neve@example.com,{hash},f\n"
            );
            fs::write(folder.join("users.csv"), rows).unwrap();
        }
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_runbooks_work_under_the_policy_and_need_all_of_it() {
    let service = Service::start().await;
    let witness = Witness {
        dynamodb: service.stack.dynamodb_url().to_owned(),
        api: service.stack.url(),
        asked: Arc::default(),
    };
    let port = witness.serve().await;
    let folder = tempfile::tempdir().unwrap();
    service.activated(EMAIL).await;
    service.registered("waits@example.com").await;

    let section = section();
    let blocks = blocks(&section, "sh");
    let commands =
        blocks.iter().flat_map(|block| block.lines()).filter_map(|line| line.strip_prefix("admin "));
    let mut ran = BTreeSet::new();
    // Actions without an address in the document that the program uses.
    for command in commands.chain(["delete waits@example.com", "import users.csv --replace"]) {
        let words: Vec<_> = command.split(' ').collect();
        prepare(&service, words[0], folder.path()).await;
        let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_admin"));
        program
            .args(["--local", "--region", &service.region, "--port", &port, "--dynamodb-port", &port])
            .args(&words)
            .current_dir(&folder);
        if !["export", "list", "show"].contains(&words[0]) {
            program.arg("--yes");
        }
        let output = program.output().await.unwrap();
        assert!(output.status.success(), "admin {command}: {output:?}");
        ran.insert(words[0].to_owned());
    }
    let all =
        ["clear-bounce", "clear-limits", "delete", "disable", "enable", "export", "import", "list", "show"];
    assert_eq!(ran, all.map(str::to_owned).into());
    assert_eq!(service.me("bob@example.com", PASSWORD).await, 200);

    let mut allowed = allowed(&section);
    // The tables' names come from here, which this machine does not have.
    assert!(allowed.remove(&("cloudformation:DescribeStacks".to_owned(), String::new())));
    assert_eq!(*witness.asked.lock().unwrap(), allowed);
}
