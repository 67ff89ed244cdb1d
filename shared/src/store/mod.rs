//! DynamoDB: the tables, and every read and write of them.
//!
//! One method is one call or one transaction, with its condition beside it. A read that decides is consistent; the
//! condition of the write that follows says that what was read is still so. Nothing relies on TTL having deleted
//! an item.
//!
//! | Table | Key | Attributes |
//! |---|---|---|
//! | users | `email` S | `id` S, `password_hash` S, `activated` BOOL, `created_at` N, `activated_at` N, `codes_sent` L of N, `expires_at` N (TTL) |
//! | codes | `email` S | `id` S, `code_mac` B, `created_at` N, `attempts` N, `expires_at` N (TTL) |
//! | limits | `key` S | `count` N, or `quarter_0` to `quarter_95` N; `expires_at` N (TTL) |
//!
//! Instants are milliseconds since the Unix epoch, TTLs whole seconds. `expires_at` and `codes_sent` of a user are
//! there only while the account is not active. `attempts` counts the attempts that were taken.

mod codes;
mod failure;
mod item;
mod limits;
mod registrations;

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, TransactWriteItem},
};

pub use self::registrations::Activation;
use self::{
    failure::{Cancelled, cancelled, failed},
    item::{codes_sent, text},
};
use crate::{aws::Greeting, config::Config, email_address::EmailAddress, problem::Problem, user::User};

/// How often a handler decides anew after it lost a race, before it says that the service is busy.
pub const ATTEMPTS: usize = 4;

/// The tables.
pub struct Store {
    client: Client,
    config: Config,
}

/// What came of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Write {
    /// It took effect.
    Done,
    /// What was read before is no longer so: nothing was written.
    Raced,
}

impl Store {
    pub(crate) fn new(client: Client, config: Config) -> Self {
        Self { client, config }
    }

    /// Opens the connection that the first call will use. Reads and writes nothing.
    pub(crate) async fn connect(&self) {
        let once = aws_sdk_dynamodb::config::Builder::default()
            .retry_config(Greeting::retries())
            .allow_no_auth()
            .auth_scheme_preference(Greeting::UNSIGNED);
        // Every function links this operation. What comes back is no answer to an update, and tells nothing.
        let update = self.client.update_item().table_name(&self.config.tables.limits);
        let _ = update.customize().interceptor(Greeting).config_override(once).send().await;
    }

    /// The user with this address, whether or not the registration still stands.
    ///
    /// # Errors
    /// [`Problem::Unavailable`] or [`Problem::Internal`].
    pub async fn find(&self, email: &EmailAddress) -> Result<Option<User>, Problem> {
        let read = self
            .client
            .get_item()
            .table_name(&self.config.tables.users)
            .key("email", text(email.as_str()))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed)?;
        read.item().map(item::user).transpose()
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

    async fn write(&self, items: [TransactWriteItem; 2]) -> Result<Write, Problem> {
        Ok(self.transact(items).await?.map_or(Write::Done, |_| Write::Raced))
    }
}

/// The answer to a request that lost every race it was in.
#[must_use]
pub fn contended() -> Problem {
    Problem::Unavailable("lost the race for an item too often".into())
}

/// The condition that a user is as it was read, and not active.
const UNCHANGED: &str = "id = :read_id AND activated = :read_activated AND codes_sent = :read_sent";

/// The values of [`UNCHANGED`].
fn as_read(user: &User) -> HashMap<String, AttributeValue> {
    HashMap::from([
        (":read_id".to_owned(), item::id(user)),
        (":read_activated".to_owned(), AttributeValue::Bool(false)),
        (":read_sent".to_owned(), codes_sent(user)),
    ])
}
