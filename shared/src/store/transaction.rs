//! Transactions: several writes that take effect together, or not at all.

use aws_sdk_dynamodb::types::{
    TransactWriteItem,
    builders::{DeleteBuilder, PutBuilder, UpdateBuilder},
};

use super::{
    Store, Written,
    failure::{Cancelled, cancelled},
};
use crate::problem::Problem;

/// A write of a transaction.
pub(super) type Part = Result<TransactWriteItem, Problem>;

pub(super) fn put(put: PutBuilder) -> Part {
    Ok(TransactWriteItem::builder().put(put.build().map_err(Problem::internal)?).build())
}

pub(super) fn update(update: UpdateBuilder) -> Part {
    Ok(TransactWriteItem::builder().update(update.build().map_err(Problem::internal)?).build())
}

pub(super) fn delete(delete: DeleteBuilder) -> Part {
    Ok(TransactWriteItem::builder().delete(delete.build().map_err(Problem::internal)?).build())
}

impl Store {
    /// Writes all `parts` or none. A race that was lost is `Some`.
    pub(super) async fn transact(&self, parts: Vec<TransactWriteItem>) -> Result<Option<Cancelled>, Problem> {
        // The SDK makes a token for each transaction, so a write whose answer was lost takes effect only once when it
        // is retried.
        match self.client.transact_write_items().set_transact_items(Some(parts)).send().await {
            Ok(_) => Ok(None),
            Err(error) => cancelled(error).map(Some),
        }
    }

    /// The same, for callers that only need to know whether the conditions held.
    pub(super) async fn write(&self, parts: impl IntoIterator<Item = Part>) -> Result<Written, Problem> {
        let parts = parts.into_iter().collect::<Result<_, _>>()?;
        Ok(match self.transact(parts).await? {
            None => Written::Committed,
            Some(Cancelled::Conflict) => Written::Conflict,
            Some(Cancelled::Conditions(_)) => Written::Stale,
        })
    }
}
