//! Concurrent requests: two in an order that seldom happens by chance, and the outcomes of many.

use std::{collections::BTreeMap, sync::Arc};

use tokio::sync::Notify;

use super::{Answer, Fault, Proxy};

/// The operation that writes a registration, an account or a code.
pub(crate) const WRITE: &str = "TransactWriteItems";

/// Runs `first` up to its first call of this operation, then `second`, and then the rest of `first`.
pub(crate) async fn interleave(
    proxy: &Proxy,
    operation: &str,
    first: impl Future<Output = Answer>,
    second: impl Future<Output = Answer>,
) -> (Answer, Answer) {
    let go_on = Arc::new(Notify::new());
    proxy.take_calls();
    proxy.fail(operation, 1, Fault::Held(go_on.clone()));
    tokio::join!(first, async {
        proxy.called(operation).await;
        let answer = second.await;
        go_on.notify_one();
        answer
    })
}

/// How many answers have this status.
pub(crate) fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

/// How often each outcome occurred.
pub(crate) fn tally(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        *tally.entry(answer.outcome()).or_default() += 1;
    }
    tally
}
