//! The limit on one client's requests in an hour: codes, and registrations whether or not they succeed, because account
//! enumeration is limited too.

use std::num::NonZeroU32;

use super::{Client, Count, Window};
use crate::{clock::Timestamp, problem::Problem};

/// The limit on one client in one hour.
pub struct RequestLimit {
    /// What one more request counts.
    pub count: Count,
    now: Timestamp,
}

impl RequestLimit {
    /// The limit of `max` requests; `None` when it is off.
    pub fn of(client: &Client, now: Timestamp, max: Option<NonZeroU32>) -> Option<Self> {
        let hour = Window::at(now, Window::HOUR);
        let count = Count {
            key: format!("requests/{client}/{}", hour.number),
            counters: vec![("count".to_owned(), max?)],
            expires_at: hour.end,
        };
        Some(Self { count, now })
    }

    /// The answer when the counter is full.
    pub fn exceeded(&self) -> Problem {
        Problem::TooManyRequests { retry_after: self.count.expires_at.saturating_since(self.now) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_zero_is_off() {
        assert!(RequestLimit::of(&Client::at(None), Timestamp::from_millis(0), None).is_none());
    }
}
