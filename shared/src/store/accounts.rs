//! Changes of an account by its owner: another password, deletion. By an operator: disabling and enabling.
//!
//! Each write is conditional on the state and the password that were read: of simultaneous changes only the first
//! succeeds.

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Update, builders::UpdateBuilder};
use uuid::Uuid;

use super::{
    Store, Written, if_held,
    item::{self, Item, UNCHANGED, as_read, number, text},
    transaction::{self, Part},
};
use crate::{
    clock::Timestamp,
    code::{CodeMac, Purpose},
    email_address::EmailAddress,
    limits::Count,
    password_hash::PasswordHash,
    problem::Problem,
    registration::{Active, Disabled, Identity, Pending, Registration},
};

/// The condition that an active account is as it was read.
const SAME: &str = "id = :id AND activated = :true AND password_hash = :password_hash \
                    AND attribute_not_exists(disabled_at)";

/// The same of a disabled account.
const STILL_DISABLED: &str = "id = :id AND activated = :true AND password_hash = :password_hash \
                              AND disabled_at = :disabled_at";

/// The values of [`SAME`].
fn same(identity: &Identity) -> Item {
    Item::from([
        (":id".to_owned(), text(identity.id.to_string())),
        (":true".to_owned(), AttributeValue::Bool(true)),
        (":password_hash".to_owned(), text(identity.password_hash.expose())),
    ])
}

/// The values of [`STILL_DISABLED`].
fn still_disabled(Disabled { account, disabled_at }: &Disabled) -> Item {
    let mut values = same(&account.identity);
    values.insert(":disabled_at".to_owned(), number(disabled_at.as_millis()));
    values
}

/// The condition that the registration is as it was read, and its values.
pub(super) fn unchanged(registration: &Registration) -> (&'static str, Item) {
    match registration {
        Registration::Pending(pending) => (UNCHANGED, as_read(pending)),
        Registration::Active(account) => (SAME, same(&account.identity)),
        Registration::Disabled(disabled) => (STILL_DISABLED, still_disabled(disabled)),
    }
}

impl Store {
    /// Gives an account another password; any reset code dies with the old one. With `code`, only if that is still the
    /// newest reset code.
    pub async fn change_password(
        &self,
        account: &Active,
        new: &PasswordHash,
        now: Timestamp,
        code: Option<&CodeMac>,
        notice: Option<&Count>,
    ) -> Result<Written, Problem> {
        let update = Update::builder()
            .table_name(&self.tables.users)
            .key("email", text(account.identity.email.as_str()))
            .update_expression("SET password_hash = :new, password_changed_at = :now")
            .condition_expression(SAME)
            .set_expression_attribute_values(Some(same(&account.identity)))
            .expression_attribute_values(":new", text(new.expose()))
            .expression_attribute_values(":now", number(now.as_millis()));
        let delete = Delete::builder()
            .table_name(&self.tables.codes)
            .key("email", item::code_key(&account.identity.email, Purpose::Reset));
        let delete = match code {
            None => delete,
            Some(mac) => delete
                .condition_expression("code_mac = :mac")
                .expression_attribute_values(":mac", item::mac(mac)),
        };
        let parts = [transaction::update(update), transaction::delete(delete)];
        let notice = notice.map(|count| self.counting_anyway(count));
        self.write(parts.into_iter().chain(notice)).await
    }

    /// Stores another hash of the same password, and returns whether it did: not if the password has changed meanwhile.
    pub async fn renew_hash(
        &self,
        Active { identity, .. }: &Active,
        new: &PasswordHash,
    ) -> Result<bool, Problem> {
        let renewed = self
            .client
            .update_item()
            .table_name(&self.tables.users)
            .key("email", text(identity.email.as_str()))
            .update_expression("SET password_hash = :new")
            .condition_expression(SAME)
            .set_expression_attribute_values(Some(same(identity)))
            .expression_attribute_values(":new", text(new.expose()))
            .send()
            .await;
        Ok(if_held(renewed)?.is_some())
    }

    /// Deletes an account or a registration, and its codes.
    ///
    /// A registration whose short codes still count is ended instead, and only these are kept: deleting it gives no
    /// extra guesses.
    pub async fn delete(
        &self,
        registration: &Registration,
        now: Timestamp,
        notice: Option<&Count>,
    ) -> Result<Written, Problem> {
        let email = &registration.identity().email;
        let user = match registration {
            Registration::Pending(pending) if !pending.short_codes.instants().is_empty() => {
                transaction::update(self.end(pending, now))
            }
            _ => {
                let (condition, values) = unchanged(registration);
                let delete = Delete::builder()
                    .table_name(&self.tables.users)
                    .key("email", text(email.as_str()))
                    .condition_expression(condition)
                    .set_expression_attribute_values(Some(values));
                transaction::delete(delete)
            }
        };
        let codes = [Purpose::Activation, Purpose::Reset].map(|purpose| self.delete_code(email, purpose));
        let notice = notice.map(|count| self.counting_anyway(count));
        self.write([user].into_iter().chain(codes).chain(notice)).await
    }

    /// Disables an account: from this write on nobody can sign in with it, and its reset code is dead.
    pub async fn disable(&self, account: &Active, now: Timestamp) -> Result<Written, Problem> {
        let identity = &account.identity;
        let update = Update::builder()
            .table_name(&self.tables.users)
            .key("email", text(identity.email.as_str()))
            .update_expression("SET disabled_at = :now")
            .condition_expression(SAME)
            .set_expression_attribute_values(Some(same(identity)))
            .expression_attribute_values(":now", number(now.as_millis()));
        self.write([transaction::update(update), self.delete_code(&identity.email, Purpose::Reset)]).await
    }

    /// Enables a disabled account. A reset code that was requested meanwhile dies too.
    pub async fn enable(&self, disabled: &Disabled) -> Result<Written, Problem> {
        let email = &disabled.account.identity.email;
        let update = Update::builder()
            .table_name(&self.tables.users)
            .key("email", text(email.as_str()))
            .update_expression("REMOVE disabled_at")
            .condition_expression(STILL_DISABLED)
            .set_expression_attribute_values(Some(still_disabled(disabled)));
        self.write([transaction::update(update), self.delete_code(email, Purpose::Reset)]).await
    }

    /// The write of a transaction that deletes a code, whatever it is.
    fn delete_code(&self, email: &EmailAddress, purpose: Purpose) -> Part {
        let key = item::code_key(email, purpose);
        transaction::delete(Delete::builder().table_name(&self.tables.codes).key("email", key))
    }

    /// Ends a registration now. Its id is removed too, so any other write that depends on it loses its race.
    fn end(&self, pending: &Pending, now: Timestamp) -> UpdateBuilder {
        let ended = Pending { ends_at: now, ..pending.clone() };
        Update::builder()
            .table_name(&self.tables.users)
            .key("email", text(pending.identity.email.as_str()))
            .update_expression(
                "SET id = :nobody, password_hash = :none, ends_at = :now, expires_at = :expires_at",
            )
            .condition_expression(UNCHANGED)
            .set_expression_attribute_values(Some(as_read(pending)))
            .expression_attribute_values(":now", number(now.as_millis()))
            .expression_attribute_values(":expires_at", number(ended.expires_at().as_ttl_seconds()))
            .expression_attribute_values(":nobody", text(Uuid::nil().to_string()))
            .expression_attribute_values(":none", text("none"))
    }
}
