//! What the users table holds under an address: a registration that waits for its code, an active account, or one that
//! an operator disabled.
//!
//! Each state is a type, and data that only one state has is in that type. Everything here is a pure function of what
//! was read; the store's conditions check that it has not changed.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    clock::Timestamp,
    code::{NewCode, StoredCode},
    email_address::EmailAddress,
    limits::{Count, ShortCodes},
    password_hash::PasswordHash,
    problem::Problem,
};

/// What a registration keeps when its state changes.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The id of this registration (UUIDv7). Registering again makes a new one.
    pub id: Uuid,
    /// The address in its normal form, the key.
    pub email: EmailAddress,
    /// The hash of the current password.
    pub password_hash: PasswordHash,
    /// When this registration was made.
    pub created_at: Timestamp,
}

/// A registration that waits for its code.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Whose it is.
    pub identity: Identity,
    /// The short codes that were mailed to the address, over all its registrations.
    pub short_codes: ShortCodes,
    /// When the registration expires: never before its newest code is dead.
    pub ends_at: Timestamp,
}

/// An account in use.
#[derive(Clone, Debug)]
pub struct Active {
    /// Whose it is.
    pub identity: Identity,
    /// When it was activated.
    pub activated_at: Timestamp,
    /// When its password was last changed or reset, if it ever was.
    pub password_changed_at: Option<Timestamp>,
}

/// An account that an operator disabled: nobody can sign in with it, and its address stays taken.
#[derive(Clone, Debug)]
pub struct Disabled {
    /// The account to which enabling it returns.
    pub account: Active,
    /// When it was disabled.
    pub disabled_at: Timestamp,
}

/// What the users table holds under an address.
#[derive(Clone, Debug)]
pub enum Registration {
    /// Not activated yet.
    Pending(Pending),
    /// Activated.
    Active(Active),
    /// Activated, and disabled since.
    Disabled(Disabled),
}

impl Registration {
    /// Whose it is.
    pub fn identity(&self) -> &Identity {
        match self {
            Self::Pending(pending) => &pending.identity,
            Self::Active(active) => &active.identity,
            Self::Disabled(disabled) => &disabled.account.identity,
        }
    }

    /// Whether it still exists. TTL deletes the item later.
    pub fn is_current(&self, now: Timestamp) -> bool {
        match self {
            Self::Pending(pending) => now < pending.ends_at,
            Self::Active(_) | Self::Disabled(_) => true,
        }
    }

    /// The registration, if it is pending.
    pub fn pending(self) -> Result<Pending, Problem> {
        match self {
            Self::Pending(pending) => Ok(pending),
            Self::Active(_) => Err(Problem::AlreadyActivated),
            Self::Disabled(_) => Err(Problem::AccountDisabled),
        }
    }

    /// The account, if it is active.
    pub fn into_active(self) -> Option<Active> {
        match self {
            Self::Active(active) => Some(active),
            Self::Pending(_) | Self::Disabled(_) => None,
        }
    }

    /// The account, or why it is not active.
    pub fn active(self) -> Result<Active, Problem> {
        match self {
            Self::Active(active) => Ok(active),
            Self::Pending(_) => Err(Problem::NotActivated),
            Self::Disabled(_) => Err(Problem::AccountDisabled),
        }
    }

    /// The registration, unless an operator disabled it.
    pub fn enabled(self) -> Result<Self, Problem> {
        match self {
            Self::Disabled(_) => Err(Problem::AccountDisabled),
            enabled => Ok(enabled),
        }
    }
}

impl Pending {
    /// A registration that waits for `ttl`, and has no code yet.
    pub fn new(identity: Identity, ttl: Duration) -> Self {
        let ends_at = identity.created_at + ttl;
        Self { identity, short_codes: ShortCodes::default(), ends_at }
    }

    /// The registration with another code; `short_codes` are those of its address with this one.
    #[must_use]
    pub fn with_code(self, code: &StoredCode, short_codes: ShortCodes) -> Self {
        let ends_at = self.ends_at.max(code.expires_at);
        Self { short_codes, ends_at, ..self }
    }

    /// When its item is no longer needed: the registration has expired, and no short code counts any more.
    pub fn expires_at(&self) -> Timestamp {
        self.short_codes.count_until().map_or(self.ends_at, |codes| codes.max(self.ends_at))
    }

    /// The account that this registration becomes.
    pub fn activate(self, now: Timestamp) -> Active {
        Active { identity: self.identity, activated_at: now, password_changed_at: None }
    }

    /// The account as its owner sees it.
    pub fn account(&self) -> Account<'_> {
        Account::new(&self.identity, None, None)
    }
}

