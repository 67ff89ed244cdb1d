//! Codes of a pending registration: sent again, tried, withdrawn.
//!
//! There is one code per address, and an attempt at it is reserved by a condition before the code is compared, so requests
//! side by side can't have more attempts than there are.

use std::num::NonZero;

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{Delete, Put, ReturnValue, TransactWriteItem, Update},
};

use super::{
    Store, UNCHANGED, Write, as_read, failed,
    item::{self, code_item, codes_sent, number, text},
};
use crate::{clock::Timestamp, code::StoredCode, problem::Problem, user::User};

impl Store {
    /// Stores another code for a registration; the older one is dead. `user` is `read` with this code counted.
    ///
    /// # Errors
    /// [`Problem::Unavailable`] or [`Problem::Internal`].
    pub async fn replace_code(&self, read: &User, user: &User, code: &StoredCode) -> Result<Write, Problem> {
        self.write([self.recount(read, user)?, self.put_code(user, code)?]).await
    }

    /// Takes back a code that was not mailed: it is dead, and counts for no limit any more.
    ///
    /// Refused, and so counted, when the code was attempted meanwhile: guesses at codes whose mail is refused
    /// are bounded as all others are. `user` is as it was written with this code.
    ///
    /// # Errors
    /// [`Problem::Unavailable`] or [`Problem::Internal`].
    pub async fn withdraw_code(&self, user: &User, code: &StoredCode) -> Result<Write, Problem> {
        let without = User { codes_sent: user.codes_sent.without(code.created_at), ..user.clone() };
        let delete = Delete::builder()
            .table_name(&self.config.tables.codes)
            .key("email", text(user.email.as_str()))
            .condition_expression("code_mac = :mac AND attempts = :none")
            .expression_attribute_values(":mac", item::mac(code))
            .expression_attribute_values(":none", number(0))
            .build()
            .map_err(Problem::internal)?;
        self.write([self.recount(user, &without)?, TransactWriteItem::builder().delete(delete).build()]).await
    }

    /// Reserves one attempt at the live code of this registration, and hands out the code and how many attempts were taken.
    /// `None` when there is no live code: none of this registration, too old, or its attempts used up.
    ///
    /// # Errors
    /// [`Problem::Unavailable`] or [`Problem::Internal`].
    pub async fn reserve_attempt(
        &self,
        user: &User,
        now: Timestamp,
    ) -> Result<Option<(StoredCode, u32)>, Problem> {
        let rules = &self.config.codes;
        let taken = self
            .client
            .update_item()
            .table_name(&self.config.tables.codes)
            .key("email", text(user.email.as_str()))
            .update_expression("ADD attempts :one")
            .condition_expression("id = :id AND created_at > :newer_than AND attempts < :max")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":id", item::id(user))
            .expression_attribute_values(":newer_than", number((now - rules.lifetime).as_millis()))
            .expression_attribute_values(":max", number(rules.attempts.map_or(u32::MAX, NonZero::get)))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match taken {
            Ok(taken) => taken.attributes().map(item::code).transpose(),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(None),
                _ => Err(failed(error)),
            },
        }
    }

    pub(super) fn put_code(&self, user: &User, code: &StoredCode) -> Result<TransactWriteItem, Problem> {
        let put = Put::builder()
            .table_name(&self.config.tables.codes)
            .set_item(Some(code_item(user, code, code.expires_at(self.config.codes.lifetime))))
            .build()
            .map_err(Problem::internal)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Writes the codes that count for `user`, which is `read` but for them.
    fn recount(&self, read: &User, user: &User) -> Result<TransactWriteItem, Problem> {
        let expires_at = user.expires_at(self.config.pending_for, &self.config.codes);
        let update = Update::builder()
            .table_name(&self.config.tables.users)
            .key("email", text(user.email.as_str()))
            .update_expression("SET codes_sent = :sent, expires_at = :expires_at")
            .condition_expression(UNCHANGED)
            .set_expression_attribute_values(Some(as_read(read)))
            .expression_attribute_values(":sent", codes_sent(user))
            .expression_attribute_values(":expires_at", number(expires_at.as_ttl_seconds()))
            .build()
            .map_err(Problem::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
