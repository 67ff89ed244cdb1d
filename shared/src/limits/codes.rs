//! The codes that an address is mailed: a cooldown between two, and so many in any 24 hours.
//!
//! Both follow from one list of instants. It is a sliding window, so the number of codes in *any* 24 hours is bounded.

use std::{num::NonZeroU32, time::Duration};

use super::Window;
use crate::{clock::Timestamp, problem::Problem};

/// The limits on the codes of an address.
#[derive(Clone, Debug)]
pub struct CodeLimits {
    /// How long an address waits between two codes; zero turns it off.
    pub cooldown: Duration,
    /// How many codes an address gets in any 24 hours; `None` turns it off.
    pub per_day: Option<NonZeroU32>,
}

/// When codes were sent to an address, oldest first: as many as still bear on a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodesSent(Vec<Timestamp>);

impl CodesSent {
    /// Takes the instants as they were stored, oldest first.
    pub fn from_stored(instants: Vec<Timestamp>) -> Self {
        Self(instants)
    }

    /// The instants to store, oldest first.
    pub fn instants(&self) -> &[Timestamp] {
        &self.0
    }

    /// The list with one more code, sent `now`; refused within the cooldown, or when the last 24 hours have had their
    /// codes.
    pub fn with_one_more(&self, now: Timestamp, limits: &CodeLimits) -> Result<Self, Problem> {
        if let Some(allowed_at) = self.next_allowed_at(limits).filter(|allowed_at| now < *allowed_at) {
            return Err(Problem::TooManyCodes { retry_after: allowed_at.saturating_since(now) });
        }
        let kept = Self::kept(limits) - 1;
        let mut instants = self.0[self.0.len().saturating_sub(kept)..].to_vec();
        instants.push(now);
        Ok(Self(instants))
    }

    /// The list without the code sent at `sent_at`: its mail was refused.
    #[must_use]
    pub fn without(&self, sent_at: Timestamp) -> Self {
        let mut instants = self.0.clone();
        if let Some(place) = instants.iter().rposition(|instant| *instant == sent_at) {
            instants.remove(place);
        }
        Self(instants)
    }

    /// Until when a code of the list bears on a limit.
    pub fn count_until(&self, limits: &CodeLimits) -> Option<Timestamp> {
        let last = *self.0.last()?;
        let day = if limits.per_day.is_some() { Window::DAY } else { Duration::ZERO };
        Some(last + day.max(limits.cooldown))
    }

    /// From when on another code may be sent; `None` when nothing was sent yet.
    fn next_allowed_at(&self, limits: &CodeLimits) -> Option<Timestamp> {
        let after_cooldown = *self.0.last()? + limits.cooldown;
        // The code that must be a day old before another may follow.
        let oldest_of_day =
            limits.per_day.and_then(|per_day| self.0.iter().rev().nth(per_day.get() as usize - 1));
        Some(oldest_of_day.map_or(after_cooldown, |oldest| after_cooldown.max(*oldest + Window::DAY)))
    }

    /// How many instants bear on a limit at the most: the cooldown needs the last one.
    fn kept(limits: &CodeLimits) -> usize {
        limits.per_day.map_or(1, |per_day| per_day.get() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOLDOWN: Duration = Duration::from_secs(30);

    fn limits(per_day: u32, cooldown: Duration) -> CodeLimits {
        CodeLimits { cooldown, per_day: NonZeroU32::new(per_day) }
    }

    fn retry_after(refused: Result<CodesSent, Problem>) -> Duration {
        match refused.unwrap_err() {
            Problem::TooManyCodes { retry_after } => retry_after,
            other => panic!("{other:?}"),
        }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + millis)
    }

    #[test]
    fn a_second_code_waits_for_the_cooldown_to_the_millisecond() {
        let limits = limits(10, COOLDOWN);
        let sent = CodesSent::default().with_one_more(at(0), &limits).unwrap();
        assert_eq!(retry_after(sent.with_one_more(at(0), &limits)), COOLDOWN);
        assert_eq!(retry_after(sent.with_one_more(at(29_999), &limits)), Duration::from_millis(1));
        assert!(sent.with_one_more(at(30_000), &limits).is_ok());
    }

    #[test]
    fn any_24_hours_have_at_most_the_codes_of_a_day() {
        let limits = limits(3, COOLDOWN);
        let mut sent = CodesSent::default();
        for seconds in [0, 3_600, 7_200] {
            sent = sent.with_one_more(at(seconds * 1000), &limits).unwrap();
        }
        assert_eq!(
            retry_after(sent.with_one_more(at(7_230_000), &limits)),
            Duration::from_secs(86_400 - 7_230)
        );
        let sent = sent.with_one_more(at(86_400_000), &limits).unwrap();
        assert_eq!(sent.instants().len(), 3);
        assert_eq!(retry_after(sent.with_one_more(at(86_430_000), &limits)), Duration::from_secs(3_570));
    }

    #[test]
    fn a_limit_that_is_off_limits_nothing() {
        let free = limits(0, Duration::ZERO);
        let mut sent = CodesSent::default();
        for _ in 0..50 {
            sent = sent.with_one_more(at(0), &free).unwrap();
        }
        assert_eq!(sent.instants().len(), 1);
    }

    #[test]
    fn a_refused_mail_counts_for_neither_limit() {
        let limits = limits(1, COOLDOWN);
        let sent = CodesSent::default().with_one_more(at(0), &limits).unwrap();
        assert_eq!(sent.without(at(0)), CodesSent::default());
    }
}
