//! Whether a mail may have been sent although sending it failed.
//!
//! What never left was not sent, and neither was what the provider refused. Who took the request and then said nothing,
//! or failed at it, may have sent the mail before. One attempt in doubt leaves all of them in doubt: an answer to a
//! later one says nothing of it.

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

use crate::problem::Cause;

/// Whether the request failed before it had a connection (DNS, TCP or TLS), so that nothing of it left.
pub(super) fn never_left(error: &(dyn Error + 'static)) -> bool {
    let mut sources = successors(Some(error), |&error| error.source());
    sources.any(|error| error.downcast_ref().is_some_and(legacy::Error::is_connect))
}

/// Looks at each attempt that the SDK makes. Clones share what they saw.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubt(Arc<AtomicBool>);

impl Doubt {
    pub(super) fn remains(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Intercept for Doubt {
    fn name(&self) -> &'static str {
        "Doubt"
    }

    fn read_after_attempt(
        &self,
        attempt: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), Cause> {
        let settled = match (attempt.response(), attempt.output_or_error()) {
            (Some(response), _) => response.status().is_client_error(),
            (None, Some(Err(error))) => error.as_connector_error().is_some_and(|error| never_left(error)),
            (None, _) => false,
        };
        self.0.fetch_or(!settled, Ordering::Relaxed);
        Ok(())
    }
}
