//! The mark of an address that mail does not reach: it bounced, or its owner called a mail spam.
//!
//! It holds until its end, to the millisecond, whether or not TTL has deleted it.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;

use super::{
    Store, Written, failed,
    item::{instant, number, read, text},
};
use crate::{clock::Timestamp, email_address::EmailAddress, problem::Problem};

/// That mail does not reach an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undeliverable {
    /// When it was marked.
    pub marked_at: Timestamp,
    /// When the mark ends.
    pub ends_at: Timestamp,
}

fn key(email: &EmailAddress) -> String {
    format!("undeliverable/{}", email.as_str())
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
        let mark = found.map(|item| {
            Ok(Undeliverable {
                marked_at: read(&item, "marked_at", instant)?,
                ends_at: read(&item, "ends_at", instant)?,
            })
        });
        Ok(mark.transpose()?.filter(|mark| now < mark.ends_at))
    }

    /// Takes a mark away, unless the address was marked again since it was read.
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
