//! The limits that are not an address's own: registrations of a source IP, and wrong passwords.
//!
//! Windows are fixed: each begins at a whole multiple of its length since the Unix epoch, so a counter's key names its
//! window, counting is one atomic update, and the end of the window is known to the millisecond. An address that
//! nobody registered is counted like any other.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    time::Duration,
};

use crate::{clock::Timestamp, config::RequestLimits, email_address::EmailAddress, problem::Problem};

const HOUR: Duration = Duration::from_hours(1);
const QUARTER_HOUR: Duration = Duration::from_mins(15);
const DAY: Duration = Duration::from_hours(24);

/// A span of time in which something is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    number: i64,
    end: Timestamp,
}

impl Window {
    fn at(now: Timestamp, length: Duration) -> Self {
        let length = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
        let number = now.as_millis().div_euclid(length);
        Self { number, end: Timestamp::from_millis((number + 1) * length) }
    }
}

/// Whom a limit takes for one client: an IPv4 address, or the /64 network of an IPv6 address, which is what one
/// subscriber has (RFC 6177).
fn client(source_ip: Option<IpAddr>) -> String {
    match source_ip.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        // API Gateway always says where a request came from; whatever does not shares one counter.
        None => "unknown".to_owned(),
    }
}

/// The registrations that one client makes in an hour.
#[derive(Clone, Debug)]
pub struct Registrations {
    pub(crate) key: String,
    pub(crate) max: NonZeroU32,
    end: Timestamp,
    now: Timestamp,
}

impl Registrations {
    /// The counter of this client and hour; `None` when the limit is off.
    #[must_use]
    pub fn of(source_ip: Option<IpAddr>, now: Timestamp, limits: &RequestLimits) -> Option<Self> {
        let max = limits.registrations_per_hour?;
        let window = Window::at(now, HOUR);
        let key = format!("registrations/{}/{}", client(source_ip), window.number);
        Some(Self { key, max, end: window.end, now })
    }

    /// When the counter is of no more use.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.end
    }

    /// The answer when the counter is full.
    #[must_use]
    pub fn exceeded(&self) -> Problem {
        Problem::TooManyRequests { retry_after: self.end.saturating_since(self.now) }
    }
}

/// The wrong passwords that are given for one address.
///
/// There are two items a day: one of the address and one client, with a counter for each quarter of an hour, and one of
/// the address alone. The first also says whether a client has had a wrong password for the address on this day.
#[derive(Clone, Debug)]
pub struct PasswordFailures {
    /// The key of the item of this address and client.
    pub(crate) client_key: String,
    /// The counter of this quarter of an hour in it.
    pub(crate) quarter: String,
    /// The key of the item of this address.
    pub(crate) address_key: String,
    /// The most in a quarter of an hour; `None` when the limit is off.
    pub(crate) per_quarter: Option<NonZeroU32>,
    /// The most in a day; `None` when the limit is off.
    pub(crate) per_day: Option<NonZeroU32>,
    quarter_end: Timestamp,
    day_end: Timestamp,
    now: Timestamp,
}

/// What was counted of wrong passwords.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FailuresSoFar {
    /// By this client in this quarter of an hour.
    pub in_quarter: u32,
    /// Whether this client had any on this day.
    pub by_client: bool,
    /// By everybody on this day.
    pub in_day: u32,
}

impl PasswordFailures {
    /// The counters of this address, client and time; `None` when both limits are off.
    #[must_use]
    pub fn of(
        email: &EmailAddress,
        source_ip: Option<IpAddr>,
        now: Timestamp,
        limits: &RequestLimits,
    ) -> Option<Self> {
        let (per_quarter, per_day) =
            (limits.password_failures_per_quarter_hour, limits.password_failures_per_day);
        if per_quarter.is_none() && per_day.is_none() {
            return None;
        }
        let (quarter, day) = (Window::at(now, QUARTER_HOUR), Window::at(now, DAY));
        // A colon can't be in an address, so no two pairs make the same key.
        let email = email.as_str();
        Some(Self {
            client_key: format!("passwords/{email}:{}/{}", client(source_ip), day.number),
            quarter: format!("quarter_{}", quarter.number.rem_euclid(96)),
            address_key: format!("passwords/{email}/{}", day.number),
            per_quarter,
            per_day,
            quarter_end: quarter.end,
            day_end: day.end,
            now,
        })
    }

