//! Registering and activating: the two transactions that begin and end a pending registration.
//!
//! Each changes the user and its code together, so no code outlives the registration that it was mailed for.

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, ReturnValuesOnConditionCheckFailure, Update};

use super::{
    Store, Written,
    failure::Cancelled,
    item::{self, UNCHANGED, as_read, number, text},
    transaction,
};
use crate::{
    clock::Timestamp,
    code::{CodeMac, NewestCode},
    problem::Problem,
    registration::{IssuedCode, Pending},
};

/// The outcome of an activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// The account is active, by this request and no other.
    Done,
    /// Another request activated the account first.
    AlreadyActivated,
    /// The address was registered again meanwhile, with another password.
    RegistrationReplaced,
    /// Another code was sent meanwhile: this one has expired.
    CodeReplaced,
    /// Another transaction is writing the items.
    Conflict,
}

impl Store {
    /// Stores a new registration and its code, replacing what was read, and counts the code.
    pub async fn register(
        &self,
        replaced: Option<&Pending>,
        replaced_code: Option<&NewestCode>,
        issued: &IssuedCode,
    ) -> Result<Written, Problem> {
        let put =
            Put::builder().table_name(&self.tables.users).set_item(Some(item::of_pending(&issued.pending)));
        let put = match replaced {
            None => put.condition_expression("attribute_not_exists(email)"),
            Some(read) => {
                put.condition_expression(UNCHANGED).set_expression_attribute_values(Some(as_read(read)))
            }
        };
        let counts = issued.counts.iter().map(|count| self.counting(count));
        let put_code = self.put_code(replaced_code, item::of_issued(issued));
        let voids = issued.voids.iter().map(|key| self.void(key));
        self.write([transaction::put(put), put_code].into_iter().chain(counts).chain(voids)).await
    }

    /// Makes the account active and uses up the code.
    pub async fn activate(
        &self,
        pending: &Pending,
        code: &CodeMac,
        now: Timestamp,
    ) -> Result<Activation, Problem> {
        let update = Update::builder()
            .table_name(&self.tables.users)
            .key("email", text(pending.identity.email.as_str()))
            .update_expression(
                "SET activated = :true, activated_at = :now REMOVE ends_at, expires_at, short_codes",
            )
            .condition_expression("id = :id AND activated = :false")
            .expression_attribute_values(":id", item::id(pending))
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .expression_attribute_values(":false", AttributeValue::Bool(false))
            .expression_attribute_values(":now", number(now.as_millis()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let delete = Delete::builder()
            .table_name(&self.tables.codes)
            .key("email", text(pending.identity.email.as_str()))
            .condition_expression("code_mac = :mac")
            .expression_attribute_values(":mac", item::mac(code));
        Ok(match self.transact(vec![transaction::update(update)?, transaction::delete(delete)?]).await? {
            None => Activation::Done,
            Some(Cancelled::Conflict) => Activation::Conflict,
            Some(Cancelled::Conditions(refused)) => match refused.first() {
                Some(Some(found)) if found.get("id") == Some(&item::id(pending)) => {
                    Activation::AlreadyActivated
                }
                Some(Some(_)) => Activation::RegistrationReplaced,
                _ => Activation::CodeReplaced,
            },
        })
    }
}
