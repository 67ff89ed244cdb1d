//! DynamoDB: the tables, and every read and write of them.
//!
//! Each method is one call or one transaction, with its condition next to it. A read that decides is consistent; the
//! condition of the following write is that what was read has not changed; if it has, [`settle`] has it decided again.
//! Nothing relies on TTL having deleted an item.
//!
//! # The tables
//!
//! Instants are milliseconds since the Unix epoch, TTLs whole seconds.
//!
//! **users**, one item per address:
//!
//! | Attribute | | |
//! |---|---|---|
//! | `email` | S, key | the address in its normal form |
//! | `id` | S | UUIDv7 of this registration |
//! | `password_hash` | S | bcrypt: `$2b$` made here, `$2y$` by another system, which read 72 bytes |
//! | `activated` | BOOL | |
//! | `created_at`, `activated_at`, `password_changed_at` | N | |
//! | `disabled_at` | N | only while the account is disabled by an operator |
//! | `short_codes` | L of N | only while not active: when short codes were sent to the address, as far as they still count |
//! | `ends_at` | N | only while not active: when the registration expires, never before its newest code is dead |
//! | `expires_at` | N, TTL | only while not active: `ends_at`, or the end of the last short code that counts if that is later |
//!
//! **codes**, one item per address and purpose, its newest code:
//!
//! | Attribute | | |
//! |---|---|---|
//! | `email` | S, key | the address; for a reset `reset:` and the address |
//! | `purpose` | S | `activation` or `reset` |
//! | `id` | S | of the registration that the code is for; random for a reset without an account |
//! | `code_mac` | B | HMAC-SHA-256 under `CODE_SECRET` over purpose, id, for a reset the hash, and code; removed if the code was withdrawn |
//! | `created_at` | N | |
//! | `attempts` | N | attempts made so far |
//! | `attempts_of_CLIENT` | N | those made by one client; for a reset only |
//! | `expires_at` | N, TTL | |
//!
//! **limits**, one item per counter: `key`, `expires_at` (TTL), and
//!
//! | Key | Counters |
//! |---|---|
//! | `requests/CLIENT/HOUR` | `count` |
//! | `codes/EMAIL:CLIENT/DAY` | `count`; `long`: those of them with eight digits |
//! | `mails/MAILBOX/DAY` | `count` |
//! | `mails/MAILBOX:CLIENT/DAY` | `count`, beyond the shared ones |
//! | `passwords/EMAIL:CLIENT/DAY` | `quarter_0` to `quarter_95`, one for each quarter of an hour; `beyond_the_day` |
//! | `passwords/EMAIL/DAY` | `count` |
//!
//! A client is an IPv4 address or the /64 of an IPv6 address, a mailbox an address without its plus tag.
//! `undeliverable/EMAIL` is not a counter: it marks an address that mail does not reach, with the instants `marked_at`
//! and `ends_at`.

mod accounts;
mod codes;
mod counters;
mod failure;
mod imports;
mod item;
mod operators;
mod registrations;
mod resets;
mod snapshot;
mod transaction;
mod undeliverable;

use std::time::Duration;

use aws_sdk_dynamodb::Client;

use self::failure::{failed, if_held};
pub use self::{
    imports::Import,
    registrations::Activation,
    snapshot::{Snapshot, Wanted},
    undeliverable::Undeliverable,
};
use crate::{aws::WarmUp, problem::Problem};

/// How many attempts are made at a write that loses its races, before the service answers that it is unavailable.
const ATTEMPTS: usize = 4;

/// Half of the longest pause before the next attempt; it doubles each time.
const LOST_PAUSE: Duration = Duration::from_millis(5);

/// The tables. Clones share their connections.
#[derive(Clone)]
pub struct Store {
    client: Client,
    tables: Tables,
}

/// Names of the DynamoDB tables; empty for one that the function does not need.
#[derive(Clone, Debug)]
pub struct Tables {
    /// The users, by address.
    pub users: String,
    /// The newest code of each address, dead or alive.
    pub codes: String,
    /// The counters of the limits.
    pub limits: String,
}

/// The outcome of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It took effect.
    Committed,
    /// Another transaction is writing the items: nothing was written.
    Conflict,
    /// What was read has changed: nothing was written.
    Stale,
}

/// The outcome of one attempt to write a decision.
pub enum Attempt<T, D> {
    /// It was written, with this result.
    Done(T),
    /// Another request was first. This is the new decision.
    Lost(D),
}

/// Runs `attempt` on a decision until it is done, four times at most.
pub async fn settle<T, D, F>(decided: D, attempt: impl Fn(D) -> F) -> Result<T, Problem>
where
    F: Future<Output = Result<Attempt<T, D>, Problem>>,
{
    let mut decided = decided;
    for lost in 0..ATTEMPTS {
        if lost > 0 {
            // The other transaction is done in a few milliseconds.
            tokio::time::sleep((LOST_PAUSE * (1 << lost)).mul_f64(rand::random_range(0.5..1.0))).await;
        }
        match attempt(decided).await? {
            Attempt::Done(value) => return Ok(value),
            Attempt::Lost(again) => decided = again,
        }
    }
    Err(Problem::Unavailable("lost the race for an item too often".into()))
}

impl Store {
    /// The tables, as this client reaches them.
    pub fn new(client: Client, tables: Tables) -> Self {
        Self { client, tables }
    }

    /// Opens the connection that the first call will use. Reads and writes nothing.
    pub(crate) async fn warm_up(&self) {
        let once = aws_sdk_dynamodb::config::Builder::default()
            .retry_config(WarmUp::retries())
            .allow_no_auth()
            .auth_scheme_preference(WarmUp::UNSIGNED);
        // Every function links this operation. The response is no answer to an update, and is ignored.
        let update = self.client.update_item().table_name(&self.tables.limits);
        let _ = update.customize().interceptor(WarmUp).config_override(once).send().await;
    }
}
