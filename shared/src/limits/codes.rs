//! The limits on the codes mailed to an address: a cooldown between two, a number of short ones in any 24 hours, and a
//! number for each client in a day.
//!
//! Short codes are few because they can be guessed. When they are used up, each client has its own [`LONG_PER_CLIENT`] long
//! ones a day: an attack makes the owner type more digits, but keeps nobody out. The short ones are a list of instants,
//! a sliding window, so the number of them in *any* 24 hours is bounded.

use std::{num::NonZeroU32, time::Duration};

use super::{Client, Count, Counters, Window};
use crate::{clock::Timestamp, code::CodeLength, email_address::EmailAddress};

/// How many long codes a day a client has for an address.
const LONG_PER_CLIENT: NonZeroU32 = NonZeroU32::new(2).unwrap();

/// The limits on the codes of an address.
#[derive(Clone, Debug)]
pub struct CodeLimits {
    /// How long an address waits between two codes; zero turns it off.
    pub cooldown: Duration,
    /// How many short codes an address gets in any 24 hours; `None` turns it off.
    pub per_day: Option<NonZeroU32>,
    /// How many codes one client gets mailed to an address in a day; `None` turns it off.
    pub per_client: Option<NonZeroU32>,
}

/// When short codes were sent to an address, oldest first: those that still count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShortCodes(Vec<Timestamp>);

impl ShortCodes {
    /// Takes the instants as they were stored, oldest first.
    pub fn from_stored(instants: Vec<Timestamp>) -> Self {
        Self(instants)
    }

    /// The instants to store, oldest first.
    pub fn instants(&self) -> &[Timestamp] {
        &self.0
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

    /// Until when a code of the list counts.
    pub fn count_until(&self) -> Option<Timestamp> {
        self.0.last().map(|last| *last + Window::DAY)
    }

    /// The list with one more code, sent `now`, or when the next may be sent.
    fn with_one_more(&self, now: Timestamp, per_day: Option<NonZeroU32>) -> Result<Self, Timestamp> {
        let Some(per_day) = per_day else { return Ok(Self::default()) };
        let per_day = per_day.get() as usize;
        // The code that has to be a day old before another may be sent.
        if let Some(oldest) = self.0.iter().rev().nth(per_day - 1).filter(|at| now < **at + Window::DAY) {
            return Err(*oldest + Window::DAY);
        }
        let mut instants = self.0[self.0.len().saturating_sub(per_day - 1)..].to_vec();
        instants.push(now);
        Ok(Self(instants))
    }
}

/// One more code for an address, asked for by one client.
pub(super) struct ClientCodes {
    pub(super) key: String,
    day_end: Timestamp,
    now: Timestamp,
    limits: CodeLimits,
}

impl ClientCodes {
    const ALL: &str = "count";
    const LONG: &str = "long";

    pub(super) fn of(email: &EmailAddress, client: &Client, now: Timestamp, limits: &CodeLimits) -> Self {
        let day = Window::at(now, Window::DAY);
        let key = format!("codes/{}:{client}/{}", email.as_str(), day.number);
        Self { key, day_end: day.end, now, limits: limits.clone() }
    }

    /// The code's length, the short codes with it, and what it counts; or until when none is allowed.
    pub(super) fn allow(
        &self,
        short_codes: &ShortCodes,
        counted: &Counters,
    ) -> Result<(CodeLength, ShortCodes, Option<Count>), Timestamp> {
        let of_client = counted.get(&self.key, Self::ALL);
        if self.limits.per_client.is_some_and(|max| of_client >= max.get()) {
            return Err(self.day_end);
        }
        match short_codes.with_one_more(self.now, self.limits.per_day) {
            Ok(short_codes) => Ok((CodeLength::Short, short_codes, self.count(None))),
            Err(next) if counted.get(&self.key, Self::LONG) >= LONG_PER_CLIENT.get() => {
                Err(next.min(self.day_end))
            }
            Err(_) => Ok((CodeLength::Long, short_codes.clone(), self.count(Some(LONG_PER_CLIENT)))),
        }
    }

