//! One history: takes its steps on the service, and compares each answer with the model's.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{
    model::Model,
    step::{Code, PASSWORDS, Password, Step},
};
use crate::support::{Service, another};

/// How often each step had each outcome, and how often something was tried that had worked before and no longer does.
#[derive(Default)]
pub(super) struct Report {
    pub(super) outcomes: BTreeMap<String, usize>,
    pub(super) stale_passwords: usize,
    pub(super) stale_codes: usize,
}

impl Report {
    pub(super) fn add(&mut self, other: Self) {
        self.stale_passwords += other.stale_passwords;
        self.stale_codes += other.stale_codes;
        for (outcome, times) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += times;
        }
    }
}

/// What is known of an address from outside.
pub(super) struct History<'a> {
    service: &'a Service,
    email: String,
    model: Model,
    /// Every code that was mailed, oldest first.
    mailed: Vec<String>,
    /// The passwords that were once right.
    once_right: BTreeSet<usize>,
    pub(super) report: Report,
}

impl<'a> History<'a> {
    pub(super) fn new(service: &'a Service) -> Self {
        Self {
            service,
            email: format!("{}@example.com", Uuid::new_v4().simple()),
            model: Model::new(),
            mailed: Vec::new(),
            once_right: BTreeSet::new(),
            report: Report::default(),
        }
    }

    pub(super) async fn take(&mut self, step: Step) {
        let (service, now) = (self.service, self.service.clock.now());
        let (answer, expected) = match step {
            Step::Wait(time) => return service.clock.advance(time),
            Step::Register(password) => {
                let password = self.password(password);
                let answer = service.register(&self.email, PASSWORDS[password]).await;
                let mailed = || newest_code(service, &self.email, &mut self.mailed);
                (answer, self.model.register(now, password, mailed))
            }
            Step::SendCode(password) => {
                let password = self.password(password);
                let answer = service.send_code(&self.email, PASSWORDS[password]).await;
                let mailed = || newest_code(service, &self.email, &mut self.mailed);
                (answer, self.model.send_code(now, password, mailed))
            }
            Step::Activate(password, code) => {
                let (password, code) = (self.password(password), self.code(code));
                let answer = service.activate(&self.email, PASSWORDS[password], &code).await;
                let expected = self.model.activate(now, password, &code);
                self.count_stale(&code, expected);
                (answer, expected)
            }
            Step::Change(password, new) => {
                let password = self.password(password);
                let answer = service.change_password(&self.email, PASSWORDS[password], PASSWORDS[new]).await;
                (answer, self.model.change_password(now, password, new))
            }
            Step::Forgot => {
                let answer = service.forgot_password(&self.email).await;
                let mailed = || newest_code(service, &self.email, &mut self.mailed);
                (answer, self.model.forgot_password(now, mailed))
            }
            Step::Reset(code, new) => {
                let code = self.code(code);
                let answer = service.reset_password(&self.email, &code, PASSWORDS[new]).await;
                let expected = self.model.reset_password(now, &code, new);
                self.count_stale(&code, expected);
                (answer, expected)
            }
            Step::Delete(password) => {
                let password = self.password(password);
                let answer = service.delete(&self.email, PASSWORDS[password]).await;
                (answer, self.model.delete(now, password))
            }
            Step::Me(password) => {
                let password = self.password(password);
                (service.me(&self.email, PASSWORDS[password]).await, self.model.me(now, password))
            }
        };
        assert_eq!(answer.outcome(), expected, "{step:?}, after which it has to be {:?}", self.model);
        self.once_right.extend(self.model.password(now));
        *self.report.outcomes.entry(format!("{} {expected}", step.name())).or_default() += 1;
    }

    /// The index of a password; a stale one is counted.
    fn password(&mut self, password: Password) -> usize {
        let current = self.model.password(self.service.clock.now());
        let index = match password {
            Password::Current => current.unwrap_or_default(),
            Password::Any(index) => index,
        };
        self.report.stale_passwords +=
            usize::from(self.once_right.contains(&index) && current != Some(index));
        index
    }

    fn code(&self, code: Code) -> String {
        let newest = self.mailed.last().map_or("00000000", String::as_str);
        match code {
            Code::Mailed(back) => {
                self.mailed.iter().rev().nth(back).map_or(newest, String::as_str).to_owned()
            }
            Code::Wrong => another(newest),
        }
    }

    /// Counts a mailed code that has to be refused.
    fn count_stale(&mut self, code: &str, expected: &str) {
        let is_stale = self.mailed.iter().any(|mailed| mailed == code) && expected.starts_with("code-");
        self.report.stale_codes += usize::from(is_stale);
    }
}

/// The code of the mail that was just sent to the address, which becomes the last of those mailed.
fn newest_code(service: &Service, email: &str, mailed: &mut Vec<String>) -> String {
    let code = service.mails_to(email).into_iter().find_map(|mail| mail.code).unwrap();
    mailed.push(code.clone());
    code
}
