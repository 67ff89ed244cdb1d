//! A user, and what follows from the time alone: which registrations are gone, when the next code may go out.
//!
//! Everything here is a pure function of what was read; the store's conditions say that it is still so.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    clock::Timestamp, config::CodeRules, email_address::EmailAddress, password_hash::PasswordHash,
    problem::Problem,
};

const DAY: Duration = Duration::from_hours(24);

/// One registration of an address: the item of the users table.
#[derive(Clone, Debug)]
pub struct User {
    /// Of this registration (UUIDv7). Registering again makes a new one.
    pub id: Uuid,
    /// The normal form, the key.
    pub email: EmailAddress,
    /// Of the password that this registration was made with.
    pub password_hash: PasswordHash,
    /// When this registration was made.
    pub created_at: Timestamp,
    /// When it was activated, if it was.
    pub activated_at: Option<Timestamp>,
    /// The codes that were mailed to the address, over all its registrations.
    pub codes_sent: CodesSent,
}

impl User {
    /// Whether the account is active.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.activated_at.is_some()
    }

    /// Whether the registration still stands: it is active, or younger than `pending_for`.
    #[must_use]
    pub fn stands(&self, now: Timestamp, pending_for: Duration) -> bool {
        self.is_active() || now < self.created_at + pending_for
    }

    /// When the item is of no more use while the account is not active: the registration is gone and no code that
    /// was sent counts any more.
    #[must_use]
    pub fn expires_at(&self, pending_for: Duration, rules: &CodeRules) -> Timestamp {
        let registration = self.created_at + pending_for;
        self.codes_sent.count_until(rules).map_or(registration, |codes| codes.max(registration))
    }

    /// The account as its owner sees it.
    #[must_use]
    pub fn account(&self) -> Account<'_> {
        Account {
            id: self.id,
            email: &self.email,
            activated: self.is_active(),
            created_at: self.created_at,
            activated_at: self.activated_at,
        }
    }
}

