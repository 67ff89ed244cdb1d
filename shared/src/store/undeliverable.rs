//! The mark of an undeliverable address: mail bounced, or its owner reported a mail as spam.
//!
//! It is in force until its end, to the millisecond, whether or not TTL has deleted it.

use std::time::Duration;

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;

use super::{
    Store, Written, failed, if_held,
    item::{self, Item, instant, number, read, text},
};
use crate::{clock::Timestamp, code::Purpose, email_address::EmailAddress, problem::Problem};

/// How long an address is marked: after that mail is tried again.
const MARK_LIFETIME: Duration = Duration::from_hours(30 * 24);

/// The mark of an undeliverable address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undeliverable {
    /// When it was marked.
    pub marked_at: Timestamp,
    /// When the mark ends.
    pub ends_at: Timestamp,
}

/// Reads an item of the limits table, if it is such a mark.
pub(super) fn mark(item: &Item) -> Result<Undeliverable, Problem> {
    Ok(Undeliverable {
        marked_at: read(item, "marked_at", instant)?,
        ends_at: read(item, "ends_at", instant)?,
    })
}

pub(super) fn key(email: &EmailAddress) -> String {
    format!("undeliverable/{}", email.as_str())
}

impl Undeliverable {
    /// Whether the mark is still in force.
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.ends_at
    }
}

impl Store {
    /// The mark of an address, if it has one now.
    pub async fn undeliverable(
        &self,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<Option<Undeliverable>, Problem> {
        let get = self.client.get_item().table_name(&self.tables.limits).key("key", text(key(email)));
        let found = get.consistent_read(true).send().await.map_err(failed)?.item;
        let mark = found.as_ref().map(mark).transpose()?;
        Ok(mark.filter(|mark| mark.holds(now)))
    }

    /// Marks an address because of an event `at` this time. A mark that ends later stays.
    pub async fn mark_undeliverable(&self, email: &EmailAddress, at: Timestamp) -> Result<(), Problem> {
        let ends_at = at + MARK_LIFETIME;
        let marked = self
            .client
            .update_item()
            .table_name(&self.tables.limits)
            .key("key", text(key(email)))
            .update_expression("SET marked_at = :at, ends_at = :ends_at, expires_at = :expires_at")
            .condition_expression("attribute_not_exists(ends_at) OR ends_at < :ends_at")
            .expression_attribute_values(":at", number(at.as_millis()))
            .expression_attribute_values(":ends_at", number(ends_at.as_millis()))
            .expression_attribute_values(":expires_at", number(ends_at.as_ttl_seconds()))
            .send()
            .await;
        if_held(marked).map(drop)
    }

    /// Ends the activation code of an address, unless it was made after this time.
    pub async fn end_code(&self, email: &EmailAddress, made_until: Timestamp) -> Result<(), Problem> {
        let ended = self
            .client
            .update_item()
            .table_name(&self.tables.codes)
            .key("email", item::code_key(email, Purpose::Activation))
            .update_expression("REMOVE code_mac")
            .condition_expression("attribute_exists(code_mac) AND created_at <= :made_until")
            .expression_attribute_values(":made_until", number(made_until.as_millis()))
            .send()
            .await;
        if_held(ended).map(drop)
    }

    /// Removes a mark, unless the address was marked again since it was read.
    pub async fn clear_undeliverable(
        &self,
        email: &EmailAddress,
        mark: &Undeliverable,
    ) -> Result<Written, Problem> {
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.tables.limits)
            .key("key", text(key(email)))
            .condition_expression("marked_at = :marked_at")
            .expression_attribute_values(":marked_at", number(mark.marked_at.as_millis()))
            .send()
            .await;
        match deleted {
            Ok(_) => Ok(Written::Committed),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(Written::Stale),
                _ => Err(failed(error)),
            },
        }
    }
}
