//! Items: between the types of the rules and DynamoDB's attributes.
//!
//! An item that can't be read is a fault of ours that names the attribute and never shows its value.

use std::collections::HashMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use uuid::Uuid;

use crate::{
    clock::Timestamp,
    code::{CodeMac, StoredCode},
    email_address::EmailAddress,
    limits::CodesSent,
    password_hash::PasswordHash,
    problem::Problem,
    registration::{Active, Identity, Pending, Registration},
};

pub(super) type Item = HashMap<String, AttributeValue>;

/// The condition that a registration still waits, and is as it was read.
pub(super) const UNCHANGED: &str =
    "id = :read_id AND activated = :read_activated AND codes_sent = :read_sent";

/// The values of [`UNCHANGED`].
pub(super) fn as_read(pending: &Pending) -> Item {
    HashMap::from([
        (":read_id".to_owned(), id(pending)),
        (":read_activated".to_owned(), AttributeValue::Bool(false)),
        (":read_sent".to_owned(), codes_sent(pending)),
    ])
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl Into<i64>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

pub(super) fn id(pending: &Pending) -> AttributeValue {
    text(pending.identity.id.to_string())
}

pub(super) fn mac(mac: &CodeMac) -> AttributeValue {
    AttributeValue::B(Blob::new(mac.as_bytes()))
}

pub(super) fn codes_sent(pending: &Pending) -> AttributeValue {
    AttributeValue::L(pending.codes_sent.instants().iter().map(|at| number(at.as_millis())).collect())
}

/// The item of a registration that waits for its code.
pub(super) fn of_pending(pending: &Pending) -> Item {
    let Identity { email, password_hash, created_at, .. } = &pending.identity;
    HashMap::from([
        ("email".to_owned(), text(email.as_str())),
        ("id".to_owned(), id(pending)),
        ("password_hash".to_owned(), text(password_hash.expose())),
        ("activated".to_owned(), AttributeValue::Bool(false)),
        ("created_at".to_owned(), number(created_at.as_millis())),
        ("codes_sent".to_owned(), codes_sent(pending)),
        ("expires_at".to_owned(), number(pending.expires_at.as_ttl_seconds())),
    ])
}

/// The item of a code that was not attempted yet.
pub(super) fn of_code(pending: &Pending, code: &StoredCode) -> Item {
    HashMap::from([
        ("email".to_owned(), text(pending.identity.email.as_str())),
        ("id".to_owned(), id(pending)),
        ("code_mac".to_owned(), mac(&code.mac)),
        ("created_at".to_owned(), number(code.created_at.as_millis())),
        ("attempts".to_owned(), number(0)),
        ("expires_at".to_owned(), number(code.expires_at.as_ttl_seconds())),
    ])
}

pub(super) fn registration(item: &Item) -> Result<Registration, Problem> {
    let identity = Identity {
        id: read(item, "id", |value| Uuid::parse_str(value.as_s().ok()?).ok())?,
        email: read(item, "email", |value| EmailAddress::parse(value.as_s().ok()?).ok())?,
        password_hash: read(item, "password_hash", |value| {
            Some(PasswordHash::from_stored(value.as_s().ok()?.clone()))
        })?,
        created_at: read(item, "created_at", instant)?,
    };
    Ok(if read(item, "activated", |value| value.as_bool().ok().copied())? {
        Registration::Active(Active { identity, activated_at: read(item, "activated_at", instant)? })
    } else {
        let codes_sent = read(item, "codes_sent", |value| value.as_l().ok()?.iter().map(instant).collect())?;
        let expires_at: i64 = read(item, "expires_at", whole_number)?;
        Registration::Pending(Pending {
            identity,
            codes_sent: CodesSent::from_stored(codes_sent),
            expires_at: Timestamp::from_millis(expires_at.saturating_mul(1000)),
        })
    })
}

/// What is stored of a code, and how many attempts were made at it.
pub(super) fn code(item: &Item) -> Result<(CodeMac, u32), Problem> {
    let mac = |value: &AttributeValue| Some(CodeMac::from_stored(value.as_b().ok()?.as_ref().to_vec()));
    Ok((read(item, "code_mac", mac)?, read(item, "attempts", whole_number)?))
}

/// A counter of a limit; what was never counted is zero.
pub(super) fn count(item: &Item, attribute: &str) -> u32 {
    item.get(attribute).and_then(whole_number).unwrap_or_default()
}

fn whole_number<T: std::str::FromStr>(value: &AttributeValue) -> Option<T> {
    value.as_n().ok()?.parse().ok()
}

fn instant(value: &AttributeValue) -> Option<Timestamp> {
    whole_number(value).map(Timestamp::from_millis)
}

fn read<T>(item: &Item, name: &str, parse: impl FnOnce(&AttributeValue) -> Option<T>) -> Result<T, Problem> {
    let unreadable = || Problem::internal(format!("an item's attribute {name} is missing or cannot be read"));
    item.get(name).and_then(parse).ok_or_else(unreadable)
}
