//! Invocations by events other than HTTP requests.

use lambda_http::{
    Error, LambdaEvent,
    lambda_runtime::{self, service_fn},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Handles the events of a function until Lambda stops it. An error is one word, which Lambda returns to the caller.
///
/// The error of an event that can't be read is `unreadable-event` and nothing else: a parser's message quotes the value
/// that it can't read, which may be a password.
pub async fn run<E, T, H>(handle: H) -> Result<(), Error>
where
    E: DeserializeOwned,
    T: Serialize,
    H: AsyncFn(E) -> Result<T, &'static str>,
{
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let event = serde_json::from_value(event.payload).map_err(|_| "unreadable-event")?;
        // Boxed, as `lambda_http` does for the other functions: the layout of all of it in one is too deep for rustc.
        Box::pin(handle(event)).await
    }))
    .await
}
