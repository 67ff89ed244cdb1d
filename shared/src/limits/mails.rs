//! The limit on the mails that a mailbox gets in a day, across all plus tags.
//!
//! The first [`SHARED`] of a day are shared. Beyond them each client has one, so fewer than twenty clients can't use up
//! fifty, whatever plus tags they use, and the owner's one is left.

use std::num::NonZeroU32;

use super::{Client, Count, Counters, Window};
use crate::{clock::Timestamp, email_address::EmailAddress};

/// How many mails of a day all clients share.
const SHARED: NonZeroU32 = NonZeroU32::new(30).unwrap();

/// How many more each client has.
const PER_CLIENT: NonZeroU32 = NonZeroU32::new(1).unwrap();

/// The limit on the mails of a mailbox.
#[derive(Clone, Debug)]
pub struct MailLimit {
    /// How many mails a mailbox gets in a day; `None` turns it off.
    pub per_day: Option<NonZeroU32>,
}

/// One more mail to a mailbox, asked for by one client.
pub(super) struct MailRequest {
    mailbox_key: String,
    client_key: String,
    day_end: Timestamp,
    limit: MailLimit,
}

impl MailRequest {
    const COUNT: &str = "count";

    pub(super) fn of(email: &EmailAddress, client: &Client, now: Timestamp, limit: &MailLimit) -> Self {
        let day = Window::at(now, Window::DAY);
        let mailbox = email.mailbox();
        Self {
            mailbox_key: format!("mails/{mailbox}/{}", day.number),
            client_key: format!("mails/{mailbox}:{client}/{}", day.number),
            day_end: day.end,
            limit: limit.clone(),
        }
    }

    /// The keys of the counters that decide; none when the limit is off.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let keys = self.limit.per_day.map(|_| [&*self.mailbox_key, &*self.client_key]);
        keys.into_iter().flatten()
    }

    /// What the mail counts, or until when there is none.
    pub(super) fn allow(&self, counted: &Counters) -> Result<Vec<Count>, Timestamp> {
        let Some(per_day) = self.limit.per_day else { return Ok(Vec::new()) };
        let shared = SHARED.min(per_day);
        let sent = counted.get(&self.mailbox_key, Self::COUNT);
        if sent < shared.get() {
            return Ok(vec![self.count(&self.mailbox_key, shared)]);
        }
        if sent >= per_day.get() || counted.get(&self.client_key, Self::COUNT) >= PER_CLIENT.get() {
            return Err(self.day_end);
        }
        Ok(vec![self.count(&self.mailbox_key, per_day), self.count(&self.client_key, PER_CLIENT)])
    }

    /// What a mail counts that is sent regardless of the counters.
    pub(super) fn notice(&self) -> Option<Count> {
        Some(self.count(&self.mailbox_key, self.limit.per_day?))
    }

    fn count(&self, key: &str, max: NonZeroU32) -> Count {
        Count { key: key.to_owned(), counters: vec![(Self::COUNT.to_owned(), max)], expires_at: self.day_end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(per_day: u32) -> MailRequest {
        let limit = MailLimit { per_day: NonZeroU32::new(per_day) };
        let email = EmailAddress::parse("ada+shop@example.com").unwrap();
        MailRequest::of(&email, &Client::at(None), Timestamp::from_millis(0), &limit)
    }

    fn sent(by_all: u32, beyond_by_client: u32) -> Counters {
        let mut counted = Counters::for_tests("mails/ada@example.com/0", &[("count", by_all)]);
        let key = "mails/ada@example.com:unknown/0".to_owned();
        counted.insert(key, [("count".to_owned(), beyond_by_client)].into());
        counted
    }

    fn keys(allowed: Result<Vec<Count>, Timestamp>) -> Vec<String> {
        allowed.unwrap().into_iter().map(|count| count.key).collect()
    }

    #[test]
    fn the_first_mails_of_a_day_are_shared_and_each_client_has_one_more() {
        let request = request(50);
        assert_eq!(keys(request.allow(&sent(29, 0))), ["mails/ada@example.com/0"]);
        let beyond = ["mails/ada@example.com/0", "mails/ada@example.com:unknown/0"];
        assert_eq!(keys(request.allow(&sent(30, 0))), beyond);
        assert_eq!(keys(request.allow(&sent(49, 0))), beyond);
        let midnight = Timestamp::from_millis(86_400_000);
        assert_eq!(request.allow(&sent(30, 1)), Err(midnight));
        assert_eq!(request.allow(&sent(50, 0)), Err(midnight));
    }

    #[test]
    fn the_mailbox_limit_may_be_below_the_shared_part() {
        assert!(request(3).allow(&sent(2, 0)).is_ok());
        assert!(request(3).allow(&sent(3, 0)).is_err());
    }

    #[test]
    fn a_limit_of_zero_is_off() {
        assert_eq!(request(0).allow(&sent(1000, 1000)), Ok(Vec::new()));
    }
}
