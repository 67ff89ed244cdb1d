//! A client with its account: it makes the request, retries as the answers say, and finds the account as it has to be.
//!
//! Whatever the fault, the account becomes active once, and an older password opens nothing.

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::time;
use uuid::Uuid;

use super::{
    bench::Bench,
    scenario::{Effect, Initial, Request, Scenario},
    tables::Tables,
};
use crate::{
    authorize::decision,
    support::{Answer, MINUTE, PASSWORD, PAUSE, Service, WRONG_PASSWORD},
};

/// The password of a registration that replaces another, and the one that replaces an account's.
const NEW_PASSWORD: &str = "battery horse correct";

/// A client of the service, and its account.
pub(super) struct Trial<'a> {
    service: &'a Service,
    scenario: &'static Scenario,
    email: String,
    password: &'static str,
    activations: usize,
}

impl<'a> Trial<'a> {
    pub(super) async fn start(bench: &'a Bench, scenario: &'static Scenario) -> Self {
        let service = &bench.service;
        let email = format!("{}@example.com", Uuid::new_v4().simple());
        let mut trial = Self { service, scenario, email, password: PASSWORD, activations: 0 };
        match scenario.initial {
            Initial::Nobody => {}
            Initial::Pending => drop(trial.ask(Request::Register).await.expect(201)),
            _ => bench.put_account(&trial.email).await,
        }
        match scenario.initial {
            Initial::NearALimit => {
                for _ in 0..5 {
                    trial.ask(Request::MeWithWrongPassword).await.problem(401, "unauthorized");
                }
            }
            Initial::OtherCost => drop(service.set_hash(&trial.email, PASSWORD, 5).await),
            Initial::Forgotten => drop(trial.ask(Request::ForgotPassword).await.expect(202)),
            _ => {}
        }
        match scenario.request {
            Request::Register => service.clock.advance(MINUTE),
            Request::SendCode => service.clock.advance(PAUSE),
            _ => {}
        }
        if scenario.request == Request::Register {
            trial.password = NEW_PASSWORD;
        }
        trial
    }

    pub(super) async fn tables(&self) -> Tables {
        Tables::read(self.service, &self.email).await
    }

    /// The number of mails to the address: the inbox keeps only the newest of all addresses.
    pub(super) fn mails(&self) -> usize {
        self.service.mails_to(&self.email).len()
    }

    pub(super) async fn ask(&mut self, request: Request) -> Answer {
        let Self { service, email, password, .. } = self;
        let code = || service.mails_to(email).into_iter().find_map(|mail| mail.code).expect("a mailed code");
        let answer = match request {
            Request::Register => service.register(email, password).await,
            Request::SendCode => service.send_code(email, password).await,
            Request::Activate => service.activate(email, password, &code()).await,
            Request::Me => service.me(email, password).await,
            Request::MeWithWrongPassword => service.me(email, WRONG_PASSWORD).await,
            Request::ChangePassword => service.change_password(email, password, NEW_PASSWORD).await,
            Request::ForgotPassword => service.forgot_password(email).await,
            Request::ResetPassword => service.reset_password(email, &code(), NEW_PASSWORD).await,
            Request::DeleteAccount => service.delete(email, password).await,
            Request::Authorize => answer(decision(service, email, password).await),
        };
        self.activations += usize::from(request == Request::Activate && answer.status == 200);
        answer
    }

