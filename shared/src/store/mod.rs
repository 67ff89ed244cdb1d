//! DynamoDB: the tables, and every read and write of them.
//!
//! Each method is one call or one transaction, with its condition next to it. A read that decides is consistent; the
//! condition of the following write is that what was read has not changed; if it has, [`settle`] has it decided again.
//! Nothing relies on TTL having deleted an item.
//!
//! | Table | Key | Attributes |
//! |---|---|---|
//! | users | `email` S | `id` S, `password_hash` S, `activated` BOOL, `created_at` N, `activated_at` N, `password_changed_at` N, `disabled_at` N, `short_codes` L of N, `ends_at` N, `expires_at` N (TTL) |
//! | codes | `email` S | `purpose` S, `id` S, `code_mac` B, `created_at` N, `attempts` N, `expires_at` N (TTL) |
//! | limits | `key` S | counters N, or of an undeliverable address `marked_at` N and `ends_at` N; `expires_at` N (TTL) |
//!
//! Instants are milliseconds since the Unix epoch, TTLs whole seconds. A user has `expires_at`, `ends_at` and
//! `short_codes` only while the account is not active. `attempts` counts the attempts made, and a code without
//! `code_mac` was withdrawn.

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