    /// What a code that is always long counts, or until when none is allowed.
    pub(super) fn allow_long(&self, counted: &Counters) -> Result<Option<Count>, Timestamp> {
        let of_client = counted.get(&self.key, Self::ALL);
        match self.limits.per_client {
            Some(max) if of_client >= max.get() => Err(self.day_end),
            _ => Ok(self.count(None)),
        }
    }

    fn count(&self, long: Option<NonZeroU32>) -> Option<Count> {
        let limits = [(Self::ALL, self.limits.per_client), (Self::LONG, long)];
        let counters: Vec<_> =
            limits.into_iter().filter_map(|(name, max)| Some((name.to_owned(), max?))).collect();
        (!counters.is_empty()).then(|| Count { key: self.key.clone(), counters, expires_at: self.day_end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PER_DAY: Option<NonZeroU32> = NonZeroU32::new(3);
    const LIMITS: CodeLimits =
        CodeLimits { cooldown: Duration::ZERO, per_day: PER_DAY, per_client: NonZeroU32::new(5) };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn codes(instants: &[i64]) -> ShortCodes {
        ShortCodes(instants.iter().copied().map(at).collect())
    }

    fn asked(now: Timestamp, limits: &CodeLimits) -> ClientCodes {
        ClientCodes::of(&EmailAddress::parse("ada@example.com").unwrap(), &Client::at(None), now, limits)
    }

    fn counted(all: u32, long: u32) -> Counters {
        Counters::for_tests("codes/ada@example.com:unknown/0", &[("count", all), ("long", long)])
    }

    #[test]
    fn any_24_hours_have_at_most_the_short_codes_of_a_day() {
        let sent = codes(&[0, 3_600, 7_200]);
        assert_eq!(sent.with_one_more(at(86_399), PER_DAY), Err(at(86_400)));
        let sent = sent.with_one_more(at(86_400), PER_DAY).unwrap();
        assert_eq!(sent, codes(&[3_600, 7_200, 86_400]));
        assert_eq!(sent.with_one_more(at(86_430), PER_DAY), Err(at(90_000)));
    }

    #[test]
    fn beyond_the_short_codes_a_client_has_two_long_ones() {
        let sent = codes(&[0, 1, 2]);
        let request = asked(at(3), &LIMITS);
        let (length, short_codes, count) = request.allow(&sent, &counted(3, 1)).unwrap();
        assert_eq!((length, short_codes), (CodeLength::Long, sent.clone()));
        assert_eq!(count.unwrap().counters.len(), 2);
        assert_eq!(request.allow(&sent, &counted(2, 2)), Err(at(86_400)));
        // Short codes are available again before midnight.
        let yesterday = codes(&[-80_000, -79_999, -79_998]);
        assert_eq!(request.allow(&yesterday, &counted(2, 2)), Err(at(6_400)));
    }

    #[test]
    fn a_client_has_a_daily_limit_on_codes_of_either_length() {
        let request = asked(at(3), &LIMITS);
        assert!(request.allow(&ShortCodes::default(), &counted(4, 0)).is_ok());
        assert_eq!(request.allow(&ShortCodes::default(), &counted(5, 0)), Err(at(86_400)));
    }

    #[test]
    fn a_disabled_limit_limits_nothing() {
        let off = CodeLimits { per_day: None, per_client: None, ..LIMITS };
        let allowed = asked(at(3), &off).allow(&codes(&[0, 1, 2]), &counted(100, 0)).unwrap();
        assert_eq!(allowed, (CodeLength::Short, ShortCodes::default(), None));
    }

    #[test]
    fn a_code_whose_mail_was_refused_does_not_count() {
        assert_eq!(codes(&[0, 1]).without(at(1)), codes(&[0]));
        assert_eq!(codes(&[0, 1]).without(at(2)), codes(&[0, 1]));
    }
}
