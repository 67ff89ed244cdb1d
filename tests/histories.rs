//! Random histories of one address: registered, active, changed, forgotten, reset, deleted and registered again, in any
//! order and with any password and code that ever existed.
//!
//! Each answer is the one that follows from the history. A password works from the write that sets it to the write that
//! ends it; a code works once, for its own purpose and within its time, unless something ended it before. Nothing dead
//! opens anything.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::future::join_all;
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, prop_oneof},
    test_runner::{Config, TestRunner},
};
use shared::clock::Timestamp;
use uuid::Uuid;

use crate::support::{Answer, DAY, MINUTE, Service, another};

const PASSWORDS: [&str; 4] =
    ["the first password", "the second password", "the third password", "the fourth password"];
const ATTEMPTS: u32 = 3;
const ACTIVATION_LIFETIME: Duration = MINUTE;
const RESET_LIFETIME: Duration = Duration::from_mins(10);

/// How many histories run in parallel: `forgot-password` takes half a second, in which others can continue.
const SIDE_BY_SIDE: usize = 6;

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

/// A password: the current one, if there is one, or any.
#[derive(Clone, Copy, Debug)]
enum Word {
    OfToday,
    Any(usize),
}

/// A code: that of the mail this many before the newest, or one that was never mailed.
#[derive(Clone, Copy, Debug)]
enum Digits {
    Mailed(usize),
    Wrong,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Register(Word),
    SendCode(Word),
    Activate(Word, Digits),
    Change(Word, usize),
    Forgot,
    Reset(Digits, usize),
    Delete(Word),
    Me(Word),
    Wait(Duration),
}

fn step() -> impl Strategy<Value = Step> {
    let any = || 0..PASSWORDS.len();
    let word = || prop_oneof![3 => Just(Word::OfToday), 2 => any().prop_map(Word::Any)];
    let digits = || prop_oneof![4 => (0..4_usize).prop_map(Digits::Mailed), 1 => Just(Digits::Wrong)];
    let times = [
        Duration::from_secs(1),
        ACTIVATION_LIFETIME - Duration::from_millis(1),
        ACTIVATION_LIFETIME,
        RESET_LIFETIME - Duration::from_millis(1),
        RESET_LIFETIME,
        DAY,
    ];
    prop_oneof![
        4 => word().prop_map(Step::Register),
        2 => word().prop_map(Step::SendCode),
        6 => (word(), digits()).prop_map(|(word, digits)| Step::Activate(word, digits)),
        3 => (word(), any()).prop_map(|(word, new)| Step::Change(word, new)),
        3 => Just(Step::Forgot),
        5 => (digits(), any()).prop_map(|(digits, new)| Step::Reset(digits, new)),
        1 => word().prop_map(Step::Delete),
        4 => word().prop_map(Step::Me),
        2 => (0..times.len()).prop_map(move |place| Step::Wait(times[place])),
    ]
}

/// The state of the address.
#[derive(Clone, Copy, Debug)]
enum Holder {
    Nobody,
    Pending { password: usize, ends_at: Timestamp },
    Active { password: usize },
}

/// The newest code for a purpose.
struct Newest {
    /// The mailed code; none for an address without an account.
    code: Option<String>,
    made_at: Timestamp,
    attempts: u32,
}

impl Newest {
    /// Makes an attempt, unless the code is dead, and returns whether it is this code.
    fn attempt(newest: &mut Option<Self>, now: Timestamp, lifetime: Duration, code: &str) -> Option<bool> {
        let newest = newest.as_mut().filter(|newest| newest.is_alive(now, lifetime))?;
        newest.attempts += 1;
        Some(newest.code.as_deref() == Some(code))
    }

    fn is_alive(&self, now: Timestamp, lifetime: Duration) -> bool {
        self.attempts < ATTEMPTS && now < self.made_at + lifetime
    }
}

/// What is known about a history from outside.
struct History<'a> {
    service: &'a Service,
    email: String,
    holder: Holder,
    activation: Option<Newest>,
    reset: Option<Newest>,
    /// Every code that was mailed, oldest first.
    mailed: Vec<String>,
    /// The passwords and codes that have worked.
    worked: BTreeSet<usize>,
    tried: Tried,
}

/// The outcomes of the steps, by name; and how often something dead was tried.
#[derive(Default)]
struct Tried {
    outcomes: BTreeMap<String, usize>,
    dead_passwords: usize,
    dead_codes: usize,
}

impl<'a> History<'a> {
    fn new(service: &'a Service) -> Self {
        Self {
            service,
            email: format!("{}@example.com", Uuid::new_v4().simple()),
            holder: Holder::Nobody,
            activation: None,
            reset: None,
            mailed: Vec::new(),
            worked: BTreeSet::new(),
            tried: Tried::default(),
        }
    }

