//! DynamoDB: the tables, and every read and write of them.
//!
//! One method is one call or one transaction, with its condition beside it. A read that decides is consistent; the
//! condition of the write that follows says that what was read is still so; when it is not, [`settle`] has it decided
//! anew. Nothing relies on TTL having deleted an item.
//!
//! | Table | Key | Attributes |
//! |---|---|---|
//! | users | `email` S | `id` S, `password_hash` S, `activated` BOOL, `created_at` N, `activated_at` N, `codes_sent` L of N, `expires_at` N (TTL) |
//! | codes | `email` S | `id` S, `code_mac` B, `created_at` N, `attempts` N, `expires_at` N (TTL) |
//! | limits | `key` S | `count` N, or `quarter_0` to `quarter_95` N; `expires_at` N (TTL) |
//!
//! Instants are milliseconds since the Unix epoch, TTLs whole seconds. `expires_at` and `codes_sent` of a user are
//! there only while the account is not active. `attempts` counts the attempts that were made.

mod codes;
mod counters;
mod failure;
mod item;
mod registrations;
mod sign_in;

use aws_sdk_dynamodb::{Client, types::TransactWriteItem};

use self::{
    failure::{Cancelled, cancelled, failed},
    item::text,
};
pub use self::{registrations::Activation, sign_in::SignInState};
use crate::{aws::WarmUp, email_address::EmailAddress, problem::Problem, registration::Registration};

/// How often a lost race is decided anew, before the service says that it is busy.
const ATTEMPTS: usize = 4;

/// The tables.
pub struct Store {
    client: Client,
    tables: Tables,
}

/// Names of the DynamoDB tables.
#[derive(Clone, Debug)]
pub struct Tables {
    /// The users, keyed on their address.
    pub users: String,
    /// The one valid code of each address; empty for a function that needs none.
    pub codes: String,
    /// The counters of the limits.
    pub limits: String,
}

/// What came of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It took effect.
    Committed,
    /// What was read before is no longer so: nothing was written.
    Conflict,
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
    for _ in 0..ATTEMPTS {
        match attempt(decided).await? {
            Attempt::Done(value) => return Ok(value),
            Attempt::Lost(again) => decided = again,
        }
    }
    Err(Problem::Unavailable("lost the race for an item too often".into()))
}

impl Store {
    pub(crate) fn new(client: Client, tables: Tables) -> Self {
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

    /// What the address holds, whether or not it is current.
    pub async fn find(&self, email: &EmailAddress) -> Result<Option<Registration>, Problem> {
        let read = self
            .client
            .get_item()
            .table_name(&self.tables.users)
            .key("email", text(email.as_str()))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed)?;
        read.item().map(item::registration).transpose()
    }

    /// Writes all of `items` or none.
    async fn transact(&self, items: [TransactWriteItem; 2]) -> Result<Option<Cancelled>, Problem> {
        // The SDK makes a token for each transaction, so a write whose answer was lost is not done twice when it is
        // sent again.
        match self.client.transact_write_items().set_transact_items(Some(items.to_vec())).send().await {
            Ok(_) => Ok(None),
            Err(error) => cancelled(error).map(Some),
        }
    }

    async fn write(&self, items: [TransactWriteItem; 2]) -> Result<Written, Problem> {
        Ok(self.transact(items).await?.map_or(Written::Committed, |_| Written::Conflict))
    }
}
