//! Whether a mail may have been sent although sending it failed.
//!
//! A request that never left was not sent, and neither was one that the provider refused. A provider that accepted a
//! request and then timed out or failed may still have sent the mail. Once one attempt is ambiguous the whole send is:
//! the result of a later attempt does not settle it.

use std::{
    error::Error,
    iter::successors,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use aws_sdk_sesv2::config::{
    ConfigBag, Intercept, RuntimeComponents, interceptors::FinalizerInterceptorContextRef,
};
use hyper_util::client::legacy;

use crate::problem::BoxError;

/// Whether the request failed before it had a connection (DNS, TCP or TLS), so that nothing was sent.
///
/// If the SDK moved to another version of hyper-util than ours, this would always return false: the mailers' tests
/// without a listener guard against that.
pub(super) fn failed_to_connect(error: &(dyn Error + 'static)) -> bool {
    let mut sources = successors(Some(error), |&error| error.source());
    sources.any(|error| error.downcast_ref().is_some_and(legacy::Error::is_connect))
}

/// Watches each attempt that the SDK makes. Clones share what they saw.
#[derive(Clone, Debug, Default)]
pub(super) struct InDoubt(Arc<AtomicBool>);

impl InDoubt {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Intercept for InDoubt {
    fn name(&self) -> &'static str {
        "InDoubt"
    }

    fn read_after_attempt(
        &self,
        attempt: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let settled = match (attempt.response(), attempt.output_or_error()) {
            (Some(response), _) => response.status().is_client_error(),
            (None, Some(Err(error))) => {
                error.as_connector_error().is_some_and(|error| failed_to_connect(error))
            }
            (None, _) => false,
        };
        self.0.fetch_or(!settled, Ordering::Relaxed);
        Ok(())
    }
}