    fn now(&self) -> Timestamp {
        self.service.clock.now()
    }

    /// The current state of the address: a registration that was not activated in time has expired.
    fn holder(&self) -> Holder {
        match self.holder {
            Holder::Pending { ends_at, .. } if self.now() >= ends_at => Holder::Nobody,
            holder => holder,
        }
    }

    fn password(&self) -> Option<usize> {
        match self.holder() {
            Holder::Nobody => None,
            Holder::Pending { password, .. } | Holder::Active { password } => Some(password),
        }
    }

    /// The index of a password, which is recorded if it is dead.
    fn word(&mut self, word: Word) -> usize {
        let today = self.password();
        let place = match word {
            Word::OfToday => today.unwrap_or_default(),
            Word::Any(place) => place,
        };
        self.tried.dead_passwords += usize::from(self.worked.contains(&place) && today != Some(place));
        place
    }

    fn digits(&self, digits: Digits) -> String {
        let newest = self.mailed.last().map_or("00000000", |code| code);
        match digits {
            Digits::Mailed(back) => self.mailed.iter().rev().nth(back).map_or(newest, |code| code).to_owned(),
            Digits::Wrong => another(newest),
        }
    }

    /// The code of a mail that has just been sent.
    fn mail(&mut self) -> Newest {
        let code = self.service.mails_to(&self.email).into_iter().find_map(|mail| mail.code).unwrap();
        self.mailed.push(code.clone());
        Newest { code: Some(code), made_at: self.now(), attempts: 0 }
    }

    async fn take(&mut self, step: Step) {
        let (answer, expected) = match step {
            Step::Register(word) => self.register(word).await,
            Step::SendCode(word) => self.send_code(word).await,
            Step::Activate(word, digits) => self.activate(word, digits).await,
            Step::Change(word, new) => self.change_password(word, new).await,
            Step::Forgot => self.forgot_password().await,
            Step::Reset(digits, new) => self.reset_password(digits, new).await,
            Step::Delete(word) => self.delete(word).await,
            Step::Me(word) => self.me(word).await,
            Step::Wait(_) => return,
        };
        self.check(step, &answer, expected);
    }

    async fn register(&mut self, word: Word) -> (Answer, &'static str) {
        let now = self.now();
        let password = self.word(word);
        let alive = self.activation.as_ref();
        let alive = alive.is_some_and(|code| code.is_alive(now, ACTIVATION_LIFETIME));
        let answer = self.service.register(&self.email, PASSWORDS[password]).await;
        let expected = match self.holder() {
            Holder::Active { .. } => "already-registered",
            _ if alive => "too-many-codes",
            _ => {
                self.holder = Holder::Pending { password, ends_at: now + DAY };
                self.activation = Some(self.mail());
                "success"
            }
        };
        (answer, expected)
    }

    async fn send_code(&mut self, word: Word) -> (Answer, &'static str) {
        let now = self.now();
        let password = self.word(word);
        let answer = self.service.send_code(&self.email, PASSWORDS[password]).await;
        let expected = match self.holder() {
            Holder::Pending { password: right, ends_at } if right == password => {
                let ends_at = ends_at.max(now + ACTIVATION_LIFETIME);
                self.holder = Holder::Pending { password, ends_at };
                self.activation = Some(self.mail());
                "success"
            }
            Holder::Active { password: right } if right == password => "already-activated",
            _ => "unauthorized",
        };
        (answer, expected)
    }

    async fn activate(&mut self, word: Word, digits: Digits) -> (Answer, &'static str) {
        let now = self.now();
        let (password, code) = (self.word(word), self.digits(digits));
        let answer = self.service.activate(&self.email, PASSWORDS[password], &code).await;
        let expected = match self.holder() {
            Holder::Pending { password: right, .. } if right == password => {
                let newest = &mut self.activation;
                match Newest::attempt(newest, now, ACTIVATION_LIFETIME, &code) {
                    None => "code-expired",
                    Some(false) => "code-incorrect",
                    Some(true) => {
                        self.holder = Holder::Active { password };
                        self.activation = None;
                        "success"
                    }
                }
            }
            Holder::Active { password: right } if right == password => "already-activated",
            _ => "unauthorized",
        };
        self.note_code(&code, expected);
        (answer, expected)
    }

    async fn change_password(&mut self, word: Word, new: usize) -> (Answer, &'static str) {
        let password = self.word(word);
        let answer = self.service.change_password(&self.email, PASSWORDS[password], PASSWORDS[new]).await;
        let expected = match self.holder() {
            _ if new == password => "invalid-input",
            Holder::Active { password: right } if right == password => {
                self.holder = Holder::Active { password: new };
                self.reset = None;
                "success"
            }
            Holder::Pending { password: right, .. } if right == password => "not-activated",
            _ => "unauthorized",
        };
        (answer, expected)
    }

