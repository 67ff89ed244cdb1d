//! `clear-bounce` and `clear-limits`: removes early what keeps an owner from mail, or from signing in.

use serde::Serialize;
use shared::{
    clock::Timestamp,
    email_address::EmailAddress,
    store::{Undeliverable, Written},
};

use crate::{
    answer::{BOLD, Failure, audit, confirm, tell},
    cli::How,
    show::{Suppression, suppression},
    target::{Target, now},
};

/// What was cleared, for the audit.
#[derive(Serialize)]
struct Cleared<'a> {
    at: Timestamp,
    action: &'static str,
    email: &'a EmailAddress,
    /// The mark, the suppression, or the keys of counters.
    what: Vec<String>,
    dry_run: bool,
}

/// Removes the mark of an address, and its suppression at SES. If the suppression can't be read, which SES allows
/// nobody to in its sandbox, a mark is removed all the same.
pub(crate) async fn bounce(target: &Target, email: &EmailAddress, how: &How) -> Result<(), Failure> {
    let address = email.as_str();
    let mark = target.store.undeliverable(email, now()).await?;
    let suppressed = match suppression(&target.ses, email).await {
        Err(Failure::Failed(why)) if mark.is_some() => {
            tell(&format!("SES's suppression list could not be read, only the mark is removed: {why}"));
            None
        }
        read => read?,
    };
    if mark.is_none() && suppressed.is_none() {
        return Err(Failure::Refused(format!("{address} is neither marked nor suppressed: mail reaches it")));
    }
    confirm(how, &format!("Let mail reach {BOLD}{address}{BOLD:#} again, in {}?", target.name))?;
    let mut cleared = Vec::new();
    if let Some(mark) = &mark {
        if !how.dry_run {
            clear_mark(target, email, mark).await?;
        }
        cleared.push("mark".to_owned());
    }
    if let Some(Suppression { reason, .. }) = suppressed {
        if !how.dry_run {
            let deleted = target.ses.delete_suppressed_destination().email_address(address).send().await;
            deleted.map_err(|error| Failure::at(&"SES", &error))?;
        }
        cleared.push(format!("suppression: {reason}"));
    }
    audit(&Cleared { at: now(), action: "clear-bounce", email, what: cleared, dry_run: how.dry_run })
}

async fn clear_mark(target: &Target, email: &EmailAddress, mark: &Undeliverable) -> Result<(), Failure> {
    match target.store.clear_undeliverable(email, mark).await? {
        Written::Committed => Ok(()),
        _ => Err(Failure::Refused(format!(
            "{} was marked again meanwhile: nothing was written",
            email.as_str()
        ))),
    }
}

/// Clears the counters of an address. Short codes of a registration keep counting, because they limit guessing.
pub(crate) async fn limits(target: &Target, email: &EmailAddress, how: &How) -> Result<(), Failure> {
    let counted = target.store.counters_of(email).await?;
    let mut cleared: Vec<_> = counted.keys().map(str::to_owned).collect();
    cleared.sort();
    if cleared.is_empty() {
        return Err(Failure::Refused(format!("{}: nothing is counted", email.as_str())));
    }
    let (address, count) = (email.as_str(), cleared.len());
    confirm(how, &format!("Forget {count} counters of {BOLD}{address}{BOLD:#}, in {}?", target.name))?;
    if !how.dry_run {
        for key in &cleared {
            target.store.clear(key).await?;
        }
    }
    audit(&Cleared { at: now(), action: "clear-limits", email, what: cleared, dry_run: how.dry_run })
}
