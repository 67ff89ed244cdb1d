//! Wrong passwords for an address: so many in a quarter of an hour from one client, so many in a day from all.
//!
//! There are two items a day: one of the address and one client, with a counter for each quarter of an hour, and one of
//! the address alone. The first also says whether a client has had a wrong password for the address on this day.

use std::num::NonZeroU32;

use super::{Client, Condition, Count, Window};
use crate::{clock::Timestamp, email_address::EmailAddress, problem::Problem};

/// The limits on wrong passwords. `None` turns one off.
#[derive(Clone, Debug)]
pub struct PasswordLimits {
    /// Wrong passwords per address and client in 15 minutes.
    pub per_quarter_hour: Option<NonZeroU32>,
    /// Wrong passwords per address in a day.
    pub per_day: Option<NonZeroU32>,
}

/// What was counted of wrong passwords.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FailureCounts {
    /// By this client in this quarter of an hour.
    pub in_quarter: u32,
    /// Whether this client had any on this day.
    pub by_client: bool,
    /// By everybody on this day.
    pub in_day: u32,
}

/// One client that signs in with one address.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The key of the item of this address and client.
    pub client_key: String,
    /// The counter of this quarter of an hour in it.
    pub quarter: String,
    /// The key of the item of this address.
    pub address_key: String,
    limits: PasswordLimits,
    quarter_end: Timestamp,
    day_end: Timestamp,
    now: Timestamp,
}

impl SignIn {
    /// The name of the counter in the item of an address.
    pub const DAY: &str = "count";

    /// The limits on this address, client and time; `None` when both are off.
    pub fn of(
        email: &EmailAddress,
        client: &Client,
        now: Timestamp,
        limits: &PasswordLimits,
    ) -> Option<Self> {
        if limits.per_quarter_hour.is_none() && limits.per_day.is_none() {
            return None;
        }
        let (quarter, day) = (Window::at(now, Window::QUARTER_HOUR), Window::at(now, Window::DAY));
        // A colon can't be in an address, so no two pairs make the same key.
        let email = email.as_str();
        Some(Self {
            client_key: format!("passwords/{email}:{client}/{}", day.number),
            quarter: format!("quarter_{}", quarter.number.rem_euclid(96)),
            address_key: format!("passwords/{email}/{}", day.number),
            limits: limits.clone(),
            quarter_end: quarter.end,
            day_end: day.end,
            now,
        })
    }

    /// Whether this client may try a password, after these. A client that has had no wrong password for the address on
    /// this day always may.
    pub fn admit(&self, counts: FailureCounts) -> Result<(), Problem> {
        if self.day_is_full(counts) && counts.by_client {
            return Err(self.exceeded_day());
        }
        match self.limits.per_quarter_hour {
            Some(max) if counts.in_quarter >= max.get() => Err(self.exceeded_quarter()),
            _ => Ok(()),
        }
    }

    /// What a wrong password counts for the client, after these, and the answer when it can't be counted.
    ///
    /// Once the day is full, it is this client's first and last of the day.
    pub fn count_of_client(&self, counts: FailureCounts) -> (Count, Problem) {
        let (condition, exceeded) = if self.day_is_full(counts) {
            (Condition::First, self.exceeded_day())
        } else {
            (self.limits.per_quarter_hour.into(), self.exceeded_quarter())
        };
        let count = Count {
            key: self.client_key.clone(),
            attribute: self.quarter.clone(),
            condition,
            expires_at: self.day_end,
        };
        (count, exceeded)
    }

    /// What a wrong password counts for the address, after these; `None` when nothing: once the day is full its counter
    /// is only read, so an attack by many on one address writes to no single item.
    ///
    /// The answer when it can't be counted: `None` for a client whose first it was.
    pub fn count_of_address(&self, counts: FailureCounts) -> Option<(Count, Option<Problem>)> {
        let max = self.limits.per_day?;
        let exceeded = counts.by_client.then(|| self.exceeded_day());
        let count = Count {
            key: self.address_key.clone(),
            attribute: Self::DAY.to_owned(),
            condition: Condition::Below(max),
            expires_at: self.day_end,
        };
        (!self.day_is_full(counts)).then_some((count, exceeded))
    }

    fn day_is_full(&self, counts: FailureCounts) -> bool {
        self.limits.per_day.is_some_and(|max| counts.in_day >= max.get())
    }

    fn exceeded_quarter(&self) -> Problem {
        Problem::TooManyAttempts { retry_after: self.quarter_end.saturating_since(self.now) }
    }

    fn exceeded_day(&self) -> Problem {
        Problem::TooManyAttempts { retry_after: self.day_end.saturating_since(self.now) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LIMITS: PasswordLimits =
        PasswordLimits { per_quarter_hour: NonZeroU32::new(10), per_day: NonZeroU32::new(100) };

    fn sign_in(millis: i64) -> SignIn {
        let email = EmailAddress::parse("ada@example.com").unwrap();
        SignIn::of(&email, &Client::at(None), Timestamp::from_millis(millis), &LIMITS).unwrap()
    }

    fn retry_after(problem: Result<(), Problem>) -> Duration {
        match problem.unwrap_err() {
            Problem::TooManyAttempts { retry_after } => retry_after,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn waiting_for_the_end_of_the_window_suffices() {
        let full = FailureCounts { in_quarter: 10, by_client: true, in_day: 10 };
        assert_eq!(retry_after(sign_in(0).admit(full)), Window::QUARTER_HOUR);
        assert_eq!(retry_after(sign_in(899_999).admit(full)), Duration::from_millis(1));
        assert_ne!(sign_in(900_000).quarter, sign_in(899_999).quarter);
        let full_day = FailureCounts { in_quarter: 0, by_client: true, in_day: 100 };
        assert_eq!(retry_after(sign_in(900_000).admit(full_day)), Duration::from_mins(24 * 60 - 15));
    }

    #[test]
    fn beyond_the_limit_of_the_day_a_new_client_still_gets_its_attempt() {
        let by_others = FailureCounts { in_quarter: 0, by_client: false, in_day: 5_000 };
        assert!(sign_in(0).admit(by_others).is_ok());
    }

    #[test]
    fn a_limit_of_zero_is_off() {
        let off = PasswordLimits { per_quarter_hour: None, per_day: None };
        let email = EmailAddress::parse("ada@example.com").unwrap();
        assert!(SignIn::of(&email, &Client::at(None), Timestamp::from_millis(0), &off).is_none());
    }
}