    /// Retries as the answers say, until the client has what it wanted.
    pub(super) async fn repeat(&mut self, first: Answer, effect: Effect) -> Vec<String> {
        let (mut asked, mut answer) = (self.scenario.request, first);
        let mut repeated = Vec::new();
        loop {
            let wanted = self.scenario.request;
            asked = match (asked, answer.status) {
                (_, 429 | 503) => {
                    let wait = answer.body["retry_after"].as_u64().unwrap();
                    self.service.clock.advance(time::Duration::from_secs(wait));
                    asked
                }
                (Request::Activate, 410) | (Request::Register, 201) if told(&answer) != "201" => {
                    Request::SendCode
                }
                (Request::SendCode, 202) if wanted == Request::Activate => wanted,
                (Request::ForgotPassword, 202) if wanted == Request::ResetPassword => wanted,
                (Request::MeWithWrongPassword, 401) | (_, 200..=204) => return repeated,
                (Request::Activate, 409) if effect == Effect::Activated => return repeated,
                // Done nevertheless: the older password opens nothing, and the code is gone.
                (Request::ChangePassword, 401) | (Request::ResetPassword, 410)
                    if effect == Effect::Changed =>
                {
                    return repeated;
                }
                (Request::DeleteAccount, 401) if effect == Effect::Deleted => return repeated,
                (Request::ResetPassword, 410) => Request::ForgotPassword,
                other => panic!("{other:?} {}", answer.body),
            };
            answer = self.ask(asked).await;
            repeated.push(told(&answer));
            assert!(repeated.len() < 6, "{repeated:?}");
        }
    }

    /// The request has taken effect, and nothing older works.
    pub(super) async fn finish(&mut self, effect: Effect) {
        match self.scenario.request {
            Request::Register | Request::SendCode | Request::Activate => self.finish_activation(effect).await,
            Request::Me | Request::MeWithWrongPassword | Request::Authorize => {
                drop(self.ask(Request::Me).await.expect(200));
            }
            Request::ForgotPassword if matches!(self.scenario.initial, Initial::Nobody) => {
                self.ask(Request::Me).await.problem(401, "unauthorized");
            }
            Request::ForgotPassword => {
                // A person who gets no mail asks again.
                if self.mails() == 0 {
                    self.service.clock.advance(PAUSE);
                    self.ask(Request::ForgotPassword).await.expect(202);
                }
                self.ask(Request::ResetPassword).await.expect(200);
            }
            Request::ChangePassword | Request::ResetPassword => self.finish_change().await,
            Request::DeleteAccount => {
                self.ask(Request::Me).await.problem(401, "unauthorized");
                self.ask(Request::Register).await.expect(201);
            }
        }
    }

    /// The account has its new password only.
    async fn finish_change(&mut self) {
        self.ask(Request::Me).await.problem(401, "unauthorized");
        self.password = NEW_PASSWORD;
        self.ask(Request::Me).await.expect(200);
    }

    /// The account becomes active, unless it is, and was activated once.
    async fn finish_activation(&mut self, effect: Effect) {
        if self.activations == 0 && effect != Effect::Activated {
            self.ask(Request::Activate).await.expect(200);
        }
        // An activation whose answer was lost was reported to nobody.
        assert!(
            self.activations == 1 || (self.activations == 0 && effect == Effect::Activated),
            "{effect:?}"
        );
        self.ask(Request::Activate).await.problem(409, "already-activated");
        let account = self.ask(Request::Me).await.expect(200);
        assert_eq!(self.service.user_item(&self.email).await["id"]["S"], account["id"]);
    }
}

/// The guard's decision, in terms of the service's own routes.
fn answer(decision: Option<Value>) -> Answer {
    let (status, body) = match decision {
        Some(decision) if decision["isAuthorized"] == true => (200, decision),
        Some(decision) => (401, decision),
        None => (503, json!({"type": "/problems/unavailable", "retry_after": 1})),
    };
    Answer { status, headers: HeaderMap::new(), body }
}

/// An answer in a word or two.
pub(super) fn told(answer: &Answer) -> String {
    match (answer.status, &*answer.outcome()) {
        (201, _) if answer.body["code"]["sent"] == false => "201 unsent".to_owned(),
        (status @ (200..=204 | 401), _) | (status @ 503, "unavailable") => status.to_string(),
        (503, "mail-unavailable") => "503 mail".to_owned(),
        (status, slug) => format!("{status} {slug}"),
    }
}
