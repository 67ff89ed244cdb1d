//! What a request decides on, read in one round trip: the registration of an address, its newest code, and counters.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    operation::batch_get_item::BatchGetItemOutput,
    types::{AttributeValue, KeysAndAttributes},
};

use super::{
    ATTEMPTS, Store, failed,
    item::{self, Item, text},
    undeliverable::{self, Undeliverable},
};
use crate::{
    clock::Timestamp,
    code::{NewestCode, Purpose},
    email_address::EmailAddress,
    limits::Counters,
    problem::Problem,
    registration::Registration,
};

/// Half of the longest pause before the rest of a batch is requested; it doubles each time.
const UNPROCESSED_PAUSE: Duration = Duration::from_millis(25);

/// What to read.
#[derive(Default)]
pub struct Wanted<'a> {
    /// The purpose whose newest code is read.
    pub newest_code: Option<Purpose>,
    /// The keys of the counters that are read.
    pub counters: Vec<&'a str>,
    /// Whether the mark of an undeliverable address is read.
    pub mark: bool,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The registration of the address, whether or not it is current.
    pub registration: Option<Registration>,
    /// The newest code of the address, valid or not.
    pub newest_code: Option<NewestCode>,
    /// The counters.
    pub counters: Counters,
    /// The mark of an undeliverable address, whether or not it is still in force.
    pub mark: Option<Undeliverable>,
}

impl Snapshot {
    /// Refuses an address that mail does not reach.
    pub fn deliverable(&self, now: Timestamp) -> Result<(), Problem> {
        match &self.mark {
            Some(mark) if mark.holds(now) => Err(Problem::MailUndeliverable),
            _ => Ok(()),
        }
    }
}

impl Store {
    /// Everything about an address.
    pub async fn read(&self, email: &EmailAddress, wanted: Wanted<'_>) -> Result<Snapshot, Problem> {
        let Wanted { newest_code, counters, mark } = wanted;
        let mark_key = undeliverable::key(email);
        let mut keys = HashMap::from([(self.tables.users.clone(), keys("email", [text(email.as_str())])?)]);
        if let Some(purpose) = newest_code {
            keys.insert(self.tables.codes.clone(), self::keys("email", [item::code_key(email, purpose)])?);
        }
        let limits: Vec<_> = counters.into_iter().chain(mark.then_some(&*mark_key)).map(text).collect();
        if !limits.is_empty() {
            keys.insert(self.tables.limits.clone(), self::keys("key", limits)?);
        }
        let mut snapshot = Snapshot::default();
        for (table, found) in self.read_batch(keys).await? {
            if table == self.tables.users {
                snapshot.registration = Some(item::registration(&found)?);
            } else if table == self.tables.limits && found.get("key") == Some(&text(&*mark_key)) {
                snapshot.mark = Some(undeliverable::mark(&found)?);
            } else if table == self.tables.limits {
                let (key, counters) = item::counters(found)?;
                snapshot.counters.insert(key, counters);
            } else {
                snapshot.newest_code = Some(item::newest_code(&found)?);
            }
        }
        Ok(snapshot)
    }

    /// Reads items of several tables, each with the name of its table.
    async fn read_batch(
        &self,
        keys: HashMap<String, KeysAndAttributes>,
    ) -> Result<Vec<(String, Item)>, Problem> {
        let (mut wanted, mut items) = (keys, Vec::new());
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                // Unprocessed items were throttled, and the SDK does not wait for these.
                let pause = (UNPROCESSED_PAUSE * (1 << attempt)).mul_f64(rand::random_range(0.5..1.0));
                tokio::time::sleep(pause).await;
            }
            let read = self.client.batch_get_item().set_request_items(Some(wanted)).send();
            let BatchGetItemOutput { responses, unprocessed_keys, .. } = read.await.map_err(failed)?;
            for (table, found) in responses.unwrap_or_default() {
                items.extend(found.into_iter().map(|item| (table.clone(), item)));
            }
            wanted = unprocessed_keys.unwrap_or_default();
            if wanted.is_empty() {
                return Ok(items);
            }
        }
        Err(Problem::Unavailable("a batch was left unprocessed too often".into()))
    }
}

fn keys(
    attribute: &str,
    values: impl IntoIterator<Item = AttributeValue>,
) -> Result<KeysAndAttributes, Problem> {
    let keys = values.into_iter().map(|value| Item::from([(attribute.to_owned(), value)]));
    let wanted = KeysAndAttributes::builder().set_keys(Some(keys.collect())).consistent_read(true);
    wanted.build().map_err(Problem::internal)
}
