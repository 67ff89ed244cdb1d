//! The counters of the limits: raised on the limit's condition, by a single update or in a transaction, and lowered if
//! what was counted did not happen.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Update};

use super::{
    Store, if_held,
    item::{Item, number, text},
    transaction::{self, Part},
};
use crate::{limits::Count, problem::Problem};

impl Store {
    /// Raises counters, and returns whether it did: not if one was full.
    pub async fn count(&self, count: &Count) -> Result<bool, Problem> {
        self.change(count, Change::raise(count)).await
    }

    /// Lowers counters again.
    pub async fn give_back(&self, count: &Count) -> Result<(), Problem> {
        self.change(count, Change::lower(count)).await.map(drop)
    }

    /// The write of a transaction that raises counters.
    pub(super) fn counting(&self, count: &Count) -> Part {
        self.part(count, Change::raise(count))
    }

    /// The write of a transaction that counts regardless of the limit.
    pub(super) fn counting_anyway(&self, count: &Count) -> Part {
        self.part(count, Change::by(count, 1))
    }

    /// The write of a transaction that lowers counters again.
    pub(super) fn giving_back(&self, count: &Count) -> Part {
        self.part(count, Change::lower(count))
    }

    /// The write of a transaction that deletes the counters under a key.
    pub(super) fn void(&self, key: &str) -> Part {
        transaction::delete(Delete::builder().table_name(&self.tables.limits).key("key", text(key)))
    }

    async fn change(&self, count: &Count, change: Change) -> Result<bool, Problem> {
        let changed = self
            .client
            .update_item()
            .table_name(&self.tables.limits)
            .key("key", text(&*count.key))
            .update_expression(change.update)
            .set_condition_expression(change.condition)
            .set_expression_attribute_names(Some(change.names))
            .set_expression_attribute_values(Some(change.values))
            .send()
            .await;
        Ok(if_held(changed)?.is_some())
    }

    fn part(&self, count: &Count, change: Change) -> Part {
        let update = Update::builder()
            .table_name(&self.tables.limits)
            .key("key", text(&*count.key))
            .update_expression(change.update)
            .set_condition_expression(change.condition)
            .set_expression_attribute_names(Some(change.names))
            .set_expression_attribute_values(Some(change.values));
        transaction::update(update)
    }
}

/// A change of the counters of one item, as a DynamoDB update.
struct Change {
    update: String,
    condition: Option<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Change {
    fn raise(count: &Count) -> Self {
        let below = |place| format!("(attribute_not_exists(#c{place}) OR #c{place} < :max{place})");
        let conditions: Vec<_> = (0..count.counters.len()).map(below).collect();
        let limits = count.counters.iter().enumerate();
        let limits = limits.map(|(place, (_, max))| (format!(":max{place}"), number(max.get())));
        let mut change = Self::by(count, 1);
        change.condition = Some(conditions.join(" AND "));
        change.values.extend(limits);
        change
    }

    fn lower(count: &Count) -> Self {
        Self::by(count, -1)
    }

    fn by(count: &Count, by: i64) -> Self {
        let names = count.counters.iter().enumerate();
        let names = names.map(|(place, (name, _))| (format!("#c{place}"), name.clone())).collect();
        let added: Vec<_> = (0..count.counters.len()).map(|place| format!("#c{place} :by")).collect();
        let values = Item::from([
            (":by".to_owned(), number(by)),
            (":expires_at".to_owned(), number(count.expires_at.as_ttl_seconds())),
        ]);
        let update = format!("ADD {} SET expires_at = :expires_at", added.join(", "));
        Self { update, condition: None, names, values }
    }
}
