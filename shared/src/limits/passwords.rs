//! The limits on wrong passwords for an address: a number in a quarter of an hour from one client, a number in a day
//! from all, and once those are used up, [`BEYOND_PER_CLIENT`] for each client.
//!
//! There are two items a day: one of the address and one client, with a counter for each quarter of an hour and one for
//! those beyond the day's limit, and one of the address alone. Far from a limit a client is counted after its password
//! was wrong; near one it reserves a place before the hash, so that simultaneous guesses can't exceed the limit.

use std::{num::NonZeroU32, time::Duration};

use super::{Client, Count, Counters, Window};
use crate::{clock::Timestamp, email_address::EmailAddress, problem::Problem};

/// How many wrong passwords a day each client has for an address whose day's limit is used up.
const BEYOND_PER_CLIENT: NonZeroU32 = NonZeroU32::new(5).unwrap();

/// A password is usually verified within this time.
const HASH_TIME: Duration = Duration::from_secs(1);

/// The limits on wrong passwords. `None` turns one off.
#[derive(Clone, Debug)]
pub struct PasswordLimits {
    /// Wrong passwords per address and client in 15 minutes.
    pub per_quarter_hour: Option<NonZeroU32>,
    /// Wrong passwords per address in a day.
    pub per_day: Option<NonZeroU32>,
}

/// One client that signs in with one address.
#[derive(Clone, Debug)]
pub struct SignIn {
    client_key: String,
    address_key: String,
    quarter: String,
    limits: PasswordLimits,
    quarter_end: Timestamp,
    day_end: Timestamp,
    now: Timestamp,
}

/// A sign-in that may go on.
#[derive(Debug)]
pub struct Admission {
    /// The places that a wrong password takes, one in each.
    pub slots: Vec<Slot>,
    /// Whether they are reserved before the password is verified, and given back if it was right.
    pub reserve: bool,
}

/// A place that a wrong password takes.
#[derive(Debug)]
pub struct Slot {
    /// The first of these that is not full.
    pub counts: Vec<Count>,
    /// The answer when all of them are.
    pub full: Problem,
}

