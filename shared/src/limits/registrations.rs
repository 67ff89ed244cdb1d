//! The registrations of one client in an hour, whatever comes of them: asking which addresses are taken is limited too.

use std::num::NonZeroU32;

use super::{Client, Condition, Count, Window};
use crate::{clock::Timestamp, problem::Problem};

/// The limit on one client in one hour.
pub struct RegistrationLimit {
    /// What one more registration counts.
    pub count: Count,
    now: Timestamp,
}

impl RegistrationLimit {
    /// The limit of `max` registrations; `None` when it is off.
    pub fn of(client: &Client, now: Timestamp, max: Option<NonZeroU32>) -> Option<Self> {
        let hour = Window::at(now, Window::HOUR);
        let count = Count {
            key: format!("registrations/{client}/{}", hour.number),
            attribute: "count".to_owned(),
            condition: Condition::Below(max?),
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
        assert!(RegistrationLimit::of(&Client::at(None), Timestamp::from_millis(0), None).is_none());
    }
}
