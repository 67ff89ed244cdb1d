//! Codes of a pending registration: sent again, attempted, withdrawn.
//!
//! There is one code per address, and an attempt at it is reserved by a condition before the code is compared, so
//! simultaneous requests can't have more attempts than there are.

use std::num::NonZero;

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{Delete, Put, ReturnValue, TransactWriteItem, Update},
};

use super::{
    Store, Written, failed,
    item::{self, UNCHANGED, as_read, number, text},
};
use crate::{
    clock::Timestamp,
    code::{CodeMac, CodeRules, StoredCode},
    problem::Problem,
    registration::Pending,
};

impl Store {
    /// Stores another code for a registration; the older one has expired. `pending` is `read` with this code counted.
    pub async fn replace_code(
        &self,
        read: &Pending,
        pending: &Pending,
        code: &StoredCode,
    ) -> Result<Written, Problem> {
        self.write([self.update_codes_sent(read, pending)?, self.put_code(pending, code)?]).await
    }

    /// Takes back a code that was not mailed: it is gone, and counts for no limit any more.
    ///
    /// Refused, and so counted, when the code was attempted meanwhile: guesses at codes whose mail is refused are
    /// bounded as all others are. `read` is as it was written with this code, and `pending` is `read` without it.
    pub async fn withdraw_code(
        &self,
        read: &Pending,
        pending: &Pending,
        code: &StoredCode,
    ) -> Result<Written, Problem> {
        let delete = Delete::builder()
            .table_name(&self.tables.codes)
            .key("email", text(read.identity.email.as_str()))
            .condition_expression("code_mac = :mac AND attempts = :none")
            .expression_attribute_values(":mac", item::mac(&code.mac))
            .expression_attribute_values(":none", number(0))
            .build()
            .map_err(Problem::internal)?;
        let delete = TransactWriteItem::builder().delete(delete).build();
        self.write([self.update_codes_sent(read, pending)?, delete]).await
    }

    /// Reserves one attempt at the valid code of this registration, and hands out what is stored of the code and how
    /// many attempts were made. `None` when no code is valid: none of this registration, too old, or its attempts used
    /// up.
    pub async fn reserve_attempt(
        &self,
        pending: &Pending,
        now: Timestamp,
        rules: &CodeRules,
    ) -> Result<Option<(CodeMac, u32)>, Problem> {
        let reserved = self
            .client
            .update_item()
            .table_name(&self.tables.codes)
            .key("email", text(pending.identity.email.as_str()))
            .update_expression("ADD attempts :one")
            .condition_expression("id = :id AND created_at > :newer_than AND attempts < :max")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":id", item::id(pending))
            .expression_attribute_values(":newer_than", number((now - rules.lifetime).as_millis()))
            .expression_attribute_values(":max", number(rules.attempts.map_or(u32::MAX, NonZero::get)))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match reserved {
            Ok(reserved) => reserved.attributes().map(item::code).transpose(),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(None),
                _ => Err(failed(error)),
            },
        }
    }

    pub(super) fn put_code(
        &self,
        pending: &Pending,
        code: &StoredCode,
    ) -> Result<TransactWriteItem, Problem> {
        let put = Put::builder()
            .table_name(&self.tables.codes)
            .set_item(Some(item::of_code(pending, code)))
            .build()
            .map_err(Problem::internal)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Writes the codes that count for `pending`, which is `read` but for them.
    fn update_codes_sent(&self, read: &Pending, pending: &Pending) -> Result<TransactWriteItem, Problem> {
        let update = Update::builder()
            .table_name(&self.tables.users)
            .key("email", text(pending.identity.email.as_str()))
            .update_expression("SET codes_sent = :sent, expires_at = :expires_at")
            .condition_expression(UNCHANGED)
            .set_expression_attribute_values(Some(as_read(read)))
            .expression_attribute_values(":sent", item::codes_sent(pending))
            .expression_attribute_values(":expires_at", number(pending.expires_at.as_ttl_seconds()))
            .build()
            .map_err(Problem::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
