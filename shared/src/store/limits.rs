//! Counters of the limits table, and what is read for a sign-in: the user and the counters, in one round trip.
//!
//! A counter is raised by an update that its limit is the condition of, so requests side by side can't pass it.

use std::{collections::HashMap, num::NonZeroU32, time::Duration};

use aws_sdk_dynamodb::{
    operation::{
        batch_get_item::BatchGetItemOutput,
        update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    },
    types::KeysAndAttributes,
};

use super::{
    ATTEMPTS, Store, failed,
    item::{self, Item, number, text},
};
use crate::{
    clock::Timestamp,
    email_address::EmailAddress,
    limits::{FailuresSoFar, PasswordFailures, Registrations},
    problem::Problem,
    user::User,
};

/// Half of the longest pause before a batch's rest is asked for; it doubles each time.
const UNPROCESSED_PAUSE: Duration = Duration::from_millis(25);

impl Store {
    /// Counts one registration of a client.
    ///
    /// # Errors
    /// [`Problem::TooManyRequests`] when the counter is full, [`Problem::Unavailable`] or [`Problem::Internal`].
    pub async fn count_registration(&self, counter: &Registrations) -> Result<(), Problem> {
        let update = self.counter(&counter.key, "count", counter.expires_at());
        if raise(below(update, Some(counter.max))).await? { Ok(()) } else { Err(counter.exceeded()) }
    }

    /// The user with this address, whether or not the registration still stands, and the wrong passwords so far if
    /// they are counted.
    ///
    /// # Errors
    /// [`Problem::Unavailable`] or [`Problem::Internal`].
    pub async fn find_with_failures(
        &self,
        email: &EmailAddress,
        failures: Option<&PasswordFailures>,
    ) -> Result<(Option<User>, FailuresSoFar), Problem> {
        let tables = &self.config.tables;
        let mut wanted = HashMap::from([(tables.users.clone(), keys("email", &[email.as_str()])?)]);
        if let Some(failures) = failures {
            let counters = keys("key", &[&failures.client_key, &failures.address_key])?;
            wanted.insert(tables.limits.clone(), counters);
        }
        let (mut user, mut so_far) = (None, FailuresSoFar::default());
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                // What is left unprocessed is throttled, and the SDK does not wait here.
                tokio::time::sleep(
                    (UNPROCESSED_PAUSE * (1 << attempt)).mul_f64(rand::random_range(0.5..1.0)),
                )
                .await;
            }
            let read = self.client.batch_get_item().set_request_items(Some(wanted)).send();
            let BatchGetItemOutput { responses, unprocessed_keys, .. } = read.await.map_err(failed)?;
            let mut responses = responses.unwrap_or_default();
            for found in responses.remove(&tables.users).unwrap_or_default() {
                user = Some(item::user(&found)?);
            }
            for found in responses.remove(&tables.limits).unwrap_or_default() {
                match failures {
                    Some(failures) if found.get("key") == Some(&text(&failures.client_key)) => {
                        so_far.by_client = true;
                        so_far.in_quarter = count(&found, &failures.quarter);
                    }
                    _ => so_far.in_day = count(&found, "count"),
                }
            }
            wanted = unprocessed_keys.unwrap_or_default();
            if wanted.is_empty() {
                return Ok((user, so_far));
            }
        }
        Err(Problem::Unavailable("a batch was left unprocessed too often".into()))
    }

    /// Counts one wrong password, which was tried after `so_far` was read.
    ///
    /// # Errors
    /// [`Problem::TooManyAttempts`] when others came first and the counter is full, [`Problem::Unavailable`] or
    /// [`Problem::Internal`].
    pub async fn count_password_failure(
        &self,
        failures: &PasswordFailures,
        so_far: FailuresSoFar,
    ) -> Result<(), Problem> {
        let day_is_full = failures.day_is_full(so_far);
        let update = self.counter(&failures.client_key, &failures.quarter, failures.expires_at());
        let update = if day_is_full {
            // This client's first and last try of the day.
            update
                .condition_expression("attribute_not_exists(#key)")
                .expression_attribute_names("#key", "key")
        } else {
            below(update, failures.per_quarter)
        };
        if !raise(update).await? {
            return Err(if day_is_full { failures.exceeded_day() } else { failures.exceeded_quarter() });
        }
        // Once the day's counter is full it is only read, so an attack by many on one address writes to no single item.
        if failures.per_day.is_none() || day_is_full {
            return Ok(());
        }
        let update = self.counter(&failures.address_key, "count", failures.expires_at());
        let counted = raise(below(update, failures.per_day)).await?;
        if counted || !so_far.by_client { Ok(()) } else { Err(failures.exceeded_day()) }
    }

    fn counter(&self, key: &str, attribute: &str, expires_at: Timestamp) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.config.tables.limits)
            .key("key", text(key))
            .update_expression("ADD #count :one SET expires_at = :expires_at")
            .expression_attribute_names("#count", attribute)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":expires_at", number(expires_at.as_ttl_seconds()))
    }
}

fn below(update: UpdateItemFluentBuilder, max: Option<NonZeroU32>) -> UpdateItemFluentBuilder {
    match max {
        None => update,
        Some(max) => update
            .condition_expression("attribute_not_exists(#count) OR #count < :max")
            .expression_attribute_values(":max", number(max.get())),
    }
}

/// Whether the counter was raised; it was not if its condition did not hold.
async fn raise(update: UpdateItemFluentBuilder) -> Result<bool, Problem> {
    match update.send().await {
        Ok(_) => Ok(true),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
            _ => Err(failed(error)),
        },
    }
}

fn keys(attribute: &str, values: &[&str]) -> Result<KeysAndAttributes, Problem> {
    let keys = values.iter().map(|value| HashMap::from([(attribute.to_owned(), text(*value))]));
    let wanted = KeysAndAttributes::builder().set_keys(Some(keys.collect())).consistent_read(true);
    wanted.build().map_err(Problem::internal)
}

fn count(item: &Item, attribute: &str) -> u32 {
    let count = item.get(attribute).and_then(|value| value.as_n().ok()?.parse().ok());
    count.unwrap_or_default()
}
