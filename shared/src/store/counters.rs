//! The counters of the limits: raised by one atomic update each, on the condition that the limit says.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

use super::{
    Store, failed,
    item::{number, text},
};
use crate::{
    limits::{Condition, Count},
    problem::Problem,
};

impl Store {
    /// Raises a counter. Whether it was raised: it was not if its condition did not hold.
    pub async fn count(&self, count: &Count) -> Result<bool, Problem> {
        let update = self
            .client
            .update_item()
            .table_name(&self.tables.limits)
            .key("key", text(&*count.key))
            .update_expression("ADD #count :one SET expires_at = :expires_at")
            .expression_attribute_names("#count", &count.attribute)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":expires_at", number(count.expires_at.as_ttl_seconds()));
        let update = match count.condition {
            Condition::Always => update,
            Condition::Below(max) => update
                .condition_expression("attribute_not_exists(#count) OR #count < :max")
                .expression_attribute_values(":max", number(max.get())),
            Condition::First => update
                .condition_expression("attribute_not_exists(#key)")
                .expression_attribute_names("#key", "key"),
        };
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(failed(error)),
            },
        }
    }
}
