//! Import of accounts from another system, one by one.
//!
//! An existing account or registration is replaced only on the condition that it is as it was read, and otherwise left
//! alone. An expired registration counts as none, whether or not TTL has deleted it.

use aws_sdk_dynamodb::{
    operation::put_item::{PutItemError, builders::PutItemFluentBuilder},
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};

use super::{
    Store,
    accounts::unchanged,
    failed,
    item::{self, number},
};
use crate::{clock::Timestamp, problem::Problem, registration::Registration};

/// The outcome of importing an account.
#[derive(Debug)]
pub enum Import {
    /// It was stored.
    Stored,
    /// The address has this, and nothing was written.
    Exists(Registration),
}

impl Store {
    /// Stores an account, or a registration, if its address has none.
    pub async fn import(&self, account: &Registration, now: Timestamp) -> Result<Import, Problem> {
        let put = self
            .put_user(account)
            .condition_expression("attribute_not_exists(email) OR (activated = :false AND ends_at <= :now)")
            .expression_attribute_values(":false", AttributeValue::Bool(false))
            .expression_attribute_values(":now", number(now.as_millis()));
        write(put).await
    }

    /// The same, replacing what was read. Codes for the replaced one are dead, because they are bound to its id.
    pub async fn import_over(&self, read: &Registration, account: &Registration) -> Result<Import, Problem> {
        let (condition, values) = unchanged(read);
        let put = self.put_user(account).condition_expression(condition);
        write(put.set_expression_attribute_values(Some(values))).await
    }

    fn put_user(&self, account: &Registration) -> PutItemFluentBuilder {
        let put = self.client.put_item().table_name(&self.tables.users);
        put.set_item(Some(item::of_registration(account)))
    }
}

async fn write(put: PutItemFluentBuilder) -> Result<Import, Problem> {
    let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let Err(error) = put.send().await else { return Ok(Import::Stored) };
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(refused)) => match refused.item() {
            Some(found) => Ok(Import::Exists(item::registration(found)?)),
            // It was deleted meanwhile.
            None => Err(Problem::Unavailable(error.into())),
        },
        _ => Err(failed(error)),
    }
}
