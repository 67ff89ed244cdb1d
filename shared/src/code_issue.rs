//! A code for an address: whether it may be sent, and what is written with it.
//!
//! The rules are in [`limits`](crate::limits); here they meet a request and the settings.

use crate::{
    code::NewCode,
    email_address::EmailAddress,
    http::RequestContext,
    limits::{AllowedCode, Client, CodeRequest, RequestLimit},
    problem::Problem,
    registration::{IssuedCode, Pending},
};

/// The request of this client for a code to the address.
pub fn request(cx: &RequestContext<'_>, email: &EmailAddress) -> Result<CodeRequest, Problem> {
    let mail = cx.app.mail()?;
    Ok(CodeRequest::of(email, &Client::at(cx.source_ip()), cx.now(), &mail.code_limits, &mail.mail_limit))
}

/// Counts the request among those of its client in this hour.
pub async fn count_request(cx: &RequestContext<'_>) -> Result<(), Problem> {
    match RequestLimit::of(&Client::at(cx.source_ip()), cx.now(), cx.app.mail()?.codes_per_hour) {
        Some(limit) if !cx.app.store.count(&limit.count).await? => Err(limit.exceeded()),
        _ => Ok(()),
    }
}

/// A new code for a registration, as it is allowed.
pub fn issue(cx: &RequestContext<'_>, pending: Pending, allowed: AllowedCode) -> Result<IssuedCode, Problem> {
    let AllowedCode { length, short_codes, next_at, counts } = allowed;
    let code = NewCode::generate(&mut rand::rng(), pending.identity.id, cx.now(), length, cx.app.codes()?);
    let pending = pending.with_code(&code.stored, short_codes);
    Ok(IssuedCode { pending, code, next_at, counts })
}
