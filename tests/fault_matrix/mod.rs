//! Every call of AWS that a route makes, under every fault: what the client is told, and what the tables then hold.
//!
//! A fault that passes is gone at the second attempt, one that lasts outlives all attempts of the SDK. What comes of
//! each follows from the call and the fault; that nothing is half done and that all of it heals is for [`cell`].

mod cell;
mod failure;
mod tables;
mod way;

use std::{
    fmt::Write,
    sync::{Arc, Mutex},
};

use futures_util::future::join_all;

use self::{
    cell::{Bench, Cell, Outcome},
    failure::{FAILURES, Failure, SEND_EMAIL},
    way::{Held, Request, WAYS, Way},
};

/// How many cells are tried at once: they wait more than they compute.
const BENCHES: usize = 32;

/// What the client is told when the mail fails.
fn unsent(request: Request) -> &'static str {
    if request == Request::Register { "201 unsent" } else { "503 mail" }
}

/// Whether there can be a conflict with a transaction: it is with a write of an item that transactions write too.
fn can_conflict(way: &Way, call: usize) -> bool {
    matches!(way.calls[call], ("TransactWriteItems", _) | ("UpdateItem", Held::Tried))
}

/// What the client is told, and what the tables then hold.
fn expected(Cell { way, call, fault, lasting }: &Cell) -> (&'static str, Held) {
    let (operation, done) = way.calls[*call];
    let before = call.checked_sub(1).map_or(Held::Nothing, |previous| way.calls[previous].1);
    let held = if fault.takes_effect() { done } else { before };
    let mailing = way.calls.iter().position(|(operation, _)| *operation == SEND_EMAIL);
    let withdrawing = mailing.is_some_and(|mailing| *call > mailing);
    // The SDK does not repeat what was in conflict. Handlers do, but neither an attempt nor a withdrawal.
    let ends = *lasting || (*fault == Failure::Conflict && (withdrawing || operation == "UpdateItem"));
    match (ends, operation) {
        (false, _) => way.end,
        (true, SEND_EMAIL) if matches!(fault, Failure::Throttled | Failure::Refused) => {
            (unsent(way.request), Held::Withdrawn)
        }
        (true, SEND_EMAIL) => (unsent(way.request), Held::Stored),
        (true, _) if withdrawing => (way.end.0, held),
        (true, _) => ("503", held),
    }
}

/// All cells, and where in a printed matrix each is.
fn cells() -> Vec<Cell> {
    let rows = WAYS.iter().flat_map(|way| way.tried.iter().map(move |call| (way, *call)));
    let cells = rows.flat_map(|(way, call)| {
        let faults = FAILURES.iter().map(|(fault, _)| *fault);
        let faults = faults.filter(move |fault| *fault != Failure::Conflict || can_conflict(way, call));
        faults.flat_map(move |fault| [false, true].map(|lasting| Cell { way, call, fault, lasting }))
    });
    cells.collect()
}

/// Takes one cell after the other until none is left.
async fn try_all(left: Arc<Mutex<Vec<Cell>>>) -> Vec<(Cell, Outcome)> {
    let bench = Bench::start().await;
    let mut tried = Vec::new();
    loop {
        let Some(cell) = left.lock().unwrap().pop() else { return tried };
        let outcome = cell.outcome(&bench, expected(&cell)).await;
        tried.push((cell, outcome));
    }
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "the matrix is for who reads it")]
async fn every_call_of_every_route_under_every_fault_says_what_is_so_and_heals() {
    let mut cells = cells();
    // What takes longest begins first.
    cells.sort_by_key(|cell| (cell.lasting, cell.fault == Failure::TooSlow));
    let left = Arc::new(Mutex::new(cells));
    let benches = (0..BENCHES).map(|_| tokio::spawn(try_all(Arc::clone(&left))));
    let tried = join_all(benches).await.into_iter().flat_map(Result::unwrap).collect::<Vec<_>>();
    println!("{}\n{} cells", matrix(&tried), tried.len());
    let is_wrong = |(cell, outcome): &&(Cell, Outcome)| !outcome.is(expected(cell));
    let wrong = tried.iter().filter(is_wrong).map(|(cell, outcome)| format!("{cell:?}: {outcome}"));
    assert_eq!(wrong.collect::<Vec<_>>(), [""; 0]);
    let count = format!("{} cells", tried.len());
    assert!(
        include_str!("../../SECURITY.md").contains(&count),
        "SECURITY.md says another count than {count}"
    );
}

/// A table of the faults that pass and one of those that last: a row for each call, a column for each fault.
fn matrix(tried: &[(Cell, Outcome)]) -> String {
    let mut lines = String::new();
    for (lasting, title) in [(false, "a fault that passes"), (true, "a fault that lasts")] {
        let mut columns = vec![vec![title.to_owned()]];
        columns.extend(FAILURES.map(|(_, name)| vec![name.to_owned()]));
        for way in &WAYS {
            for call in way.tried {
                columns[0].push(way.row(*call));
                for (column, (fault, _)) in columns[1..].iter_mut().zip(FAILURES) {
                    let is_here = |cell: &Cell| {
                        std::ptr::eq(cell.way, way)
                            && (cell.call, cell.fault, cell.lasting) == (*call, fault, lasting)
                    };
                    let here = tried.iter().find(|(cell, _)| is_here(cell));
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
async fn each_way_of_the_matrix_makes_the_calls_that_are_tried_on_it() {
    let bench = Bench::start().await;
    for way in &WAYS {
        let last = *way.tried.iter().max().unwrap();
        let calls = way.calls[..=last].iter().map(|(operation, _)| (*operation).to_owned());
        let (ses, dynamodb): (Vec<_>, Vec<_>) = calls.partition(|operation| operation == SEND_EMAIL);
        let [made_of_dynamodb, made_of_ses] = bench.calls(way).await;
        assert!(made_of_dynamodb.starts_with(&dynamodb), "{}: {made_of_dynamodb:?}", way.name);
        assert!(made_of_ses.starts_with(&ses), "{}: {made_of_ses:?}", way.name);
    }
}
