//! Random histories of one address: registered, active, changed, forgotten, reset, deleted and registered again, in any
//! order and with any password and code that ever existed.
//!
//! Each answer is the one that follows from the history. A password works from the write that sets it to the write that
//! ends it; a code works once, for its own purpose and within its time, unless something ended it before.

mod history;
mod model;
mod step;

use std::cell::RefCell;

use futures_util::future::join_all;
use proptest::{
    collection::vec,
    test_runner::{Config, TestRunner},
};

use self::{
    history::{History, Report},
    step::{Step, step},
};
use crate::support::Service;

/// How many histories run in parallel: `forgot-password` takes half a second, in which others can continue.
const PARALLEL: usize = 6;

/// Limits so high that none is reached, and codes of the same length for both purposes.
const SETTINGS: [(&str, &str); 8] = [
    ("CODE_LENGTH", "8"),
    ("CODE_COOLDOWN_SECONDS", "0"),
    ("CODES_PER_DAY", "0"),
    ("CODES_PER_CLIENT_PER_DAY", "0"),
    ("CODES_PER_HOUR", "0"),
    ("MAILS_PER_DAY", "0"),
    ("PASSWORD_FAILURES_PER_QUARTER_HOUR", "0"),
    ("PASSWORD_FAILURES_PER_DAY", "0"),
];

/// Takes the steps, and then tries each password.
async fn play(service: &Service, steps: &[Step]) -> Report {
    let mut history = History::new(service);
    for step in steps {
        history.take(*step).await;
    }
    for step in Step::each_password() {
        history.take(step).await;
    }
    history.report
}

#[test]
#[expect(clippy::print_stdout, reason = "the report is for whoever runs it")]
fn no_history_accepts_a_stale_password_or_code() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let services = runtime.block_on(join_all((0..PARALLEL).map(|_| Service::with(&SETTINGS))));
    let config = Config::default();
    // 24 histories by default, which PROPTEST_CASES also raises.
    let config = Config { cases: config.cases / 64, failure_persistence: None, ..config };
    let report = RefCell::new(Report::default());
    TestRunner::new(config)
        .run(&vec(vec(step(), 1..80), PARALLEL), |histories| {
            let played = services.iter().zip(&histories).map(|(service, steps)| play(service, steps));
            for part in runtime.block_on(join_all(played)) {
                report.borrow_mut().add(part);
            }
            Ok(())
        })
        .unwrap();
    let Report { outcomes, stale_passwords, stale_codes } = report.into_inner();
    println!("{outcomes:?}\n{stale_passwords} stale passwords and {stale_codes} stale codes opened nothing");
    assert!(stale_passwords > 0 && stale_codes > 0, "nothing stale was tried: the test shows nothing");
}
