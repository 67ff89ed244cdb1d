//! Attacks on one owner, from one, two and five clients over a simulated day, at the default limits.
//!
//! Whatever the attackers send, the owner, on another client, registers, activates and signs in: with at most two
//! registrations, waiting as long as the answers say. `any_mix` tries random mixes of attackers, owners and time.

mod any_mix;
mod codes;
mod parsing;
mod passwords;

use std::time::Duration;

use serde_json::Value;
use shared::clock::Timestamp;

use crate::support::{Answer, Client, DAY, EMAIL, MINUTE, PASSWORD, SECOND, Service};

/// The number of clients of each attack.
const SIZES: [u8; 3] = [1, 2, 5];
/// The password with which the attackers register the owner's address.
const ATTACKERS_PASSWORD: &str = "the attackers' password";

/// A service at the beginning of a day (UTC), without counters of the previous day.
async fn at_midnight() -> Service {
    let service = Service::start().await;
    service.begin_window(DAY, Duration::ZERO);
    service
}

/// The clients of an attack of this size.
fn attackers(service: &Service, size: u8) -> Vec<Client> {
    (1..=size).map(|n| service.at(n)).collect()
}

/// The owner of [`EMAIL`], on another client.
fn owner(service: &Service) -> Client {
    service.at(100)
}

/// How long an answer says to wait.
fn wait(answer: &Answer) -> Option<Duration> {
    answer.body.get("retry_after").and_then(Value::as_u64).map(Duration::from_secs)
}

/// Attacks until `end`: each client makes its request as soon as it may, and again at once if it worked.
async fn attack_until<A: Future<Output = Answer>>(
    service: &Service,
    end: Timestamp,
    clients: &[Client],
    request: impl Fn(Client) -> A,
) {
    let mut turns: Vec<_> = clients.iter().map(|client| (service.clock.now(), client)).collect();
    while let Some((at, client)) = turns.iter_mut().min_by_key(|(at, _)| at.as_millis())
        && *at < end
    {
        service.clock.advance(at.saturating_since(service.clock.now()));
        let answer = request(client.clone()).await;
        *at = service.clock.now() + wait(&answer).unwrap_or(SECOND);
    }
    service.clock.advance(end.saturating_since(service.clock.now()));
}

/// The owner gets an account during the attack, and signs in to it. Returns how many registrations that took, and how
/// long.
async fn owner_gets_in<A: Future<Output = Answer>>(
    service: &Service,
    clients: &[Client],
    request: impl Fn(Client) -> A,
) -> (usize, Duration) {
    let (owner, arrived) = (owner(service), service.clock.now());
    for registration in 1..=2 {
        loop {
            let answer = owner.register(EMAIL, PASSWORD).await;
            let Some(wait) = wait(&answer) else {
                answer.expect(201);
                break;
            };
            attack_until(service, service.clock.now() + wait, clients, &request).await;
        }
        let code = service.code(EMAIL).await;
        // The mail is read in the last second of the code.
        attack_until(service, service.clock.now() + MINUTE - SECOND, clients, &request).await;
        let answer = owner.activate(EMAIL, PASSWORD, &code).await;
        if answer.status == 200 {
            owner.me(EMAIL, PASSWORD).await.expect(200);
            return (registration, service.clock.now().saturating_since(arrived));
        }
    }
    panic!("the owner is kept out by {} clients", clients.len());
}
