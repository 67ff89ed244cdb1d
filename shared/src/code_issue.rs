//! A code for an address: whether it may be sent, and what is written with it.
//!
//! The rules are in [`limits`](crate::limits); here they are applied to an HTTP request with the settings.

use crate::{
    code::{Binding, NewCode},
    email_address::EmailAddress,
    http::RequestContext,
    limits::{AllowedCode, Client, CodeRequest, RequestLimit},
    problem::Problem,
    registration::{IssuedCode, Pending},
};

/// The limits on a code for the address that this client asks for.
pub fn code_limits(cx: &RequestContext<'_>, email: &EmailAddress) -> Result<CodeRequest, Problem> {
    let (codes, mails) = (&cx.app.code_requests()?.limits, &cx.app.mail()?.limit);
    Ok(CodeRequest::of(email, &Client::at(cx.source_ip()), cx.now(), codes, mails))
}

/// Counts one more for the client in this hour.
pub async fn count_for_client(cx: &RequestContext<'_>) -> Result<(), Problem> {
    match RequestLimit::of(&Client::at(cx.source_ip()), cx.now(), cx.app.code_requests()?.per_hour) {
        Some(limit) if !cx.app.store.count(&limit.count).await? => Err(limit.exceeded()),
        _ => Ok(()),
    }
}

/// A new code for a registration, as it is allowed.
pub fn issue(cx: &RequestContext<'_>, pending: Pending, allowed: AllowedCode) -> Result<IssuedCode, Problem> {
    let AllowedCode { length, short_codes, next_at, counts } = allowed;
    let binding = Binding::activation(pending.identity.id);
    let code = NewCode::generate(&mut rand::rng(), binding, cx.now(), length, cx.app.codes()?);
    let pending = pending.with_code(&code.stored, short_codes);
    Ok(IssuedCode { pending, code, next_at, counts, voids: None })
}
