//! Random mixes of attackers, an owner and time.
//!
//! Five clients do arbitrary things to the owner's address and its mailbox; then the owner comes. In every case the
//! owner gets in, and no day has more guesses at codes, mails to the mailbox or mails of one client than the limits
//! allow.

use std::{cell::Cell, collections::BTreeMap, ops::Deref, time::Duration};

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, prop_oneof},
    test_runner::{Config, TestRunner},
};

use super::{ATTACKERS_PASSWORD, at_midnight, attackers, owner, owner_gets_in};
use crate::support::{
    Answer, Client, DAY, EMAIL, MINUTE, PASSWORD, SECOND, Service, WRONG_PASSWORD, another,
};

/// What an attacker does. The number is its client.
#[derive(Clone, Copy, Debug)]
enum Step {
    Register(u8),
    SendCode(u8),
    Guess(u8),
    RegisterTagged(u8),
    WrongPassword(u8),
    /// Five times: registers, and guesses until the code is dead.
    UseUpCodes(u8),
    /// Registers tagged addresses until it is refused.
    FillMailbox(u8),
    Wait(Duration),
}

fn step() -> impl Strategy<Value = Step> {
    let client = || 1..=5_u8;
    prop_oneof![
        3 => client().prop_map(Step::Register),
        3 => client().prop_map(Step::SendCode),
        3 => client().prop_map(Step::Guess),
        2 => client().prop_map(Step::RegisterTagged),
        2 => client().prop_map(Step::WrongPassword),
        3 => client().prop_map(Step::UseUpCodes),
        1 => client().prop_map(Step::FillMailbox),
        4 => prop_oneof![
            Just(SECOND),
            Just(Duration::from_secs(30)),
            Just(MINUTE),
            Just(Duration::from_hours(1)),
            Just(Duration::from_hours(11)),
        ]
        .prop_map(Step::Wait),
    ]
}

/// One history, and what was counted from outside.
struct History {
    service: Service,
    tag: usize,
    /// Guesses that were compared on each day: at short codes, and at long ones.
    guesses: BTreeMap<i64, [usize; 2]>,
    /// Long codes that were mailed to the owner's address.
    long_codes: usize,
    /// Mails that each client caused in each hour.
    mailed: BTreeMap<(u8, i64), usize>,
}

impl History {
    async fn new() -> Self {
        let service = at_midnight().await;
        Self { service, tag: 0, guesses: BTreeMap::new(), long_codes: 0, mailed: BTreeMap::new() }
    }

    fn window(&self, length: Duration) -> i64 {
        self.service.clock.now().as_millis().div_euclid(i64::try_from(length.as_millis()).unwrap())
    }

    async fn take(&mut self, step: Step) {
        let service = self.service.deref().clone();
        let client = |n| service.at(n);
        match step {
            Step::Wait(time) => self.service.clock.advance(time),
            Step::Register(n) => {
                let answer = client(n).register(EMAIL, ATTACKERS_PASSWORD).await;
                self.note_mail(n, &answer);
            }
            Step::SendCode(n) => {
                let answer = client(n).send_code(EMAIL, ATTACKERS_PASSWORD).await;
                self.note_mail(n, &answer);
            }
            Step::RegisterTagged(n) => {
                self.tag += 1;
                let email = format!("ada+{}@example.com", self.tag);
                let answer = client(n).register(&email, ATTACKERS_PASSWORD).await;
                self.note_mail(n, &answer);
            }
            Step::WrongPassword(n) => drop(client(n).me(EMAIL, WRONG_PASSWORD).await),
            Step::Guess(n) => {
                self.guess(&client(n)).await;
            }
            Step::UseUpCodes(n) => {
                for _ in 0..5 {
                    let answer = client(n).register(EMAIL, ATTACKERS_PASSWORD).await;
                    self.note_mail(n, &answer);
                    while self.guess(&client(n)).await {}
                }
            }
            Step::FillMailbox(n) => loop {
                self.tag += 1;
                let email = format!("ada+{}@example.com", self.tag);
                let answer = client(n).register(&email, ATTACKERS_PASSWORD).await;
                self.note_mail(n, &answer);
                if answer.status == 429 {
                    break;
                }
            },
        }
    }

    /// Enters a wrong code, and returns whether it was compared.
    async fn guess(&mut self, client: &Client) -> bool {
        let mails = self.service.mails().await;
        let Some(mail) = mails.iter().find(|mail| mail["to"] == EMAIL) else { return false };
        let code = mail["code"].as_str().unwrap();
        let answer = client.activate(EMAIL, ATTACKERS_PASSWORD, &another(code)).await;
        let compared = answer.status == 422;
        let day = self.window(DAY);
        self.guesses.entry(day).or_default()[usize::from(code.len() == 8)] += usize::from(compared);
        compared
    }

    fn note_mail(&mut self, client: u8, answer: &Answer) {
        if answer.status < 300 {
            let hour = self.window(Duration::from_hours(1));
            *self.mailed.entry((client, hour)).or_default() += 1;
            self.long_codes += usize::from(answer.body["code"]["length"] == 8);
        }
    }

    /// What holds of any history.
    fn check(&self) {
        let mut mails = BTreeMap::<i64, usize>::new();
        for ((_, hour), count) in &self.mailed {
            assert!(*count <= 60, "{count} mails of one client in an hour");
            *mails.entry(hour.div_euclid(24)).or_default() += count;
        }
        for (day, count) in mails {
            assert!(count <= 30 + 5, "{count} mails to the mailbox on day {day}");
        }
        for [short, long] in self.guesses.values() {
            // The codes of a day, and one from just before it.
            assert!(*short <= 3 * (10 + 1), "{short} guesses at short codes");
            assert!(*long <= 3 * (2 * 5 + 1), "{long} guesses at long codes");
        }
    }
}

/// Plays a history to its end: the owner gets in. Returns how many long codes the attackers caused.
async fn play(steps: &[Step]) -> usize {
    let mut history = History::new().await;
    for step in steps {
        history.take(*step).await;
    }
    history.check();
    let (service, tag) = (&history.service, Cell::new(history.tag));
    let clients = attackers(service, 5);
    let (registrations, _) = owner_gets_in(service, &clients, async |client| {
        tag.set(tag.get() + 1);
        client.me(EMAIL, WRONG_PASSWORD).await;
        client.register(&format!("ada+{}@example.com", tag.get()), ATTACKERS_PASSWORD).await;
        client.register(EMAIL, ATTACKERS_PASSWORD).await
    })
    .await;
    assert_eq!(registrations, 1);
    service.clock.advance(DAY);
    owner(service).me(EMAIL, PASSWORD).await.expect(200);
    history.long_codes
}

#[test]
fn no_mix_of_five_clients_locks_the_owner_out_or_exceeds_a_limit() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let all_codes: Vec<_> = (1..=5).map(Step::UseUpCodes).collect();
    assert_eq!(
        runtime.block_on(play(&all_codes)),
        6,
        "two for each client whose five were not among the ten"
    );
    let config = Config::default();
    // A history takes as long as many single cases: 8 by default, which PROPTEST_CASES also raises.
    let config = Config { cases: config.cases / 32, failure_persistence: None, ..config };
    TestRunner::new(config)
        .run(&vec(step(), 1..30), |steps| {
            runtime.block_on(play(&steps));
            Ok(())
        })
        .unwrap();
}
