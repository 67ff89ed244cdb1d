//! What response times reveal: `cargo run --package tests --example timing 2>/dev/null`.
//!
//! Unknown address, wrong password, and right password of an account that is not active, in turns, on the whole stack
//! except HTTP. If the first two can't be told apart, an attacker doesn't learn who is registered. The third answers
//! 403 instead of 401 anyway: it is here to show what counting a wrong password costs.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program for whoever runs it")]

use std::time::{Duration, Instant};

use base64::{Engine, prelude::BASE64_STANDARD};
use local::{Options, Stack};
use serde_json::json;

const ROUNDS: usize = 300;
const WARM_UP: usize = 20;
const PASSWORD: &str = "correct horse battery";
const CASES: [(&str, &str, &str, u16); 3] = [
    ("unknown address", "nobody@example.com", PASSWORD, 401),
    ("wrong password", "ada@example.com", "wrong horse battery", 401),
    ("right password", "ada@example.com", PASSWORD, 403),
];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for (title, limit) in [("limits off", "0"), ("wrong passwords counted", "1000000")] {
        let stack = start(limit).await;
        let account = json!({"email": "ada@example.com", "password": PASSWORD}).to_string();
        let (status, _) = timed(&stack, "POST /api/register", "", &account).await;
        assert_eq!(status, 201);
        println!("{title}, {ROUNDS} rounds, milliseconds");
        print(&measure(&stack).await);
        stack.stop().await;
    }
}

async fn start(limit: &str) -> Stack {
    let settings = [
        ("BCRYPT_COST", "10"),
        ("PASSWORD_FAILURES_PER_QUARTER_HOUR", limit),
        ("PASSWORD_FAILURES_PER_DAY", limit),
    ];
    Stack::start(Options::in_memory(settings)).await.unwrap()
}

/// The times of each case, sorted.
async fn measure(stack: &Stack) -> [Vec<Duration>; 3] {
    let mut times = [const { Vec::new() }; 3];
    for round in 0..WARM_UP + ROUNDS {
        for turn in 0..CASES.len() {
            // Each case follows each other case equally often.
            let which = if round % 2 == 0 { (round + turn) % 3 } else { (round + 3 - turn) % 3 };
            let (_, email, password, expected) = CASES[which];
            let authorization = format!("Basic {}", BASE64_STANDARD.encode(format!("{email}:{password}")));
            let (status, took) = timed(stack, "GET /api/me", &authorization, "").await;
            assert_eq!(status, expected);
            if round >= WARM_UP {
                times[which].push(took);
            }
        }
    }
    for times in &mut times {
        times.sort();
    }
    times
}

/// Invokes a function, and returns its status and how long it took.
async fn timed(stack: &Stack, route: &str, authorization: &str, body: &str) -> (u16, Duration) {
    let (method, path) = route.split_once(' ').unwrap();
    let event = json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "example.com", "content-type": "application/json", "authorization": authorization},
        "requestContext": {
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": ""},
            "requestId": "id",
            "routeKey": route,
            "stage": "$default",
        },
        "body": body,
        "isBase64Encoded": false,
    });
    let started = Instant::now();
    let reply = stack.invoke(route, &event).await.unwrap();
    let took = started.elapsed();
    (reply["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap(), took)
}

fn print(times: &[Vec<Duration>; 3]) {
    let at = |times: &[Duration], percent: usize| times[times.len() * percent / 100].as_secs_f64() * 1000.0;
    let [_, wrong, _] = times;
    println!("{:16} {:>8} {:>8} {:>8} {:>8} {:>8}", "", "p5", "median", "p95", "ratio", "slower");
    for ((name, ..), own) in CASES.iter().zip(times) {
        let (p5, median, p95) = (at(own, 5), at(own, 50), at(own, 95));
        let ratio = median / at(wrong, 50);
        println!("{name:16} {p5:8.2} {median:8.2} {p95:8.2} {ratio:8.3} {:7.1}%", slower(own, wrong));
    }
    println!(
        "ratio: of the medians, to a wrong password; slower: than a wrong password, in so many of all pairs\n"
    );
}

/// In what percentage of all pairs the first is greater; 50 means that they can't be told apart.
fn slower(these: &[Duration], than: &[Duration]) -> f64 {
    let (mut pairs, mut sum) = (0.0, 0.0);
    for (this, that) in these.iter().flat_map(|this| than.iter().map(move |that| (this, that))) {
        pairs += 1.0;
        sum += f64::from(this.cmp(that) as i8);
    }
    50.0 + 50.0 * sum / pairs
}
