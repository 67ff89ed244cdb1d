//! What a failed call means: retry later, or an internal fault.
//!
//! The SDK has already retried an error that arrives here.

use std::{error::Error, fmt::Debug};

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::{transact_write_items::TransactWriteItemsError, update_item::UpdateItemError},
};

use super::item::Item;
use crate::problem::Problem;

/// Transient errors, by their code in the API's model; any 5xx is transient too.
const TRANSIENT: [&str; 6] = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TransactionConflictException",
    "TransactionInProgressException",
    "LimitExceededException",
];

/// Why a transaction was cancelled by a race.
#[derive(Debug)]
pub(super) enum Cancelled {
    /// Another transaction held one of the items.
    Conflict,
    /// Conditions did not hold. For each write of the transaction: `None` if its condition held, else the item that
    /// was found (empty when there was none, or when it was not asked for).
    Conditions(Vec<Option<Item>>),
}

/// The problem that a failed call becomes.
pub(super) fn failed<E>(error: SdkError<E, HttpResponse>) -> Problem
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let transient = match &error {
        SdkError::ServiceError(refused) => {
            refused.raw().status().is_server_error()
                || refused.err().code().is_some_and(|code| TRANSIENT.contains(&code))
        }
        SdkError::ConstructionFailure(_) => false,
        _ => true,
    };
    if transient { Problem::Unavailable(error.into()) } else { Problem::internal(error) }
}

/// The result of a conditional update: `None` if the condition did not hold.
pub(super) fn if_held<T>(
    updated: Result<T, SdkError<UpdateItemError, HttpResponse>>,
) -> Result<Option<T>, Problem> {
    match updated {
        Ok(updated) => Ok(Some(updated)),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(None),
            _ => Err(failed(error)),
        },
    }
}

/// Distinguishes a transaction that lost a race from one that failed.
pub(super) fn cancelled(
    error: SdkError<TransactWriteItemsError, HttpResponse>,
) -> Result<Cancelled, Problem> {
    let Some(TransactWriteItemsError::TransactionCanceledException(exception)) = error.as_service_error()
    else {
        return Err(failed(error));
    };
    let reasons = exception.cancellation_reasons();
    let any = |code: &str| reasons.iter().any(|reason| reason.code() == Some(code));
    if any("ConditionalCheckFailed") {
        let found = reasons.iter().map(|reason| {
            let failed = reason.code() == Some("ConditionalCheckFailed");
            failed.then(|| reason.item().cloned().unwrap_or_default())
        });
        Ok(Cancelled::Conditions(found.collect()))
    } else if any("TransactionConflict") {
        Ok(Cancelled::Conflict)
    } else if any("ThrottlingError") || any("ProvisionedThroughputExceeded") {
        Err(Problem::Unavailable(error.into()))
    } else {
        Err(Problem::internal(error))
    }
}
