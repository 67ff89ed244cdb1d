//! Time: the only place that reads the system's clock.
//!
//! A handler reads the clock once and passes the instant on, so each request sees one time, and a test that moves a
//! [`ManualClock`] can test a limit to the millisecond.

use std::{
    fmt,
    ops::{Add, Sub},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// An instant, in whole milliseconds since the Unix epoch. Shown and serialised as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(
    value_type = String,
    format = DateTime,
    examples("2026-01-02T03:04:05.006Z"),
    description = "An instant in UTC (RFC 3339)."
)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `millis` milliseconds after the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Parses an instant in the format of RFC 3339.
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::from_str(text, DateTimeFormat::DateTimeWithOffset).ok()?.to_millis().ok().map(Self)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded up: an item with this TTL is never deleted too early.
    pub const fn as_ttl_seconds(self) -> i64 {
        self.0.div_euclid(1000) + if self.0.rem_euclid(1000) > 0 { 1 } else { 0 }
    }

    /// The time from `now` until this instant; zero if it has passed.
    pub fn saturating_since(self, now: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(now.0)).unwrap_or(0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = DateTime::from_millis(self.0).fmt(DateTimeFormat::DateTime);
        f.write_str(&text.map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where a handler reads the time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that stands still until a test moves it.
    Manual(ManualClock),
}

impl Clock {
    /// The time now.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => system_now(),
            Self::Manual(clock) => clock.now(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
fn system_now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp(millis(since_epoch.unwrap_or(Duration::ZERO)))
}

/// A clock that is moved by hand. Clones share the same time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that stands at the system's current time.
    pub fn starting_now() -> Self {
        Self(Arc::new(AtomicI64::new(system_now().0)))
    }

    /// Where the clock stands.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(millis(by), Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_shown_as_rfc_3339_in_utc() {
        assert_eq!(Timestamp::from_millis(1_767_323_045_006).to_string(), "2026-01-02T03:04:05.006Z");
        assert_eq!(Timestamp::from_millis(0).to_string(), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_ttl_is_rounded_up_to_the_whole_second() {
        assert_eq!(Timestamp::from_millis(1_000).as_ttl_seconds(), 1);
        assert_eq!(Timestamp::from_millis(1_001).as_ttl_seconds(), 2);
    }

    #[test]
    fn the_time_until_a_past_instant_is_zero() {
        let now = Timestamp::from_millis(5_000);
        assert_eq!((now - Duration::from_secs(1)).saturating_since(now), Duration::ZERO);
        assert_eq!((now + Duration::from_secs(1)).saturating_since(now), Duration::from_secs(1));
    }
}
