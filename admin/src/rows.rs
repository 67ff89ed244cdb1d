//! A user as operators see it, in tables and files, without the hash unless requested.

use std::fmt;

use clap::ValueEnum;
use serde::Serialize;
use shared::{clock::Timestamp, email_address::EmailAddress, registration::Registration};
use uuid::Uuid;

/// One user.
#[derive(Serialize)]
pub(crate) struct Row<'a> {
    pub(crate) email: &'a EmailAddress,
    id: Uuid,
    state: State,
    activated: bool,
    created_at: Timestamp,
    activated_at: Option<Timestamp>,
    password_changed_at: Option<Timestamp>,
    disabled_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_hash: Option<&'a str>,
}

impl<'a> Row<'a> {
    /// What the users table holds under an address.
    pub(crate) fn of(registration: &'a Registration, with_hash: bool) -> Self {
        let identity = registration.identity();
        let (account, disabled_at) = match registration {
            Registration::Pending(_) => (None, None),
            Registration::Active(account) => (Some(account), None),
            Registration::Disabled(disabled) => (Some(&disabled.account), Some(disabled.disabled_at)),
        };
        Self {
            email: &identity.email,
            id: identity.id,
            state: State::of(registration),
            activated: account.is_some(),
            created_at: identity.created_at,
            activated_at: account.map(|account| account.activated_at),
            password_changed_at: account.and_then(|account| account.password_changed_at),
            disabled_at,
            password_hash: with_hash.then(|| identity.password_hash.expose()),
        }
    }
}

/// The state of a registration.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Not activated yet
    Pending,
    /// In use
    Active,
    /// Disabled by an operator
    Disabled,
}

impl State {
    pub(crate) fn of(registration: &Registration) -> Self {
        match registration {
            Registration::Pending(_) => Self::Pending,
            Registration::Active(_) => Self::Active,
            Registration::Disabled(_) => Self::Disabled,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Disabled => "disabled",
        })
    }
}

/// Since when it is in its state.
pub(crate) fn since(registration: &Registration) -> Timestamp {
    match registration {
        Registration::Pending(pending) => pending.identity.created_at,
        Registration::Active(account) => account.activated_at,
        Registration::Disabled(disabled) => disabled.disabled_at,
    }
}

/// Whether it is in this state, and still exists.
pub(crate) fn is_in(registration: &Registration, asked: Option<State>, now: Timestamp) -> bool {
    registration.is_current(now) && asked.is_none_or(|asked| asked == State::of(registration))
}