impl SignIn {
    const OF_DAY: &str = "count";
    const BEYOND: &str = "beyond_the_day";

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
            address_key: format!("passwords/{email}/{}", day.number),
            quarter: format!("quarter_{}", quarter.number.rem_euclid(96)),
            limits: limits.clone(),
            quarter_end: quarter.end,
            day_end: day.end,
            now,
        })
    }

    /// The key of this client's counters for this address.
    pub fn client_key(&self) -> &str {
        &self.client_key
    }

    /// The keys of the counters that decide.
    pub fn keys(&self) -> [&str; 2] {
        [&self.client_key, &self.address_key]
    }

    /// Whether this client may try a password, given these counters, and which places a wrong one takes.
    pub fn admit(&self, counted: &Counters) -> Result<Admission, Problem> {
        let in_quarter = counted.get(&self.client_key, &self.quarter);
        let in_day = counted.get(&self.address_key, Self::OF_DAY);
        let reached = |max: Option<NonZeroU32>, share: u32, count: u32| {
            max.is_some_and(|max| count.saturating_mul(share) >= max.get())
        };
        let PasswordLimits { per_quarter_hour, per_day } = self.limits;
        if reached(per_day, 1, in_day) && self.has_none_beyond(counted) {
            return Err(self.full_until(self.day_end));
        }
        if reached(per_quarter_hour, 1, in_quarter) {
            return Err(self.full_until(self.quarter_end));
        }
        let mut slots = if reached(per_day, 1, in_day) { self.slots_beyond() } else { self.slots_of_day() };
        let reserve = reached(per_quarter_hour, 2, in_quarter) || reached(per_day, 2, in_day);
        if reserve {
            // Other requests hold the last places. They may be right and give them back, so a retry can succeed.
            for slot in &mut slots {
                slot.full = Problem::TooManyAttempts { retry_after: HASH_TIME };
            }
        }
        Ok(Admission { slots, reserve })
    }

    fn has_none_beyond(&self, counted: &Counters) -> bool {
        counted.get(&self.client_key, Self::BEYOND) >= BEYOND_PER_CLIENT.get()
    }

    /// One in the client's quarter of an hour, and one in the address's day, or beyond it if that has become full
    /// meanwhile.
    fn slots_of_day(&self) -> Vec<Slot> {
        let quarter = self.limits.per_quarter_hour.map(|max| Slot {
            counts: vec![self.count(&self.client_key, [(self.quarter.as_str(), max)])],
            full: self.full_until(self.quarter_end),
        });
        let day = self.limits.per_day.map(|max| Slot {
            counts: vec![
                self.count(&self.address_key, [(Self::OF_DAY, max)]),
                self.count(&self.client_key, [(Self::BEYOND, BEYOND_PER_CLIENT)]),
            ],
            full: self.full_until(self.day_end),
        });
        quarter.into_iter().chain(day).collect()
    }

    /// One of the client's own. The counter of the address is full and only read, so an attack by many clients on one
    /// address does not write to a single item.
    fn slots_beyond(&self) -> Vec<Slot> {
        let quarter = self.limits.per_quarter_hour.map(|max| (self.quarter.as_str(), max));
        let counters = [(Self::BEYOND, BEYOND_PER_CLIENT)].into_iter().chain(quarter);
        vec![Slot {
            counts: vec![self.count(&self.client_key, counters)],
            full: self.full_until(self.day_end),
        }]
    }

    fn count<'a>(&self, key: &str, counters: impl IntoIterator<Item = (&'a str, NonZeroU32)>) -> Count {
        let counters = counters.into_iter().map(|(name, max)| (name.to_owned(), max)).collect();
        Count { key: key.to_owned(), counters, expires_at: self.day_end }
    }

    fn full_until(&self, end: Timestamp) -> Problem {
        Problem::TooManyAttempts { retry_after: end.saturating_since(self.now) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: PasswordLimits =
        PasswordLimits { per_quarter_hour: NonZeroU32::new(10), per_day: NonZeroU32::new(100) };
    const CLIENT: &str = "passwords/ada@example.com:unknown/0";

    fn sign_in(millis: i64) -> SignIn {
        let email = EmailAddress::parse("ada@example.com").unwrap();
        SignIn::of(&email, &Client::at(None), Timestamp::from_millis(millis), &LIMITS).unwrap()
    }

    fn counted(of_client: &[(&str, u32)], in_day: u32) -> Counters {
        let mut counted = Counters::for_tests(CLIENT, of_client);
        counted.insert("passwords/ada@example.com/0".to_owned(), [("count".to_owned(), in_day)].into());
        counted
    }

    fn retry_after(admission: Result<Admission, Problem>) -> Duration {
        match admission.unwrap_err() {
            Problem::TooManyAttempts { retry_after } => retry_after,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_full_limit_lasts_until_its_window_ends() {
        let full = counted(&[("quarter_0", 10)], 10);
        assert_eq!(retry_after(sign_in(0).admit(&full)), Window::QUARTER_HOUR);
        assert_eq!(retry_after(sign_in(899_999).admit(&full)), Duration::from_millis(1));
        assert!(sign_in(900_000).admit(&full).is_ok());
        let full_day = counted(&[("beyond_the_day", 5)], 100);
        assert_eq!(retry_after(sign_in(900_000).admit(&full_day)), Duration::from_mins(24 * 60 - 15));
    }

    #[test]
    fn beyond_the_daily_limit_each_client_has_five_of_its_own() {
        let counted = counted(&[("quarter_7", 9), ("beyond_the_day", 4)], 5_000);
        let admission = sign_in(0).admit(&counted).unwrap();
        assert!(admission.reserve);
        let keys: Vec<_> =
            admission.slots.iter().flat_map(|slot| &slot.counts).map(|count| &*count.key).collect();
        assert_eq!(keys, [CLIENT]);
    }

    #[test]
    fn from_half_of_a_limit_on_places_are_reserved() {
        for (of_client, in_day, near) in [(0, 0, false), (4, 49, false), (5, 0, true), (0, 50, true)] {
            let counted = counted(&[("quarter_0", of_client)], in_day);
            assert_eq!(sign_in(0).admit(&counted).unwrap().reserve, near, "{of_client}, {in_day}");
        }
    }

    #[test]
    fn a_limit_of_zero_is_off() {
        let off = PasswordLimits { per_quarter_hour: None, per_day: None };
        let email = EmailAddress::parse("ada@example.com").unwrap();
        assert!(SignIn::of(&email, &Client::at(None), Timestamp::from_millis(0), &off).is_none());
    }
}
