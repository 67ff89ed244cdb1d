//! What operators read that no request does: all users, and all that is counted of one address.
//!
//! Both are scans, which cost by the size of the table. No function has the permission for one.

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
    /// A page of what the users table holds, in no order that means anything: `limit` items after that of this address.
    /// With it, the address after which the next page begins; `None` at the end. Eventually consistent.
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

    /// All that is counted of an address, whoever made it count.
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

    /// Forgets what was counted under a key, whatever it has risen to by now.
    pub async fn clear(&self, key: &str) -> Result<(), Problem> {
        let delete = self.client.delete_item().table_name(&self.tables.limits).key("key", text(key));
        delete.send().await.map(drop).map_err(failed)
    }
}
