//! A row as a user of this service: each field is checked by the rules of a registration.

use jiff::{civil, tz::TimeZone};
use sha2::{Digest, Sha256};
use shared::{
    clock::Timestamp,
    email_address::{EmailAddress, InvalidEmailAddress},
    limits::ShortCodes,
    password_hash::{InvalidHash, PasswordHash},
    registration::{Active, Identity, Pending, Registration, new_id},
};
use std::time::Duration;
use thiserror::Error;

use super::file::Fields;
use crate::{answer::Failure, cli};

/// The accepted names of a column.
const EMAIL: &[&str] = &["email", "email_address"];
const HASH: &[&str] = &["password_hash", "hashed_password"];
const ACTIVATED: &[&str] = &["activated", "is_activated", "is_active", "active"];
const CREATED_AT: &[&str] = &["created_at"];
const ACTIVATED_AT: &[&str] = &["activated_at"];

/// Why a row is refused. Never shows the hash.
#[derive(Debug, Error)]
pub(super) enum InvalidRow {
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("the address {0}")]
    Email(InvalidEmailAddress),
    #[error("the hash {0}")]
    Hash(InvalidHash),
    #[error("{0} must be true or false")]
    Truth(&'static str),
    #[error("{0} must be an instant, such as 2026-01-02T03:04:05Z")]
    Instant(&'static str),
}

/// How rows are read.
pub(super) struct Rules {
    all_activated: bool,
    own_hashes: bool,
    pending: Duration,
    now: Timestamp,
}

impl Rules {
    /// The rules from the command line, for a file with these columns.
    pub(super) fn of(asked: &cli::Import, columns: &[String], now: Timestamp) -> Result<Self, Failure> {
        let is_there = |names: &[&str]| columns.iter().any(|column| names.contains(&&**column));
        for names in [EMAIL, HASH] {
            if !columns.is_empty() && !is_there(names) {
                return Err(Failure::Refused(format!("the file has no column {}", names.join(" or "))));
            }
        }
        if !columns.is_empty() && !asked.all_activated && !is_there(ACTIVATED) {
            let names = ACTIVATED.join(" or ");
            return Err(Failure::Refused(format!(
                "the file has no column {names}: --all-activated imports all rows as active accounts"
            )));
        }
        let pending = Duration::from_secs(asked.pending_hours.saturating_mul(3600));
        Ok(Self { all_activated: asked.all_activated, own_hashes: asked.own_hashes, pending, now })
    }

    /// The user of a row.
    ///
    /// The bits that are random in other ids are derived from the row here, so a row that is imported twice is
    /// recognised ([`is_of_same_row`]).
    pub(super) fn user(&self, fields: &Fields) -> Result<Registration, InvalidRow> {
        let missing = |names: &[&'static str]| InvalidRow::Missing(names[0]);
        let email = field(fields, EMAIL).ok_or_else(|| missing(EMAIL))?;
        let email = EmailAddress::parse(email).map_err(InvalidRow::Email)?;
        let hash = field(fields, HASH).ok_or_else(|| missing(HASH))?;
        let parse = if self.own_hashes { PasswordHash::parse_own } else { PasswordHash::parse_foreign };
        let password_hash = parse(hash).map_err(InvalidRow::Hash)?;
        let activated = match field(fields, ACTIVATED) {
            Some(text) => truth(text).ok_or(InvalidRow::Truth(ACTIVATED[0]))?,
            None if self.all_activated => true,
            None => return Err(missing(ACTIVATED)),
        };
        let instant = |names: &[&'static str]| {
            let text = field(fields, names);
            text.map(|text| instant(text).ok_or(InvalidRow::Instant(names[0]))).transpose()
        };
        let created_at = instant(CREATED_AT)?.unwrap_or(self.now);
        let activated_at = instant(ACTIVATED_AT)?.unwrap_or(created_at);

        let digest = Sha256::digest(format!("{}:{hash}", email.as_str()));
        let random = std::array::from_fn(|place| digest[place]);
        let identity = Identity { id: new_id(created_at, random), email, password_hash, created_at };
        Ok(if activated {
            Registration::Active(Active { identity, activated_at, password_changed_at: None })
        } else {
            let ends_at = self.now + self.pending;
            Registration::Pending(Pending { identity, short_codes: ShortCodes::default(), ends_at })
        })
    }
}

/// Whether two users came from one row, whenever they were imported. An id begins with 48 bits of time (RFC 9562, 5.7),
/// that of the import if the row has none.
pub(super) fn is_of_same_row(one: &Registration, other: &Registration) -> bool {
    one.identity().id.as_bytes()[6..] == other.identity().id.as_bytes()[6..]
}

fn field<'a>(fields: &'a Fields, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| fields.get(*name)).map(String::as_str)
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "t" | "true" | "True" | "TRUE" | "1" => Some(true),
        "f" | "false" | "False" | "FALSE" | "0" => Some(false),
        _ => None,
    }
}

