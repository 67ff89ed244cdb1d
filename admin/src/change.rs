//! `disable`, `enable` and `delete`: a change of one account, written on the condition that it is as it was read.

use serde::Serialize;
use shared::{
    clock::Timestamp,
    email_address::EmailAddress,
    problem::Problem,
    registration::Registration,
    store::{self, Attempt, Store, Written},
};
use uuid::Uuid;

use crate::{
    answer::{BOLD, Failure, audit, confirm},
    cli::How,
    rows::{State, since},
    target::{Target, now},
};

/// A change of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    /// Nobody can sign in with it.
    Disable,
    /// It can be used again.
    Enable,
    /// It is deleted.
    Delete,
}

/// What was changed, for the audit.
#[derive(Serialize)]
struct Changed<'a> {
    at: Timestamp,
    action: Action,
    email: &'a EmailAddress,
    id: Uuid,
    /// The state before.
    from: State,
    dry_run: bool,
}

/// Reads, asks, writes and tells.
pub(crate) async fn change(
    target: &Target,
    action: Action,
    email: &EmailAddress,
    how: &How,
) -> Result<(), Failure> {
    let address = email.as_str();
    let Some(found) = target.find(email, now()).await? else {
        return Err(Failure::Refused(format!("{address}: no account and no registration")));
    };
    let from = State::of(&found);
    match (action, &found) {
        (Action::Disable, Registration::Active(_))
        | (Action::Enable, Registration::Disabled(_))
        | (Action::Delete, _) => {}
        (Action::Disable | Action::Enable, Registration::Pending(_)) => {
            let why = "is not active yet: delete it, or let it expire";
            return Err(Failure::Refused(format!("{address} {why}")));
        }
        _ => return Err(Failure::Refused(format!("{address} is {from} already"))),
    }
    let verb = format!("{action:?}");
    let question =
        format!("{verb} {BOLD}{address}{BOLD:#}, {from} since {}, in {}?", since(&found), target.name);
    confirm(how, &question)?;
    let at = now();
    if !how.dry_run {
        match store::settle((), |()| write(&target.store, action, &found, at)).await? {
            Written::Committed => {}
            _ => {
                return Err(Failure::Refused(format!(
                    "{address} was changed meanwhile: nothing was written"
                )));
            }
        }
    }
    audit(&Changed { at, action, email, id: found.identity().id, from, dry_run: how.dry_run })
}

async fn write(
    store: &Store,
    action: Action,
    found: &Registration,
    at: Timestamp,
) -> Result<Attempt<Written, ()>, Problem> {
    let written = match (action, found) {
        (Action::Disable, Registration::Active(account)) => store.disable(account, at).await?,
        (Action::Enable, Registration::Disabled(disabled)) => store.enable(disabled).await?,
        (Action::Delete, found) => store.delete(found, at, None).await?,
        _ => Written::Stale,
    };
    Ok(if written == Written::Conflict { Attempt::Lost(()) } else { Attempt::Done(written) })
}
