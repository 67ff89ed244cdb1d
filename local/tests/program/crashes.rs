//! Killed under load, again and again: whatever a client was told is true, whatever was lost.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio::{
    join,
    sync::mpsc::{UnboundedSender, unbounded_channel},
};

use crate::program::Program;

const KILLS: usize = 50;
const CLIENTS: usize = 8;
const PASSWORD: &str = "some password";
const SETTINGS: [(&str, &str); 3] =
    [("CODES_PER_HOUR", "0"), ("CODE_COOLDOWN_SECONDS", "0"), ("CODE_LIFETIME_SECONDS", "3600")];

/// A success that a client was told: the address and the status.
type Success = (String, u16);
/// An address and its valid code.
type Pending = (String, String);

#[tokio::test]
#[ignore = "takes a minute or two: tests/slow/scale.sh runs it"]
#[expect(clippy::print_stdout, reason = "the figures are for whoever runs it")]
async fn confirmed_writes_survive_fifty_kills_under_load() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--data", folder.path().to_str().unwrap()];
    let (mut all, mut pending) = (Vec::new(), Vec::new());
    for round in 0..KILLS {
        let program = Program::start(&arguments, &SETTINGS).await;
        let (successes, codes) = kill_under_load(program, round, &pending).await;
        let program = Program::start(&arguments, &SETTINGS).await;
        check(&program, &successes).await;
        program.kill().await;
        // Whether these codes were kept shows when the next round uses them.
        let sent_again = successes.iter().filter(|(_, status)| *status == 202);
        pending =
            sent_again.filter_map(|(email, _)| Some((email.clone(), codes.get(email)?.clone()))).collect();
        all.extend(successes);
    }
    let program = Program::start(&arguments, &SETTINGS).await;
    let of_status =
        |wanted| all.iter().filter(move |(_, status)| *status == wanted).cloned().collect::<Vec<_>>();
    let [registered, sent_again, activated] = [201, 202, 200].map(of_status);
    check(&program, &activated).await;
    assert!(activated.len() > KILLS, "too little was done between the kills");
    println!(
        "{KILLS} kills under load: {} answers 201, {} answers 202, {} answers 200, none lost",
        registered.len(),
        sent_again.len(),
        activated.len()
    );
}

/// Whether the program still has everything that it confirmed.
async fn check(program: &Program, successes: &[Success]) {
    for (email, status) in successes {
        let expected = if *status == 200 { 200 } else { 403 };
        assert_eq!(program.me((email, PASSWORD)).await, expected, "{email} was told {status}");
    }
}

/// Kills the program in the middle of its work. Returns what clients were told, and the newest code of each address.
async fn kill_under_load(
    program: Program,
    round: usize,
    pending: &[Pending],
) -> (Vec<Success>, BTreeMap<String, String>) {
    let (tell, mut told) = unbounded_channel();
    let clients = (0..CLIENTS).map(|number| {
        let share = pending.iter().skip(number).step_by(CLIENTS).cloned().collect();
        until_the_end(&program, format!("round{round}-client{number}"), share, tell.clone())
    });
    let kill = async {
        let mut successes = Vec::new();
        // At a different moment each time, and always with requests in progress.
        while successes.len() < 5 * CLIENTS + round {
            told.recv_many(&mut successes, 1).await;
        }
        program.signal("KILL").await;
        successes
    };
    let (mut successes, _) = join!(kill, join_all(clients));
    drop(tell);
    while told.recv_many(&mut successes, CLIENTS).await > 0 {}

    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mails = program.ended().await.stdout;
    let mails = mails.iter().map(|line| serde_json::from_str::<Value>(line).unwrap()["mail"].take());
    (successes, mails.map(|mail| (text(&mail["to"]), text(&mail["code"]))).collect())
}

/// A client that activates pending addresses and registers others, until it gets no more answers.
async fn until_the_end(
    program: &Program,
    name: String,
    mut pending: Vec<Pending>,
    tell: UnboundedSender<Success>,
) {
    for number in 0.. {
        if let Some((email, code)) = pending.pop() {
            let request = program.post("/api/activate").basic_auth(&email, Some(PASSWORD));
            if !answered(request.json(&json!({"code": code})), 200).await {
                return;
            }
            tell.send((email, 200)).unwrap();
        }
        let email = format!("{name}-{number}@example.com");
        let account = json!({"email": email, "password": PASSWORD});
        if !answered(program.post("/api/register").json(&account), 201).await {
            return;
        }
        tell.send((email.clone(), 201)).unwrap();
        if !answered(program.post("/api/send-code").basic_auth(&email, Some(PASSWORD)), 202).await {
            return;
        }
        tell.send((email, 202)).unwrap();
    }
}

/// Whether there was an answer, which can only be this one.
async fn answered(request: RequestBuilder, status: u16) -> bool {
    let Ok(answer) = request.send().await else { return false };
    assert_eq!(answer.status(), status);
    true
}
