//! Reads for operators only: all users, and all counters of one address.
//!
//! Both are scans, whose cost grows with the table. No function has the permission for one.

use super::{
    Store, failed,
    item::{self, Item, text},
};
use crate::{
    email_address::EmailAddress,
    limits::{Counters, counted_of},
    problem::Problem,
    registration::Registration,
};

impl Store {
    /// A page of the users table, in no particular order: `limit` items after that of this address, and the address
    /// after which the next page begins; `None` at the end. Eventually consistent.
    pub async fn users(
        &self,
        after: Option<&EmailAddress>,
        limit: i32,
    ) -> Result<(Vec<Registration>, Option<EmailAddress>), Problem> {
        let after = after.map(|after| Item::from([("email".to_owned(), text(after.as_str()))]));
        let scan = self.client.scan().table_name(&self.tables.users).limit(limit);
        let page = scan.set_exclusive_start_key(after).send().await.map_err(failed)?;
        let users = page.items().iter().map(item::registration).collect::<Result<_, _>>()?;
        let next = page.last_evaluated_key.as_ref().and_then(|key| key.get("email")?.as_s().ok());
        Ok((users, next.cloned().map(EmailAddress::from_stored)))
    }

    /// All counters of an address, from all clients.
    pub async fn counters_of(&self, email: &EmailAddress) -> Result<Counters, Problem> {
        let mut filter = Vec::new();
        let mut scan = self.client.scan().table_name(&self.tables.limits).consistent_read(true);
        for (place, prefix) in counted_of(email).into_iter().enumerate() {
            scan = scan.expression_attribute_values(format!(":key{place}"), text(prefix));
            filter.push(format!("begins_with(#key, :key{place})"));
        }
        let scan = scan.expression_attribute_names("#key", "key").filter_expression(filter.join(" OR "));
        let mut pages = scan.into_paginator().send();
        let mut counted = Counters::default();
        while let Some(page) = pages.next().await {
            for found in page.map_err(failed)?.items.unwrap_or_default() {
                let (key, counters) = item::counters(found)?;
                counted.insert(key, counters);
            }
        }
        Ok(counted)
    }

    /// Deletes the counters under a key, whatever their current values.
    pub async fn clear(&self, key: &str) -> Result<(), Problem> {
        let delete = self.client.delete_item().table_name(&self.tables.limits).key("key", text(key));
        delete.send().await.map(drop).map_err(failed)
    }
}
