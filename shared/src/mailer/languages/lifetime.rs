//! The lifetime of a code in words.

use std::time::Duration;

/// The lifetime of a code in the largest unit in which it is a whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mailer) enum Lifetime {
    Seconds(u64),
    Minutes(u64),
    Hours(u64),
}

impl Lifetime {
    /// The number and its unit, for languages with one form for one and another for the rest.
    pub(super) fn text(self, second: [&str; 2], minute: [&str; 2], hour: [&str; 2]) -> String {
        let (number, [one, other]) = match self {
            Self::Seconds(number) => (number, second),
            Self::Minutes(number) => (number, minute),
            Self::Hours(number) => (number, hour),
        };
        format!("{number} {}", if number == 1 { one } else { other })
    }
}

impl From<Duration> for Lifetime {
    fn from(lifetime: Duration) -> Self {
        match lifetime.as_secs() {
            seconds if seconds.is_multiple_of(3600) => Self::Hours(seconds / 3600),
            seconds if seconds.is_multiple_of(60) => Self::Minutes(seconds / 60),
            seconds => Self::Seconds(seconds),
        }
    }
}
