//! A fixed span of time in which something is counted.
//!
//! Each begins at a whole multiple of its length since the Unix epoch, so a counter's key names its window, counting is
//! one atomic update, and the end of the window is known to the millisecond.

use std::time::Duration;

use crate::clock::Timestamp;

/// A span of time in which something is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) number: i64,
    pub(super) end: Timestamp,
}

impl Window {
    pub(super) const QUARTER_HOUR: Duration = Duration::from_mins(15);
    pub(super) const HOUR: Duration = Duration::from_hours(1);
    pub(super) const DAY: Duration = Duration::from_hours(24);

    pub(super) fn at(now: Timestamp, length: Duration) -> Self {
        let length = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
        let number = now.as_millis().div_euclid(length);
        Self { number, end: Timestamp::from_millis((number + 1) * length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_where_the_next_begins() {
        let hour = |millis| Window::at(Timestamp::from_millis(millis), Window::HOUR);
        assert_eq!(hour(3_599_999).number, 0);
        assert_eq!(hour(3_599_999).end, Timestamp::from_millis(3_600_000));
        assert_eq!(hour(3_600_000).number, 1);
    }
}
