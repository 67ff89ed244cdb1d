//! One call under one fault, from an account before it to an account after it that works, or to none.
//!
//! Whatever the fault: the tables hold all of a step or none of it, a reported success has happened, retrying as the
//! answers say heals it, the account becomes active once, and an older password opens nothing.

use std::{fmt, future};

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::{
    sync::{OnceCell, Semaphore},
    time,
};
use uuid::Uuid;

use super::{
    failure::Failure,
    scenario::{Effect, Initial, Request, Scenario},
    tables::Tables,
};
use crate::{
    authorize::decision,
    support::{Answer, EMAIL, MINUTE, PASSWORD, PAUSE, Proxy, Service, WRONG_PASSWORD, faults::SEND_EMAIL},
};

/// The password of a registration that replaces another, and the one that replaces an account's.
const NEW_PASSWORD: &str = "battery horse correct";
/// How long an endpoint with a short outage refuses connections.
const MOMENT: time::Duration = time::Duration::from_millis(200);

/// Cases wait for their faults in parallel, but otherwise only two run at a time: on a busy machine a late healthy call
/// would be an additional fault.
static BUSY: Semaphore = Semaphore::const_new(2);

/// An active account as it is stored, to be copied.
static ACCOUNT: OnceCell<Value> = OnceCell::const_new();

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
    /// The answer to the client's retry.
    repeated: Vec<String>,
}

impl Outcome {
    /// Whether the client got this answer, and the tables then hold this.
    pub(super) fn is(&self, (told, effect): (&str, Effect)) -> bool {
        self.told == told && self.effect == effect
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.told, self.effect)?;
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
        if (&*told, effect) == self.scenario.end && !(faulted_mail && self.lasting) {
            // A mail that SES accepted and did not confirm is sent twice.
            let twice = faulted_mail && self.fault.takes_effect();
            assert_eq!(mailed, if twice { 2 } else { self.scenario.mails }, "{self:?}");
        } else {
            let is_of_a_mail = [Effect::Stored, Effect::Changed, Effect::Deleted].contains(&effect);
            assert!(mailed == 0 || is_of_a_mail, "{self:?}: {told} {effect:?}");
        }
        if self.scenario.request.tells_what_is_done() && ["200", "201", "202", "204"].contains(&&*told) {
            assert_eq!(effect, self.scenario.end.1, "{self:?}");
        }
        if let Some(id) = answer.body["id"].as_str() {
            assert_eq!(after.user["id"]["S"], id, "{self:?}");
        }
        let repeated = trial.repeat(answer, effect).await;
        trial.finish(effect).await;
        Outcome { told, effect, repeated }
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

/// A service behind proxies, for one case after the other.
pub(super) struct Bench {
    service: Service,
    dynamodb: Proxy,
    ses: Proxy,
}

impl Bench {
    pub(super) async fn start() -> Self {
        let _busy = BUSY.acquire().await.unwrap();
        let (service, dynamodb, ses) =
            Service::behind_proxies(&[("CODES_PER_HOUR", "10000"), ("CODES_PER_CLIENT_PER_DAY", "100")])
                .await;
        let activated = async {
            service.activated().await;
            service.user_item(EMAIL).await
        };
        ACCOUNT.get_or_init(|| activated).await;
        Self { service, dynamodb, ses }
    }

    /// Stores an active account.
    async fn put_account(&self, email: &str) {
        let mut account = ACCOUNT.get().unwrap().clone();
        account["email"]["S"] = email.into();
        account["id"]["S"] = Uuid::new_v4().to_string().into();
        self.service.put_item("UsersTable", account).await;
    }

    fn proxy(&self, operation: &str) -> &Proxy {
        if operation == SEND_EMAIL { &self.ses } else { &self.dynamodb }
    }

    fn fail_first(&self, scenario: &Scenario) {
        if let Some((operation, fault)) = &scenario.first_failure {
            self.proxy(operation).fail(operation, 1, fault.clone());
        }
    }

    /// The calls that are made in a scenario: those of DynamoDB and those of SES.
    pub(super) async fn calls(&self, scenario: &'static Scenario) -> [Vec<String>; 2] {
        let mut trial = Trial::start(self, scenario).await;
        let proxies = [&self.dynamodb, &self.ses];
        drop(proxies.map(Proxy::take_calls));
        self.fail_first(scenario);
        trial.ask(scenario.request).await;
        proxies.map(Proxy::take_calls)
    }

    async fn heal(&self) {
        self.dynamodb.heal().await;
        self.ses.heal().await;
    }
}

/// A client of the service, and its account.
struct Trial<'a> {
    service: &'a Service,
    scenario: &'static Scenario,
    email: String,
    password: &'static str,
    activations: usize,
}

impl<'a> Trial<'a> {
    async fn start(bench: &'a Bench, scenario: &'static Scenario) -> Self {
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

    async fn tables(&self) -> Tables {
        Tables::read(self.service, &self.email).await
    }

    /// The number of mails to the address: the inbox keeps only the newest of all addresses.
    fn mails(&self) -> usize {
        self.service.mails_to(&self.email).len()
    }

    async fn ask(&mut self, request: Request) -> Answer {
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
    async fn repeat(&mut self, first: Answer, effect: Effect) -> Vec<String> {
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
    async fn finish(&mut self, effect: Effect) {
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
fn told(answer: &Answer) -> String {
    match (answer.status, &*answer.outcome()) {
        (201, _) if answer.body["code"]["sent"] == false => "201 unsent".to_owned(),
        (status @ (200..=204 | 401), _) | (status @ 503, "unavailable") => status.to_string(),
        (503, "mail-unavailable") => "503 mail".to_owned(),
        (status, slug) => format!("{status} {slug}"),
    }
}
