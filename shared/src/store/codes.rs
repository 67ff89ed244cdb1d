//! Codes of a pending registration: sent again, attempted, withdrawn.
//!
//! There is one code per address, and an attempt at it is reserved by a condition before the code is compared, so
//! simultaneous requests can't make more attempts than allowed.

use aws_sdk_dynamodb::types::{Put, ReturnValue, Update};

use super::{
    Store, Written, if_held,
    item::{self, Item, UNCHANGED, as_read, number, text},
    transaction::{self, Part},
};
use crate::{
    clock::Timestamp,
    code::{CodeMac, CodeRules, NewCode, NewestCode, Purpose},
    email_address::EmailAddress,
    problem::Problem,
    registration::{IssuedCode, Pending},
};

impl Store {
    /// Stores another code for a registration, and counts it; the older one, `replaced`, dies with this write.
    pub async fn replace_code(
        &self,
        read: &Pending,
        replaced: Option<&NewestCode>,
        issued: &IssuedCode,
    ) -> Result<Written, Problem> {
        let put = self.put_code(replaced, item::of_issued(issued));
        let parts = [self.update_short_codes(read, &issued.pending), put];
        let counts = issued.counts.iter().map(|count| self.counting(count));
        self.write(parts.into_iter().chain(counts)).await
    }

    /// Withdraws a code that was not mailed: no attempt at it can succeed any more, and it does not count for the day.
    /// The time when it was made stays, and with it the pause before the next one.
    ///
    /// Does nothing, so that the code counts, if it was attempted meanwhile: guesses at codes whose mail is refused are
    /// limited like all others.
    pub async fn withdraw_code(
        &self,
        IssuedCode { pending, code, counts, .. }: &IssuedCode,
    ) -> Result<Written, Problem> {
        let without =
            Pending { short_codes: pending.short_codes.without(code.stored.created_at), ..pending.clone() };
        let kill = self.kill_code(&pending.identity.email, Purpose::Activation, code);
        let parts = [self.update_short_codes(pending, &without), kill];
        let counts = counts.iter().map(|count| self.giving_back(count));
        self.write(parts.into_iter().chain(counts)).await
    }

    /// Reserves one attempt at the valid code of this registration, and returns the stored code and how many attempts
    /// were made. `None` if there is no valid code: none of this registration, too old, or its attempts used up.
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
            .condition_expression(
                "id = :id AND purpose = :purpose AND attribute_exists(code_mac) \
                 AND created_at > :newer_than AND attempts < :max",
            )
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":id", item::id(pending))
            .expression_attribute_values(":purpose", text(Purpose::Activation.name()))
            .expression_attribute_values(":newer_than", number((now - rules.lifetime).as_millis()))
            .expression_attribute_values(":max", number(rules.max_attempts()))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        let reserved = if_held(reserved)?.and_then(|reserved| reserved.attributes);
        reserved.map(|item| item::code(&item, "attempts")).transpose()
    }

    /// Replaces the code that was read, if that is still the newest.
    pub(super) fn put_code(&self, replaced: Option<&NewestCode>, code: Item) -> Part {
        let put = Put::builder().table_name(&self.tables.codes).set_item(Some(code));
        transaction::put(match replaced {
            None => put.condition_expression("attribute_not_exists(email)"),
            Some(code) => put
                .condition_expression("created_at = :read_created_at")
                .expression_attribute_values(":read_created_at", number(code.created_at.as_millis())),
        })
    }

    /// Withdraws a code that nobody attempted.
    pub(super) fn kill_code(&self, email: &EmailAddress, purpose: Purpose, code: &NewCode) -> Part {
        let update = Update::builder()
            .table_name(&self.tables.codes)
            .key("email", item::code_key(email, purpose))
            .update_expression("REMOVE code_mac")
            .condition_expression("code_mac = :mac AND attempts = :none")
            .expression_attribute_values(":mac", item::mac(&code.stored.mac))
            .expression_attribute_values(":none", number(0));
        transaction::update(update)
    }

    /// Writes the short codes of `pending`, which differs from `read` only in these and in its end.
    fn update_short_codes(&self, read: &Pending, pending: &Pending) -> Part {
        let update = Update::builder()
            .table_name(&self.tables.users)
            .key("email", text(pending.identity.email.as_str()))
            .update_expression("SET short_codes = :short_codes, ends_at = :ends_at, expires_at = :expires_at")
            .condition_expression(UNCHANGED)
            .set_expression_attribute_values(Some(as_read(read)))
            .expression_attribute_values(":short_codes", item::short_codes(pending))
            .expression_attribute_values(":ends_at", number(pending.ends_at.as_millis()))
            .expression_attribute_values(":expires_at", number(pending.expires_at().as_ttl_seconds()));
        transaction::update(update)
    }
}