/// A reset code, whether or not an account has the address: what is stored and counted does not reveal that.
#[derive(Clone, Debug)]
pub struct IssuedReset {
    /// The address that it was asked for.
    pub email: EmailAddress,
    /// Of the account, or of none.
    pub id: Uuid,
    /// The code.
    pub code: NewCode,
    /// When another may be sent.
    pub next_at: Timestamp,
    /// What the code counts.
    pub counts: Vec<Count>,
}

/// A registration and its newest code, which are written together.
#[derive(Clone, Debug)]
pub struct IssuedCode {
    /// The registration, with the code.
    pub pending: Pending,
    /// The code.
    pub code: NewCode,
    /// When another may be sent.
    pub next_at: Timestamp,
    /// What the code counts.
    pub counts: Vec<Count>,
    /// The key of counters that a new registration deletes: wrong passwords for the previous one.
    pub voids: Option<String>,
}

impl Active {
    /// The account with another password.
    #[must_use]
    pub fn with_password(self, password_hash: PasswordHash, now: Timestamp) -> Self {
        let identity = Identity { password_hash, ..self.identity };
        Self { identity, password_changed_at: Some(now), ..self }
    }

    /// The account as its owner sees it.
    pub fn account(&self) -> Account<'_> {
        Account::new(&self.identity, Some(self.activated_at), self.password_changed_at)
    }
}

/// The id of a registration made `now`: a UUIDv7 (RFC 9562, 5.7).
pub fn new_id(now: Timestamp, random: [u8; 10]) -> Uuid {
    let millis = u64::try_from(now.as_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// The account as its owner sees it, in answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "The account, as its owner sees it.")]
pub struct Account<'a> {
    /// The id of this registration (UUIDv7). Registering again makes a new one.
    id: Uuid,
    email: &'a EmailAddress,
    activated: bool,
    /// When this registration was made.
    created_at: Timestamp,
    /// Only for active accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Timestamp, required = false)]
    activated_at: Option<Timestamp>,
    /// Only if the password was changed or reset.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Timestamp, required = false)]
    password_changed_at: Option<Timestamp>,
}

impl<'a> Account<'a> {
    fn new(
        identity: &'a Identity,
        activated_at: Option<Timestamp>,
        password_changed_at: Option<Timestamp>,
    ) -> Self {
        let Identity { id, email, created_at, .. } = identity;
        let (activated, created_at) = (activated_at.is_some(), *created_at);
        Self { id: *id, email, activated, created_at, activated_at, password_changed_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + millis)
    }

    fn pending() -> Pending {
        let identity = Identity {
            id: Uuid::nil(),
            email: EmailAddress::parse("ada@example.com").unwrap(),
            password_hash: PasswordHash::dummy(4),
            created_at: at(0),
        };
        Pending::new(identity, DAY)
    }

    fn with_code(sent_at: i64, short_codes: ShortCodes) -> Pending {
        pending().with_code(&NewCode::for_tests(at(sent_at)).stored, short_codes)
    }

    #[test]
    fn a_pending_registration_exists_for_its_time_and_no_longer() {
        let registration = Registration::Pending(pending());
        assert!(registration.is_current(at(86_399_999)));
        assert!(!registration.is_current(at(86_400_000)));
    }

    #[test]
    fn a_pending_registration_outlives_its_newest_code() {
        let registration = Registration::Pending(with_code(86_395_000, ShortCodes::default()));
        assert!(registration.is_current(at(86_454_999)));
        assert!(!registration.is_current(at(86_455_000)));
    }

    #[test]
    fn an_active_account_does_not_expire() {
        let active = pending().activate(at(60_000));
        assert!(Registration::Active(active).is_current(at(100 * 86_400_000)));
    }

    #[test]
    fn a_disabled_account_is_neither_pending_nor_active() {
        let account = pending().activate(at(60_000));
        let disabled = Registration::Disabled(Disabled { account, disabled_at: at(120_000) });
        assert!(disabled.is_current(at(100 * 86_400_000)));
        assert!(disabled.clone().into_active().is_none());
        let slug = |problem: Problem| problem.kind().slug;
        assert_eq!(disabled.clone().pending().map_err(slug).unwrap_err(), "account-disabled");
        assert_eq!(disabled.clone().active().map_err(slug).unwrap_err(), "account-disabled");
        assert_eq!(disabled.enabled().map_err(slug).unwrap_err(), "account-disabled");
    }

    #[test]
    fn an_item_is_kept_while_its_registration_or_a_short_code_counts() {
        assert_eq!(with_code(0, ShortCodes::default()).expires_at(), at(86_400_000));
        let sent = ShortCodes::from_stored(vec![at(0), at(60_000)]);
        assert_eq!(with_code(60_000, sent).expires_at(), at(86_460_000));
    }
}
