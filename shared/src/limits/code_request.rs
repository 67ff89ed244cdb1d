//! One more code for an address: all the limits that it has to pass, and all that it counts.

use std::time::Duration;

use super::{
    Client, Count, Counters,
    codes::{ClientCodes, CodeLimits, ShortCodes},
    mails::{MailLimit, MailRequest},
};
use crate::{clock::Timestamp, code::CodeLength, email_address::EmailAddress, problem::Problem};

/// One more code for an address, asked for by one client.
pub struct CodeRequest {
    codes: ClientCodes,
    mails: MailRequest,
    cooldown: Duration,
    now: Timestamp,
}

/// A code that may be sent.
#[derive(Clone, Debug)]
pub struct AllowedCode {
    /// How long it is.
    pub length: CodeLength,
    /// The short codes of the address, with this one if it is short.
    pub short_codes: ShortCodes,
    /// When `send-code` may send the next.
    pub next_at: Timestamp,
    /// What it counts.
    pub counts: Vec<Count>,
}

impl CodeRequest {
    /// The request of this client for this address.
    pub fn of(
        email: &EmailAddress,
        client: &Client,
        now: Timestamp,
        codes: &CodeLimits,
        mails: &MailLimit,
    ) -> Self {
        Self {
            codes: ClientCodes::of(email, client, now, codes),
            mails: MailRequest::of(email, client, now, mails),
            cooldown: codes.cooldown,
            now,
        }
    }

    /// The keys of the counters that decide.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        [&*self.codes.key].into_iter().chain(self.mails.keys())
    }

    /// Whether an activation code may be sent, given these counters. `not_before` is when the address may be sent
    /// another at all.
    ///
    /// Refused until the last of the limits allows it.
    pub fn allow(
        &self,
        not_before: Option<Timestamp>,
        short_codes: &ShortCodes,
        counted: &Counters,
    ) -> Result<AllowedCode, Problem> {
        let code = self.codes.allow(short_codes, counted);
        let ((length, short_codes, of_client), mails) = self.all(not_before, code, counted)?;
        let counts = of_client.into_iter().chain(mails).collect();
        Ok(AllowedCode { length, short_codes, next_at: self.now + self.cooldown, counts })
    }

    /// Whether a reset code may be sent, given these counters, and what it counts. It is long, so short codes don't
    /// matter.
    pub fn allow_reset(
        &self,
        not_before: Option<Timestamp>,
        counted: &Counters,
    ) -> Result<AllowedCode, Problem> {
        let (of_client, mails) = self.all(not_before, self.codes.allow_long(counted), counted)?;
        let counts = of_client.into_iter().chain(mails).collect();
        let (length, short_codes) = (CodeLength::Long, ShortCodes::default());
        Ok(AllowedCode { length, short_codes, next_at: self.now + self.cooldown, counts })
    }

    /// What is allowed, if all limits allow it.
    fn all<T>(
        &self,
        not_before: Option<Timestamp>,
        code: Result<T, Timestamp>,
        counted: &Counters,
    ) -> Result<(T, Vec<Count>), Problem> {
        let mail = self.mails.allow(counted);
        let early = not_before.filter(|not_before| self.now < *not_before);
        let waits = [early, code.as_ref().err().copied(), mail.as_ref().err().copied()];
        match (waits.into_iter().flatten().max(), code, mail) {
            (None, Ok(code), Ok(mails)) => Ok((code, mails)),
            (until, ..) => Err(Problem::TooManyCodes {
                retry_after: until.unwrap_or(self.now).saturating_since(self.now),
            }),
        }
    }
}

/// What the notice of a change counts. It is sent whatever was counted, so nobody can suppress it by using up a
/// mailbox's mails.
pub fn notice(email: &EmailAddress, client: &Client, now: Timestamp, limit: &MailLimit) -> Option<Count> {
    MailRequest::of(email, client, now, limit).notice()
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::{super::Window, *};

    #[test]
    fn a_refusal_lasts_until_the_last_limit_allows_a_code() {
        let codes = CodeLimits { cooldown: Duration::ZERO, per_day: None, per_client: NonZeroU32::new(5) };
        let mails = MailLimit { per_day: NonZeroU32::new(50) };
        let (email, now) = (EmailAddress::parse("ada@example.com").unwrap(), Timestamp::from_millis(0));
        let request = CodeRequest::of(&email, &Client::at(None), now, &codes, &mails);
        let wait = |not_before: i64, of_client: u32| {
            let counted = Counters::for_tests("codes/ada@example.com:unknown/0", &[("count", of_client)]);
            let not_before = Some(Timestamp::from_millis(not_before));
            match request.allow(not_before, &ShortCodes::default(), &counted) {
                Ok(allowed) => Err(allowed.counts.len()),
                Err(Problem::TooManyCodes { retry_after }) => Ok(retry_after),
                Err(other) => panic!("{other:?}"),
            }
        };
        assert_eq!(wait(0, 4), Err(2));
        assert_eq!(wait(30_000, 4), Ok(Duration::from_secs(30)));
        assert_eq!(wait(30_000, 5), Ok(Window::DAY));
    }
}
