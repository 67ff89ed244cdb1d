//! What a sign-in reads, in one round trip: the registration, and the wrong passwords that were counted so far.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{operation::batch_get_item::BatchGetItemOutput, types::KeysAndAttributes};

use super::{
    ATTEMPTS, Store, failed,
    item::{self, Item, text},
};
use crate::{
    email_address::EmailAddress,
    limits::{FailureCounts, SignIn},
    problem::Problem,
    registration::Registration,
};

/// Half of the longest pause before a batch's rest is asked for; it doubles each time.
const UNPROCESSED_PAUSE: Duration = Duration::from_millis(25);

/// What is known before a password is verified.
#[derive(Default)]
pub struct SignInState {
    /// What the address holds, whether or not it is current.
    pub registration: Option<Registration>,
    /// The wrong passwords so far, if they are counted.
    pub failures: FailureCounts,
}

impl Store {
    /// What is known of an address, and of this client's sign-ins with it if they are limited.
    pub async fn sign_in_state(
        &self,
        email: &EmailAddress,
        sign_in: Option<&SignIn>,
    ) -> Result<SignInState, Problem> {
        let mut keys = HashMap::from([(self.tables.users.clone(), keys_of("email", &[email.as_str()])?)]);
        if let Some(sign_in) = sign_in {
            let counters = keys_of("key", &[&sign_in.client_key, &sign_in.address_key])?;
            keys.insert(self.tables.limits.clone(), counters);
        }
        let mut state = SignInState::default();
        for (table, found) in self.read_batch(keys).await? {
            if table == self.tables.users {
                state.registration = Some(item::registration(&found)?);
            } else if let Some(sign_in) = sign_in {
                if found.get("key") == Some(&text(&*sign_in.client_key)) {
                    state.failures.by_client = true;
                    state.failures.in_quarter = item::count(&found, &sign_in.quarter);
                } else {
                    state.failures.in_day = item::count(&found, SignIn::DAY);
                }
            }
        }
        Ok(state)
    }

    /// Reads items of several tables, each with the name of its table.
    async fn read_batch(
        &self,
        keys: HashMap<String, KeysAndAttributes>,
    ) -> Result<Vec<(String, Item)>, Problem> {
        let (mut wanted, mut items) = (keys, Vec::new());
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                // What is left unprocessed is throttled, and the SDK does not wait here.
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

fn keys_of(attribute: &str, values: &[&str]) -> Result<KeysAndAttributes, Problem> {
    let keys = values.iter().map(|value| HashMap::from([(attribute.to_owned(), text(*value))]));
    let wanted = KeysAndAttributes::builder().set_keys(Some(keys.collect())).consistent_read(true);
    wanted.build().map_err(Problem::internal)
}