    /// When the counters are of no more use.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.day_end
    }

    /// Whether the address has had its wrong passwords of the day.
    #[must_use]
    pub fn day_is_full(&self, so_far: FailuresSoFar) -> bool {
        self.per_day.is_some_and(|max| so_far.in_day >= max.get())
    }

    /// Whether this client may try a password.
    ///
    /// A client that has had no wrong password for the address on this day always may: nobody can shut another out.
    ///
    /// # Errors
    /// [`Problem::TooManyAttempts`].
    pub fn admit(&self, so_far: FailuresSoFar) -> Result<(), Problem> {
        if self.day_is_full(so_far) && so_far.by_client {
            return Err(self.exceeded_day());
        }
        match self.per_quarter {
            Some(max) if so_far.in_quarter >= max.get() => Err(self.exceeded_quarter()),
            _ => Ok(()),
        }
    }

    /// The answer when this client's counter of the quarter of an hour is full.
    #[must_use]
    pub fn exceeded_quarter(&self) -> Problem {
        Problem::TooManyAttempts { retry_after: self.quarter_end.saturating_since(self.now) }
    }

    /// The answer when the address's counter of the day is full.
    #[must_use]
    pub fn exceeded_day(&self) -> Problem {
        Problem::TooManyAttempts { retry_after: self.day_end.saturating_since(self.now) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: RequestLimits = RequestLimits {
        registrations_per_hour: NonZeroU32::new(60),
        password_failures_per_quarter_hour: NonZeroU32::new(10),
        password_failures_per_day: NonZeroU32::new(100),
    };

    fn client_of(ip: &str) -> String {
        client(Some(ip.parse().unwrap()))
    }

    fn failures(millis: i64) -> PasswordFailures {
        let email = EmailAddress::parse("ada@example.com").unwrap();
        PasswordFailures::of(&email, None, Timestamp::from_millis(millis), &LIMITS).unwrap()
    }

    fn retry_after(problem: Result<(), Problem>) -> Duration {
        match problem.unwrap_err() {
            Problem::TooManyAttempts { retry_after } => retry_after,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_client_is_an_ipv4_address_or_an_ipv6_network() {
        assert_eq!(client_of("192.0.2.1"), "192.0.2.1");
        assert_eq!(client_of("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(client_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(client_of("2001:db8:1:2:ffff::1"), client_of("2001:db8:1:2::"));
        assert_ne!(client_of("2001:db8:1:3::"), client_of("2001:db8:1:2::"));
    }

    #[test]
    fn a_window_ends_where_the_next_begins() {
        let hour = |millis| Window::at(Timestamp::from_millis(millis), HOUR);
        assert_eq!(hour(3_599_999).number, 0);
        assert_eq!(hour(3_599_999).end, Timestamp::from_millis(3_600_000));
        assert_eq!(hour(3_600_000).number, 1);
    }

    #[test]
    fn waiting_for_the_end_of_the_window_suffices() {
        let full = FailuresSoFar { in_quarter: 10, by_client: true, in_day: 10 };
        assert_eq!(retry_after(failures(0).admit(full)), QUARTER_HOUR);
        assert_eq!(retry_after(failures(899_999).admit(full)), Duration::from_millis(1));
        assert_ne!(failures(900_000).quarter, failures(899_999).quarter);
        let full_day = FailuresSoFar { in_quarter: 0, by_client: true, in_day: 100 };
        assert_eq!(retry_after(failures(900_000).admit(full_day)), Duration::from_mins(24 * 60 - 15));
    }

    #[test]
    fn beyond_the_limit_of_the_day_a_new_client_still_gets_its_try() {
        let by_others = FailuresSoFar { in_quarter: 0, by_client: false, in_day: 5_000 };
        assert!(failures(0).admit(by_others).is_ok());
    }

    #[test]
    fn a_limit_of_zero_is_off() {
        let off = RequestLimits {
            registrations_per_hour: None,
            password_failures_per_quarter_hour: None,
            password_failures_per_day: None,
        };
        let email = EmailAddress::parse("ada@example.com").unwrap();
        let now = Timestamp::from_millis(0);
        assert!(Registrations::of(None, now, &off).is_none());
        assert!(PasswordFailures::of(&email, None, now, &off).is_none());
    }
}