/// The id of a registration made `now`: a UUIDv7 (RFC 9562, 5.7).
#[must_use]
pub fn new_id(now: Timestamp, random: [u8; 10]) -> Uuid {
    let millis = u64::try_from(now.as_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// The account as its owner sees it, in answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "The account, as its owner sees it.")]
pub struct Account<'a> {
    /// Of this registration (UUIDv7). Registering again makes another.
    id: Uuid,
    email: &'a EmailAddress,
    activated: bool,
    /// When this registration was made.
    created_at: Timestamp,
    /// Of active accounts only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Timestamp, required = false)]
    activated_at: Option<Timestamp>,
}

/// When codes were sent to an address, oldest first: as many as still bear on a limit.
///
/// Both limits of an address, the pause and the codes of 24 hours, follow from this list. It is a sliding window, so
/// the number of codes in *any* 24 hours is bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodesSent(Vec<Timestamp>);

impl CodesSent {
    /// Takes the instants as they were stored, oldest first.
    #[must_use]
    pub fn from_stored(instants: Vec<Timestamp>) -> Self {
        Self(instants)
    }

    /// The instants to store, oldest first.
    #[must_use]
    pub fn instants(&self) -> &[Timestamp] {
        &self.0
    }

    /// The list with one more code, sent `now`.
    ///
    /// # Errors
    /// [`Problem::TooManyCodes`] within the pause, or when the last 24 hours have had their codes.
    pub fn with_one_more(&self, now: Timestamp, rules: &CodeRules) -> Result<Self, Problem> {
        if let Some(allowed_at) = self.next_allowed_at(rules).filter(|allowed_at| now < *allowed_at) {
            return Err(Problem::TooManyCodes { retry_after: allowed_at.saturating_since(now) });
        }
        let kept = Self::kept(rules) - 1;
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

    /// From when on another code may be sent; `None` when nothing was sent yet.
    fn next_allowed_at(&self, rules: &CodeRules) -> Option<Timestamp> {
        let after_pause = *self.0.last()? + rules.pause;
        // The code that must be a day old before another may follow.
        let oldest_of_day =
            rules.per_day.and_then(|per_day| self.0.iter().rev().nth(per_day.get() as usize - 1));
        Some(oldest_of_day.map_or(after_pause, |oldest| after_pause.max(*oldest + DAY)))
    }

    /// Until when a code of the list bears on a limit.
    fn count_until(&self, rules: &CodeRules) -> Option<Timestamp> {
        let last = *self.0.last()?;
        Some(if rules.per_day.is_some() { last + DAY.max(rules.pause) } else { last + rules.pause })
    }

    /// How many instants bear on a limit at the most: the pause needs the last one.
    fn kept(rules: &CodeRules) -> usize {
        rules.per_day.map_or(1, |per_day| per_day.get() as usize)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::code::CodeSecret;

    const PAUSE: Duration = Duration::from_secs(30);

    fn rules(per_day: u32, pause: Duration) -> CodeRules {
        CodeRules {
            secret: CodeSecret::parse("0123456789abcdef0123456789abcdef").unwrap(),
            length: 4,
            lifetime: Duration::from_mins(1),
            attempts: NonZeroU32::new(3),
            pause,
            per_day: NonZeroU32::new(per_day),
        }
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
    fn a_second_code_waits_for_the_pause_to_the_millisecond() {
        let rules = rules(10, PAUSE);
        let sent = CodesSent::default().with_one_more(at(0), &rules).unwrap();
        assert_eq!(retry_after(sent.with_one_more(at(0), &rules)), PAUSE);
        assert_eq!(retry_after(sent.with_one_more(at(29_999), &rules)), Duration::from_millis(1));
        assert!(sent.with_one_more(at(30_000), &rules).is_ok());
    }

    #[test]
    fn any_24_hours_have_at_most_the_codes_of_a_day() {
        let rules = rules(3, PAUSE);
        let mut sent = CodesSent::default();
        for seconds in [0, 3_600, 7_200] {
            sent = sent.with_one_more(at(seconds * 1000), &rules).unwrap();
        }
        assert_eq!(
            retry_after(sent.with_one_more(at(7_230_000), &rules)),
            Duration::from_secs(86_400 - 7_230)
        );
        let sent = sent.with_one_more(at(86_400_000), &rules).unwrap();
        assert_eq!(sent.instants().len(), 3);
        assert_eq!(retry_after(sent.with_one_more(at(86_430_000), &rules)), Duration::from_secs(3_570));
    }

    #[test]
    fn a_limit_that_is_off_limits_nothing() {
        let free = rules(0, Duration::ZERO);
        let mut sent = CodesSent::default();
        for _ in 0..50 {
            sent = sent.with_one_more(at(0), &free).unwrap();
        }
        assert_eq!(sent.instants().len(), 1);
    }

    #[test]
    fn a_refused_mail_counts_for_neither_limit() {
        let rules = rules(1, PAUSE);
        let sent = CodesSent::default().with_one_more(at(0), &rules).unwrap();
        assert_eq!(sent.without(at(0)), CodesSent::default());
    }

    #[test]
    fn a_pending_registration_stands_for_its_time_and_no_longer() {
        let mut user = User {
            id: Uuid::nil(),
            email: EmailAddress::parse("ada@example.com").unwrap(),
            password_hash: PasswordHash::of_nobody(4),
            created_at: at(0),
            activated_at: None,
            codes_sent: CodesSent::default(),
        };
        assert!(user.stands(at(86_399_999), DAY));
        assert!(!user.stands(at(86_400_000), DAY));
        assert_eq!(user.expires_at(DAY, &rules(10, PAUSE)), at(86_400_000));
        user.codes_sent = CodesSent(vec![at(0), at(60_000)]);
        assert_eq!(user.expires_at(DAY, &rules(10, PAUSE)), at(86_460_000));
        user.activated_at = Some(at(60_000));
        assert!(user.stands(at(100 * 86_400_000), DAY));
    }
}
