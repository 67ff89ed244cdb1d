//! Every AWS call that a route makes, under every fault: what the client is told, and what the tables then hold.
//!
//! A transient fault is gone at the second attempt, a permanent one outlasts all attempts of the SDK. The expected
//! outcome follows from the call and the fault; [`case`] checks that nothing is half done and that a retry heals it.

mod bench;
mod case;
mod failure;
mod scenario;
mod tables;
mod trial;

use std::{
    fmt::Write,
    sync::{Arc, Mutex},
};

use futures_util::future::join_all;

use self::{
    bench::Bench,
    case::{Case, Outcome},
    failure::{FAILURES, Failure},
    scenario::{Effect, Request, SCENARIOS, Scenario},
};
use crate::support::faults::SEND_EMAIL;

/// How many cases run at once: they wait more than they compute.
const BENCHES: usize = 32;

/// What the client is told if the mail of a code fails.
fn unsent(request: Request) -> &'static str {
    match request {
        Request::Register => "201 unsent",
        Request::ForgotPassword => "202",
        _ => "503 mail",
    }
}

/// Whether the call can conflict with a transaction: if it writes an item that transactions also write.
fn can_conflict(scenario: &Scenario, call: usize) -> bool {
    matches!(
        scenario.calls[call],
        ("TransactWriteItems", _) | ("UpdateItem", Effect::Attempted | Effect::Renewed)
    )
}

/// What the client is told, and what the tables then hold.
fn expected(Case { scenario, call, fault, lasting }: &Case) -> (&'static str, Effect) {
    let (operation, done) = scenario.calls[*call];
    let before = call.checked_sub(1).map_or(Effect::Nothing, |previous| scenario.calls[previous].1);
    let effect = if fault.takes_effect() { done } else { before };
    let unreported = *call >= scenario.calls.len() - scenario.unreported;
    // The SDK does not retry conflicts. Handlers do, except an attempt at a code and a renewed hash.
    let ends = *lasting || (*fault == Failure::Conflict && operation == "UpdateItem");
    match (ends, operation) {
        // A count whose answer was lost is retried, and counts twice.
        (false, "UpdateItem") if scenario.end.1 == Effect::Nothing && fault.takes_effect() => {
            (scenario.end.0, Effect::Counted)
        }
        (false, _) => scenario.end,
        (true, _) if unreported => (scenario.end.0, effect),
        (true, SEND_EMAIL) if matches!(fault, Failure::Throttled | Failure::Refused) => {
            (unsent(scenario.request), Effect::Withdrawn)
        }
        (true, SEND_EMAIL) => (unsent(scenario.request), Effect::Stored),
        (true, _) => ("503", effect),
    }
}

/// All cases, and the position of each in the printed matrix.
fn cases() -> Vec<Case> {
    let rows =
        SCENARIOS.iter().flat_map(|scenario| scenario.faulted.iter().map(move |call| (scenario, *call)));
    let cases = rows.flat_map(|(scenario, call)| {
        let faults = FAILURES.iter().map(|(fault, _)| *fault);
        let faults = faults.filter(move |fault| *fault != Failure::Conflict || can_conflict(scenario, call));
        faults.flat_map(move |fault| [false, true].map(|lasting| Case { scenario, call, fault, lasting }))
    });
    cases.collect()
}

/// Runs one case after the other until none is left.
async fn try_all(left: Arc<Mutex<Vec<Case>>>) -> Vec<(Case, Outcome)> {
    let bench = Bench::start().await;
    let mut tried = Vec::new();
    loop {
        let Some(case) = left.lock().unwrap().pop() else { return tried };
        let outcome = case.outcome(&bench, expected(&case)).await;
        tried.push((case, outcome));
    }
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "the matrix is for whoever reads it")]
async fn under_every_fault_of_every_call_the_answer_is_true_and_a_retry_heals() {
    let mut cases = cases();
    // The longest cases first.
    cases.sort_by_key(|case| (case.lasting, case.fault == Failure::TooSlow));
    let left = Arc::new(Mutex::new(cases));
    let benches = (0..BENCHES).map(|_| tokio::spawn(try_all(Arc::clone(&left))));
    let tried = join_all(benches).await.into_iter().flat_map(Result::unwrap).collect::<Vec<_>>();
    println!("{}\n{} cells", matrix(&tried), tried.len());
    let is_wrong = |(case, outcome): &&(Case, Outcome)| !outcome.is(expected(case));
    let wrong = tried.iter().filter(is_wrong).map(|(case, outcome)| format!("{case:?}: {outcome}"));
    assert_eq!(wrong.collect::<Vec<_>>(), [""; 0]);
    let count = format!("{} cells", tried.len());
    assert!(
        include_str!("../../SECURITY.md").contains(&count),
        "SECURITY.md says another count than {count}"
    );
}

/// A table of transient faults and one of permanent ones: a row for each call, a column for each fault.
fn matrix(tried: &[(Case, Outcome)]) -> String {
    let mut lines = String::new();
    for (lasting, title) in [(false, "a fault that passes"), (true, "a fault that lasts")] {
        let mut columns = vec![vec![title.to_owned()]];
        columns.extend(FAILURES.map(|(_, name)| vec![name.to_owned()]));
        for scenario in &SCENARIOS {
            for call in scenario.faulted {
                columns[0].push(scenario.row(*call));
                for (column, (fault, _)) in columns[1..].iter_mut().zip(FAILURES) {
                    let is_here = |case: &Case| {
                        std::ptr::eq(case.scenario, scenario)
                            && (case.call, case.fault, case.lasting) == (*call, fault, lasting)
                    };
                    let here = tried.iter().find(|(case, _)| is_here(case));
                    column.push(here.map_or_else(|| "-".to_owned(), |(_, outcome)| outcome.to_string()));
                }
            }
        }
        for row in 0..columns[0].len() {
            for column in &columns {
                let width = column.iter().map(String::len).max().unwrap_or_default() + 2;
                write!(lines, "{:width$}", column[row]).unwrap();
            }
            lines.push('\n');
        }
    }
    lines
}

#[tokio::test]
async fn each_scenario_of_the_matrix_makes_the_calls_that_are_faulted_in_it() {
    let bench = Bench::start().await;
    for scenario in &SCENARIOS {
        let last = *scenario.faulted.iter().max().unwrap();
        let calls = scenario.calls[..=last].iter().map(|(operation, _)| (*operation).to_owned());
        let (ses, dynamodb): (Vec<_>, Vec<_>) = calls.partition(|operation| operation == SEND_EMAIL);
        let [made_of_dynamodb, made_of_ses] = bench.calls(scenario).await;
        assert!(made_of_dynamodb.starts_with(&dynamodb), "{}: {made_of_dynamodb:?}", scenario.name);
        assert!(made_of_ses.starts_with(&ses), "{}: {made_of_ses:?}", scenario.name);
    }
}