    async fn forgot_password(&mut self) -> (Answer, &'static str) {
        let now = self.now();
        let answer = self.service.forgot_password(&self.email).await;
        self.reset = match self.holder() {
            Holder::Active { .. } => Some(self.mail()),
            _ => Some(Newest { code: None, made_at: now, attempts: 0 }),
        };
        (answer, "success")
    }

    async fn reset_password(&mut self, digits: Digits, new: usize) -> (Answer, &'static str) {
        let now = self.now();
        let code = self.digits(digits);
        let answer = self.service.reset_password(&self.email, &code, PASSWORDS[new]).await;
        let right = Newest::attempt(&mut self.reset, now, RESET_LIFETIME, &code);
        let expected = match (right, self.holder()) {
            (None, _) => "code-expired",
            (Some(true), Holder::Active { password }) if password == new => "invalid-input",
            (Some(true), Holder::Active { .. }) => {
                self.holder = Holder::Active { password: new };
                self.reset = None;
                "success"
            }
            _ => "code-incorrect",
        };
        self.note_code(&code, expected);
        (answer, expected)
    }

    async fn delete(&mut self, word: Word) -> (Answer, &'static str) {
        let password = self.word(word);
        let answer = self.service.delete(&self.email, PASSWORDS[password]).await;
        let expected = if self.password() == Some(password) {
            (self.holder, self.activation, self.reset) = (Holder::Nobody, None, None);
            "success"
        } else {
            "unauthorized"
        };
        (answer, expected)
    }

    async fn me(&mut self, word: Word) -> (Answer, &'static str) {
        let password = self.word(word);
        (self.service.me(&self.email, PASSWORDS[password]).await, self.opens(password))
    }

    /// The answer of `GET /api/me` to a password.
    fn opens(&mut self, password: usize) -> &'static str {
        match self.holder() {
            Holder::Active { password: right } if right == password => "success",
            Holder::Pending { password: right, .. } if right == password => "not-activated",
            _ => "unauthorized",
        }
    }

    /// Records a wrong code that was tried.
    fn note_code(&mut self, code: &str, expected: &str) {
        let dead = self.mailed.iter().any(|mailed| mailed == code) && expected.starts_with("code-");
        self.tried.dead_codes += usize::from(dead);
    }

    fn check(&mut self, step: Step, answer: &Answer, expected: &str) {
        assert_eq!(answer.outcome(), expected, "{step:?} of {:?}", self.holder);
        self.worked.extend(self.password());
        let name = format!("{step:?}").split('(').next().unwrap().to_owned();
        *self.tried.outcomes.entry(format!("{name} {expected}")).or_default() += 1;
    }
}

/// Takes the steps, and then tries each password.
async fn live(service: &Service, steps: &[Step]) -> Tried {
    let mut history = History::new(service);
    for step in steps {
        if let Step::Wait(time) = step {
            service.clock.advance(*time);
        }
        history.take(*step).await;
    }
    for place in 0..PASSWORDS.len() {
        history.take(Step::Me(Word::Any(place))).await;
    }
    history.tried
}

#[test]
#[expect(clippy::print_stdout, reason = "what was tried is for who reads it")]
fn no_history_accepts_a_stale_password_or_code() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let services = (0..SIDE_BY_SIDE).map(|_| Service::with(&SETTINGS));
    let services = runtime.block_on(join_all(services));
    let config = Config::default();
    // 24 histories by default, which PROPTEST_CASES also raises.
    let config = Config { cases: config.cases / 64, failure_persistence: None, ..config };
    let all = std::cell::RefCell::new(Tried::default());
    TestRunner::new(config)
        .run(&vec(vec(step(), 1..80), SIDE_BY_SIDE), |histories| {
            let histories = services.iter().zip(&histories).map(|(service, steps)| live(service, steps));
            for tried in runtime.block_on(join_all(histories)) {
                let mut all = all.borrow_mut();
                all.dead_passwords += tried.dead_passwords;
                all.dead_codes += tried.dead_codes;
                for (outcome, times) in tried.outcomes {
                    *all.outcomes.entry(outcome).or_default() += times;
                }
            }
            Ok(())
        })
        .unwrap();
    let all = all.into_inner();
    println!(
        "{:?}\n{} dead passwords and {} dead codes opened nothing",
        all.outcomes, all.dead_passwords, all.dead_codes
    );
    assert!(all.dead_passwords > 0 && all.dead_codes > 0, "nothing dead was tried: the test shows nothing");
}
