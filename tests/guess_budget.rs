//! The guess budget, over random histories of one address.
//!
//! Two people register the same address with different passwords, ask for codes, enter right, wrong and old ones, and
//! time passes. Whatever the order: nobody gets in with a code that was not mailed for their own registration within
//! the last minute, nobody gets in twice, and in no 24 hours are there more guesses at short codes than attempts times
//! codes, nor more at long ones than each client's two codes allow.

use std::{
    cell::Cell,
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, prop_oneof},
    test_runner::{Config, TestRunner},
};
use shared::clock::Timestamp;

use crate::support::{Answer, DAY, EMAIL, MINUTE, Service, another};

const PASSWORDS: [&str; 2] = ["the first password", "the second password"];

/// What one of the two does next.
#[derive(Clone, Copy, Debug)]
enum Step {
    Register(usize),
    SendCode(usize),
    /// The code of the mail this many before the newest.
    EnterMailed(usize, usize),
    EnterWrong(usize),
    Wait(Duration),
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..2_usize;
    prop_oneof![
        3 => who.clone().prop_map(Step::Register),
        3 => who.clone().prop_map(Step::SendCode),
        3 => (who.clone(), 0..3_usize).prop_map(|(who, back)| Step::EnterMailed(who, back)),
        4 => who.prop_map(Step::EnterWrong),
        4 => prop_oneof![
            Just(Duration::from_secs(1)),
            Just(Duration::from_secs(30)),
            Just(Duration::from_millis(59_999)),
            Just(MINUTE),
            Just(Duration::from_hours(5)),
            Just(DAY),
        ]
        .prop_map(Step::Wait),
    ]
}

/// What is known about a history from outside.
struct History {
    service: Service,
    /// Whose registration each mail was for, when it was sent, and the code; oldest first.
    mailed: Vec<(usize, Timestamp, String)>,
    /// When a short code was compared, newest last.
    short_guesses: VecDeque<Timestamp>,
    /// When a long one was.
    long_guesses: VecDeque<Timestamp>,
    ids: BTreeSet<String>,
    active: Option<usize>,
}

impl History {
    async fn new() -> Self {
        // Codes so long that two are never equal, and attempts and codes so few that histories reach the limits.
        let settings = [
            ("CODE_LENGTH", "7"),
            ("CODE_ATTEMPTS", "2"),
            ("CODES_PER_DAY", "3"),
            ("PASSWORD_FAILURES_PER_QUARTER_HOUR", "0"),
            ("PASSWORD_FAILURES_PER_DAY", "0"),
        ];
        let service = Service::with(&settings).await;
        let (short_guesses, long_guesses) = (VecDeque::new(), VecDeque::new());
        Self { service, mailed: Vec::new(), short_guesses, long_guesses, ids: BTreeSet::new(), active: None }
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Wait(time) => self.service.clock.advance(time),
            Step::Register(who) => {
                let answer = self.service.register(EMAIL, PASSWORDS[who]).await;
                assert_eq!(answer.status == 409, self.active.is_some());
                if let Some(id) = answer.body["id"].as_str() {
                    assert!(self.ids.insert(id.to_owned()), "two registrations with one id");
                }
                self.note_mail(who, &answer).await;
            }
            Step::SendCode(who) => {
                let answer = self.service.send_code(EMAIL, PASSWORDS[who]).await;
                self.note_mail(who, &answer).await;
            }
            Step::EnterWrong(who) => {
                let wrong =
                    self.mailed.last().map_or_else(|| "0000000".to_owned(), |(.., code)| another(code));
                self.enter(who, wrong).await;
            }
            Step::EnterMailed(who, back) => {
                let place = self.mailed.len().checked_sub(back + 1);
                if let Some(code) = place.map(|place| self.mailed[place].2.clone()) {
                    self.enter(who, code).await;
                }
            }
        }
    }

    async fn note_mail(&mut self, who: usize, answer: &Answer) {
        if answer.status < 300 {
            let mails = self.service.mails().await;
            assert_eq!(mails.len(), self.mailed.len() + 1);
            let code = mails[0]["code"].as_str().unwrap().to_owned();
            self.mailed.push((who, self.service.clock.now(), code));
        }
    }

    async fn enter(&mut self, who: usize, code: String) {
        let now = self.service.clock.now();
        let answer = self.service.activate(EMAIL, PASSWORDS[who], &code).await;
        let newest_is_long = self.mailed.last().is_some_and(|(.., code)| code.len() == 8);
        let guesses = if newest_is_long { &mut self.long_guesses } else { &mut self.short_guesses };
        if [200, 422].contains(&answer.status) {
            guesses.push_back(now);
        }
        while guesses.front().is_some_and(|first| *first + DAY <= now) {
            guesses.pop_front();
        }
        // A code from just before the window may be guessed within it. Two days each have their long codes.
        let codes = if newest_is_long { 2 * 2 } else { 3 };
        assert!(guesses.len() <= 2 * (codes + 1), "{} guesses in a day", guesses.len());
        if answer.status == 200 {
            assert_eq!(self.active, None, "an account became active twice");
            let (owner, sent_at, newest) = self.mailed.last().unwrap();
            assert_eq!((*owner, newest), (who, &code), "a code that was not the newest of its owner");
            assert!(now < *sent_at + MINUTE, "a code older than a minute");
            self.active = Some(who);
        }
    }
}

#[test]
fn no_history_gets_in_without_its_own_code_or_guesses_more_than_the_budget() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config::default();
    // A history takes as long as many single cases: 42 by default, which PROPTEST_CASES also raises.
    let config = Config { cases: config.cases / 6, failure_persistence: None, ..config };
    let activations = Cell::new(0);
    TestRunner::new(config)
        .run(&vec(step(), 1..50), |steps| {
            runtime.block_on(async {
                let mut history = History::new().await;
                for step in steps {
                    history.take(step).await;
                }
                activations.set(activations.get() + usize::from(history.active.is_some()));
            });
            Ok(())
        })
        .unwrap();
    assert!(activations.get() > 0, "no history reached an activation: the test shows nothing");
}
