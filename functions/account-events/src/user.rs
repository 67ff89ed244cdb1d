//! The part of an account that other systems may see, read from an item of the users table.

use serde::{Deserialize, Serialize};
use shared::clock::Timestamp;

/// The id in what is left of a registration that was deleted while its short codes still count.
pub(crate) const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// The account as its owner sees it, and when it was disabled.
#[derive(Debug, Deserialize, Serialize)]
#[serde(try_from = "Item")]
pub(crate) struct User {
    pub(crate) id: String,
    email: String,
    pub(crate) activated: bool,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    activated_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password_changed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disabled_at: Option<Timestamp>,
}

impl User {
    /// Whether there is an account or a registration.
    pub(crate) fn exists(&self) -> bool {
        self.id != NOBODY
    }

    /// Whether `new` is the same account. Nothing makes an active one pending again but another import.
    pub(crate) fn becomes(&self, new: &Self) -> bool {
        self.id == new.id && (new.activated || !self.activated)
    }
}

/// The attributes that are read; all others are ignored.
#[derive(Deserialize)]
struct Item {
    id: Text,
    email: Text,
    activated: Flag,
    created_at: Instant,
    activated_at: Option<Instant>,
    password_changed_at: Option<Instant>,
    disabled_at: Option<Instant>,
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "S")]
    value: String,
}

#[derive(Deserialize)]
struct Flag {
    #[serde(rename = "BOOL")]
    value: bool,
}

#[derive(Deserialize)]
struct Instant {
    #[serde(rename = "N")]
    millis: String,
}

impl TryFrom<Instant> for Timestamp {
    type Error = &'static str;

    fn try_from(instant: Instant) -> Result<Self, Self::Error> {
        instant.millis.parse().map(Self::from_millis).map_err(|_| "an instant is no whole number")
    }
}

impl TryFrom<Item> for User {
    type Error = &'static str;

    fn try_from(item: Item) -> Result<Self, Self::Error> {
        let maybe = |instant: Option<Instant>| instant.map(Timestamp::try_from).transpose();
        Ok(Self {
            id: item.id.value,
            email: item.email.value,
            activated: item.activated.value,
            created_at: item.created_at.try_into()?,
            activated_at: maybe(item.activated_at)?,
            password_changed_at: maybe(item.password_changed_at)?,
            disabled_at: maybe(item.disabled_at)?,
        })
    }
}
