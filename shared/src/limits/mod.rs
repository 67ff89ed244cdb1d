//! The limits, each in its file: what a request has to count, and on what condition. The attempts at a code are counted
//! on the code itself, in `store/codes.rs`.
//!
//! All of it is pure. A limit is a function of what was counted so far and the time; the store only counts, and obeys
//! what it is told here. Windows are fixed unless a limit says otherwise. An address that nobody registered is counted
//! like any other.

mod client;
mod codes;
mod passwords;
mod registrations;
mod window;

use std::num::NonZeroU32;

use self::window::Window;
pub use self::{
    client::Client,
    codes::{CodeLimits, CodesSent},
    passwords::{FailureCounts, PasswordLimits, SignIn},
    registrations::RegistrationLimit,
};
use crate::clock::Timestamp;

/// One more for one counter, if its condition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The key of the counter's item.
    pub key: String,
    /// The counter in it.
    pub attribute: String,
    /// When it may be counted.
    pub condition: Condition,
    /// When the item is of no more use.
    pub expires_at: Timestamp,
}

/// When a counter may be raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Always: the limit is off.
    Always,
    /// While it is below this number.
    Below(NonZeroU32),
    /// When its item does not exist.
    First,
}

impl From<Option<NonZeroU32>> for Condition {
    fn from(max: Option<NonZeroU32>) -> Self {
        max.map_or(Self::Always, Self::Below)
    }
}
