//! DynamoDB: the tables, and every read and write of them.
//!
//! One method is one call or one transaction, with its condition beside it. A read that decides is consistent; the
//! condition of the write that follows says that what was read is still so; when it is not, [`settle`] has it decided
//! anew. Nothing relies on TTL having deleted an item.
//!
//! | Table | Key | Attributes |
//! |---|---|---|
//! | users | `email` S | `id` S, `password_hash` S, `activated` BOOL, `created_at` N, `activated_at` N, `disabled_at` N, `short_codes` L of N, `ends_at` N, `expires_at` N (TTL) |
//! | codes | `email` S | `purpose` S, `id` S, `code_mac` B, `created_at` N, `attempts` N, `expires_at` N (TTL) |
//! | limits | `key` S | counters N, or of an undeliverable address `marked_at` N and `ends_at` N; `expires_at` N (TTL) |
//!
//! Instants are milliseconds since the Unix epoch, TTLs whole seconds. `expires_at`, `ends_at` and `short_codes` of a
//! user are there only while the account is not active. `attempts` counts the attempts that were made, and a code without
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
mod undeliverable;

use std::time::Duration;

use aws_sdk_dynamodb::{Client, types::TransactWriteItem};

use self::failure::{Cancelled, cancelled, failed, if_held};
pub use self::{
    imports::Import,
    registrations::Activation,
    snapshot::{Snapshot, Wanted},
    undeliverable::Undeliverable,
};
use crate::{aws::WarmUp, problem::Problem};

/// How often a lost race is decided anew, before the service says that it is busy.
const ATTEMPTS: usize = 4;

/// Half of the longest pause before a lost race is decided anew; it doubles each time.
const LOST_PAUSE: Duration = Duration::from_millis(5);

/// The tables. Clones share their connections.
#[derive(Clone)]
pub struct Store {
    client: Client,
    tables: Tables,
}

/// Names of the DynamoDB tables.
#[derive(Clone, Debug)]
pub struct Tables {
    /// The users, keyed on their address.
    pub users: String,
    /// The newest code of each address, dead or alive; empty for a function that needs none.
    pub codes: String,
    /// The counters of the limits.
    pub limits: String,
}

/// What came of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It took effect.
    Committed,
    /// Another transaction holds the items: nothing was written.
    Conflict,
    /// What was read before is no longer so: nothing was written.
    Stale,
}

/// What came of one attempt to write what was decided.
pub enum Attempt<T, D> {
    /// This.
    Done(T),
    /// Another request was first. This is decided now.
    Lost(D),
}

/// Runs `attempt` on what is decided until it is done, four times at most.
pub async fn settle<T, D, F>(decided: D, attempt: impl Fn(D) -> F) -> Result<T, Problem>
where
    F: Future<Output = Result<Attempt<T, D>, Problem>>,
{
    let mut decided = decided;
    for lost in 0..ATTEMPTS {
        if lost > 0 {
            // Whoever holds the items is done in a few milliseconds.
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
        // Every function links this operation. What comes back is no answer to an update, and says nothing.
        let update = self.client.update_item().table_name(&self.tables.limits);
        let _ = update.customize().interceptor(WarmUp).config_override(once).send().await;
    }

    /// Writes all of `items` or none.
    async fn transact(&self, items: Vec<TransactWriteItem>) -> Result<Option<Cancelled>, Problem> {
        // The SDK makes a token for each transaction, so a write whose answer was lost is not done twice when it is
        // sent again.
        match self.client.transact_write_items().set_transact_items(Some(items)).send().await {
            Ok(_) => Ok(None),
            Err(error) => cancelled(error).map(Some),
        }
    }

    async fn write(
        &self,
        items: impl Iterator<Item = Result<TransactWriteItem, Problem>>,
    ) -> Result<Written, Problem> {
        let items = items.collect::<Result<_, _>>()?;
        Ok(match self.transact(items).await? {
            None => Written::Committed,
            Some(Cancelled::Conflict) => Written::Conflict,
            Some(Cancelled::Conditions(_)) => Written::Stale,
        })
    }
}
