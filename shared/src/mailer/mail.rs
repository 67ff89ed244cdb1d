//! The mails that the service sends, and the names that programs use for them.
//!
//! Their texts are in the [languages](super::languages).

use crate::{clock::Timestamp, code::NewCode};

/// A mail that the service sends: one with a code, or a notice of what happened.
#[derive(Clone, Copy, Debug)]
pub enum Mail<'a> {
    /// The code that makes an account active.
    ActivationCode(&'a NewCode),
    /// The code that replaces a forgotten password.
    ResetCode(&'a NewCode),
    /// The password was changed.
    PasswordChanged {
        /// When.
        at: Timestamp,
    },
    /// The account was deleted.
    AccountDeleted {
        /// When.
        at: Timestamp,
    },
}

/// The names of a kind of mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// The value of the tag `mail` at SES.
    pub(super) tag: &'static str,
    /// The `type` of a webhook.
    pub(super) event: &'static str,
}

impl<'a> Mail<'a> {
    pub(super) fn kind(&self) -> Kind {
        let (tag, event) = match self {
            Self::ActivationCode(_) => ("activation-code", "activation_code.created"),
            Self::ResetCode(_) => ("reset-code", "reset_code.created"),
            Self::PasswordChanged { .. } => ("password-changed", "password.changed"),
            Self::AccountDeleted { .. } => ("account-deleted", "account.deleted"),
        };
        Kind { tag, event }
    }

    pub(super) fn code(&self) -> Option<&'a NewCode> {
        match self {
            Self::ActivationCode(code) | Self::ResetCode(code) => Some(code),
            Self::PasswordChanged { .. } | Self::AccountDeleted { .. } => None,
        }
    }

    /// When the code was made, or when the event of the notice happened.
    pub(super) fn at(&self) -> Timestamp {
        match self {
            Self::ActivationCode(code) | Self::ResetCode(code) => code.stored.created_at,
            Self::PasswordChanged { at } | Self::AccountDeleted { at } => *at,
        }
    }
}

#[cfg(test)]
impl<'a> Mail<'a> {
    /// One of each kind, with this code and at this instant.
    pub(super) fn examples(code: &'a NewCode, at: Timestamp) -> [Self; 4] {
        [
            Self::ActivationCode(code),
            Self::ResetCode(code),
            Self::PasswordChanged { at },
            Self::AccountDeleted { at },
        ]
    }
}