/// RFC 3339, or PostgreSQL's format: with a space, and in UTC if there is no zone.
fn instant(text: &str) -> Option<Timestamp> {
    let instant = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let civil = text.parse::<civil::DateTime>().ok()?;
        TimeZone::UTC.to_timestamp(civil).ok()
    });
    instant.map(|instant| Timestamp::from_millis(instant.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH_2A: &str = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

    fn user(fields: &[(&str, &str)]) -> Result<Registration, String> {
        let rules = Rules {
            all_activated: false,
            own_hashes: false,
            pending: Duration::from_hours(24),
            now: Timestamp::from_millis(1_700_000_000_000),
        };
        let valid = [("email", "ADA@Example.com"), ("hashed_password", HASH_2A), ("is_active", "t")];
        let fields = valid.iter().chain(fields).filter(|(_, text)| !text.is_empty());
        rules
            .user(&fields.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_row_is_a_user_in_its_normal_form() {
        let read = user(&[("created_at", "2024-05-01 12:34:56.789+02")]).unwrap();
        let account = read.clone().into_active().unwrap();
        assert_eq!(account.identity.email.as_str(), "ada@example.com");
        assert!(account.identity.password_hash.expose().starts_with("$2y$05$"));
        assert_eq!(account.identity.created_at.to_string(), "2024-05-01T10:34:56.789Z");
        assert_eq!(account.activated_at, account.identity.created_at);
        let again = user(&[("created_at", "2024-05-01T10:34:56.789Z")]).unwrap();
        assert_eq!(again.identity().id, read.identity().id);
        assert!(is_of_same_row(&user(&[]).unwrap(), &read));
        let other = user(&[("email", "eve@example.com"), ("created_at", "2024-05-01 10:34:56.789")]).unwrap();
        assert!(!is_of_same_row(&other, &read));
    }

    #[test]
    fn an_import_that_is_not_activated_has_a_day_for_it() {
        let Registration::Pending(pending) = user(&[("is_active", "f")]).unwrap() else { panic!() };
        assert_eq!(pending.ends_at, Timestamp::from_millis(1_700_086_400_000));
    }

    #[test]
    fn a_row_that_breaks_a_rule_is_refused_with_its_reason_and_without_its_hash() {
        for (field, text, reason) in [
            ("email", "ada", "the address must have the form name@domain"),
            ("email", "a|b@example.com", "the address must not begin"),
            ("hashed_password", "$1$abc", "the hash must be a bcrypt hash"),
            ("is_active", "perhaps", "activated must be true or false"),
            ("created_at", "yesterday", "created_at must be an instant"),
            ("activated_at", "12:00", "activated_at must be an instant"),
        ] {
            let refused = user(&[(field, text)]).unwrap_err();
            assert!(refused.starts_with(reason), "{refused}");
            assert!(!refused.contains(text), "{refused}");
        }
    }
}
