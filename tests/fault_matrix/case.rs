//! One call under one fault, from an account before it to an account after it that works, or to none.
//!
//! Whatever the fault: the tables hold all of a step or none of it, a reported success has happened, and retrying as the
//! answers say heals it.

use std::{fmt, future};

use tokio::time;

use super::{
    bench::{BUSY, Bench},
    failure::Failure,
    scenario::{Effect, Scenario},
    trial::{Trial, told},
};
use crate::support::faults::SEND_EMAIL;

/// How long an endpoint with a short outage refuses connections.
const MOMENT: time::Duration = time::Duration::from_millis(200);

/// A call and its fault.
#[derive(Clone, Copy)]
pub(super) struct Case {
    pub(super) scenario: &'static Scenario,
    pub(super) call: usize,
    pub(super) fault: Failure,
    pub(super) lasting: bool,
}

/// The outcome.
pub(super) struct Outcome {
    told: String,
    effect: Effect,
    /// Whether there are as many mails as the answer and the tables say.
    is_mailed: bool,
    /// The answer to the client's retry.
    repeated: Vec<String>,
}

impl Outcome {
    /// Whether the client got this answer, the tables then hold this, and the mails agree.
    pub(super) fn is(&self, (told, effect): (&str, Effect)) -> bool {
        self.told == told && self.effect == effect && self.is_mailed
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.told, self.effect)?;
        f.write_str(if self.is_mailed { "" } else { " without the right mails" })?;
        self.repeated.iter().try_for_each(|told| write!(f, ", {}", &told[..3]))
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lasts = if self.lasting { "lasts" } else { "passes" };
        write!(f, "{}: {:?} that {lasts}", self.scenario.row(self.call), self.fault)
    }
}

impl Case {
    /// Runs it. `expected` is the expected outcome.
    pub(super) async fn outcome(self, bench: &Bench, expected: (&str, Effect)) -> Outcome {
        let mut outcome = self.once(bench).await;
        // One in a hundred short outages outlasts the SDK's retries, because its pauses are random.
        for _ in 0..3 {
            if outcome.is(expected) || self.lasting || self.fault != Failure::Refused {
                break;
            }
            outcome = self.once(bench).await;
        }
        outcome
    }

    async fn once(self, bench: &Bench) -> Outcome {
        let busy = BUSY.acquire().await.unwrap();
        let mut trial = Trial::start(bench, self.scenario).await;
        let before = trial.tables().await;
        let mails = trial.mails();
        self.plan(bench).await;
        drop(busy);
        let outage = async {
            if self.fault == Failure::Refused && !self.lasting {
                bench.proxy(self.scenario.calls[self.call].0).let_in_after(MOMENT).await;
            }
            future::pending().await
        };
        let answer = tokio::select! {
            answer = trial.ask(self.scenario.request) => answer,
            never = outage => never,
        };
        let _busy = BUSY.acquire().await.unwrap();
        bench.heal().await;
        let after = trial.tables().await;
        let effect = after.effect_since(&before, self.scenario.request);
        let told = told(&answer);
        let mailed = trial.mails() - mails;
        let faulted_mail = self.scenario.calls[self.call].0 == SEND_EMAIL;
        let is_mailed = if (&*told, effect) == self.scenario.end && !(faulted_mail && self.lasting) {
            // A mail that SES accepted and did not confirm is sent twice.
            let twice = faulted_mail && self.fault.takes_effect();
            mailed == if twice { 2 } else { self.scenario.mails }
        } else {
            mailed == 0 || [Effect::Stored, Effect::Changed, Effect::Deleted].contains(&effect)
        };
        if self.scenario.request.reports_its_effect() && ["200", "201", "202", "204"].contains(&&*told) {
            assert_eq!(effect, self.scenario.end.1, "{self:?}");
        }
        if let Some(id) = answer.body["id"].as_str() {
            assert_eq!(after.user["id"]["S"], id, "{self:?}");
        }
        let repeated = trial.repeat(answer, effect).await;
        trial.finish(effect).await;
        Outcome { told, effect, is_mailed, repeated }
    }

    async fn plan(self, bench: &Bench) {
        bench.fail_first(self.scenario);
        let proxy = |operation| bench.proxy(operation);
        let (operation, _) = self.scenario.calls[self.call];
        let earlier = self.scenario.calls[..self.call].iter().map(|(operation, _)| *operation);
        if let Some(fault) = self.fault.on_the_wire(operation) {
            let skip = earlier.filter(|earlier| *earlier == operation).count();
            let times = if self.lasting { usize::MAX } else { 1 };
            proxy(operation).fail_after(operation, skip, times, fault);
        } else {
            let same = earlier.filter(|earlier| (*earlier == SEND_EMAIL) == (operation == SEND_EMAIL));
            proxy(operation).refuse_after(same.count()).await;
        }
    }
}
