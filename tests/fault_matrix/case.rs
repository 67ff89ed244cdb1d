//! One call under one fault, from an account before it to an active account after it.
//!
//! Whatever the fault: the tables hold all of a step or nothing of it, what was told as done is done, repeating the
//! request as the answers say heals it, and the account becomes active once.

use std::{fmt, future};

use tokio::{sync::Semaphore, time};
use uuid::Uuid;

use super::{
    failure::Failure,
    scenario::{Effect, Initial, Request, Scenario},
    tables::Tables,
};
use crate::support::{Answer, MINUTE, PASSWORD, PAUSE, Proxy, Service, WRONG_PASSWORD, faults::SEND_EMAIL};

/// The password of a registration that replaces another.
const NEW_PASSWORD: &str = "battery horse correct";
/// How long an endpoint that is away for a moment refuses connections.
const MOMENT: time::Duration = time::Duration::from_millis(200);

/// Cases wait for their faults side by side, and else are tried two at a time: a healthy call that a busy machine makes
/// late is a fault too many.
static BUSY: Semaphore = Semaphore::const_new(2);

/// A call and its fault.
#[derive(Clone, Copy)]
pub(super) struct Case {
    pub(super) scenario: &'static Scenario,
    pub(super) call: usize,
    pub(super) fault: Failure,
    pub(super) lasting: bool,
}

/// What came of it.
pub(super) struct Outcome {
    told: String,
    effect: Effect,
    /// What the client was told when it asked again.
    repeated: Vec<String>,
}

impl Outcome {
    /// Whether the client was told this, and the tables then hold this.
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
    /// Tries it. `expected` is what should come of it.
    pub(super) async fn outcome(self, bench: &Bench, expected: (&str, Effect)) -> Outcome {
        let mut outcome = self.once(bench).await;
        // Of a hundred outages of a moment one outlasts the SDK, for its pauses are random.
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
        let mails = trial.mails().await;
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
        let mailed = trial.mails().await - mails;
        match &*told {
            // What SES took and did not confirm is mailed twice.
            "201" | "202" if self.fault.takes_effect() && self.scenario.calls[self.call].0 == SEND_EMAIL => {
                assert_eq!((mailed, effect), (2, Effect::Stored), "{self:?}");
            }
            "201" | "202" => assert_eq!((mailed, effect), (1, Effect::Stored), "{self:?}"),
            "200" if self.scenario.request == Request::Activate => {
                assert_eq!(effect, Effect::Activated, "{self:?}");
            }
            _ => assert!(mailed == 0 || effect == Effect::Stored, "{self:?}: {told} {effect:?}"),
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
        Self { service, dynamodb, ses }
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
    async fn start(Bench { service, .. }: &'a Bench, scenario: &'static Scenario) -> Self {
        let email = format!("{}@example.com", Uuid::new_v4().simple());
        let mut trial = Self { service, scenario, email, password: PASSWORD, activations: 0 };
        if !matches!(scenario.initial, Initial::Nobody) {
            trial.ask(Request::Register).await.expect(201);
        }
        if matches!(scenario.initial, Initial::Active | Initial::NearALimit) {
            trial.ask(Request::Activate).await.expect(200);
        }
        if matches!(scenario.initial, Initial::NearALimit) {
            for _ in 0..5 {
                trial.ask(Request::MeWithWrongPassword).await.problem(401, "unauthorized");
            }
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

    /// How many mails there are to the address: the inbox keeps the newest only, whoever they are to.
    async fn mails(&self) -> usize {
        let mails = self.service.mails().await;
        mails.iter().filter(|mail| mail["to"] == *self.email).count()
    }

    async fn ask(&mut self, request: Request) -> Answer {
        let Self { service, email, password, .. } = self;
        let answer = match request {
            Request::Register => service.register(email, password).await,
            Request::SendCode => service.send_code(email, password).await,
            Request::Activate => service.activate(email, password, &service.code(email).await).await,
            Request::Me => service.me(email, password).await,
            Request::MeWithWrongPassword => service.me(email, WRONG_PASSWORD).await,
        };
        self.activations += usize::from(request == Request::Activate && answer.status == 200);
        answer
    }

    /// Asks again as the answers say, until the client has what it wanted.
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
                (Request::MeWithWrongPassword, 401) | (_, 200..=202) => return repeated,
                (Request::Activate, 409) if effect == Effect::Activated => return repeated,
                other => panic!("{other:?} {}", answer.body),
            };
            answer = self.ask(asked).await;
            repeated.push(told(&answer));
            assert!(repeated.len() < 6, "{repeated:?}");
        }
    }

    /// The account becomes active, unless it is, and was activated once.
    async fn finish(&mut self, effect: Effect) {
        if self.activations == 0 && effect != Effect::Activated {
            self.ask(Request::Activate).await.expect(200);
        }
        // Nobody was told of an activation whose answer was lost.
        assert!(
            self.activations == 1 || (self.activations == 0 && effect == Effect::Activated),
            "{effect:?}"
        );
        self.ask(Request::Activate).await.problem(409, "already-activated");
        let account = self.ask(Request::Me).await.expect(200);
        assert_eq!(self.tables().await.user["id"]["S"], account["id"]);
    }
}

/// An answer in a word or two.
fn told(answer: &Answer) -> String {
    match (answer.status, &*answer.outcome()) {
        (201, _) if answer.body["code"]["sent"] == false => "201 unsent".to_owned(),
        (status @ (200..=202 | 401), _) | (status @ 503, "unavailable") => status.to_string(),
        (503, "mail-unavailable") => "503 mail".to_owned(),
        (status, slug) => format!("{status} {slug}"),
    }
}
