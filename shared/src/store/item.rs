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
    password_hash::PasswordHash,
    problem::Problem,
    user::{CodesSent, User},
};

pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl Into<i64>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

pub(super) fn id(user: &User) -> AttributeValue {
    text(user.id.to_string())
}

pub(super) fn mac(code: &StoredCode) -> AttributeValue {
    AttributeValue::B(Blob::new(code.mac.as_bytes()))
}

pub(super) fn codes_sent(user: &User) -> AttributeValue {
    AttributeValue::L(user.codes_sent.instants().iter().map(|at| number(at.as_millis())).collect())
}

/// The item of a user who is not active.
pub(super) fn user_item(user: &User, expires_at: Timestamp) -> Item {
    HashMap::from([
        ("email".to_owned(), text(user.email.as_str())),
        ("id".to_owned(), id(user)),
        ("password_hash".to_owned(), text(user.password_hash.expose())),
        ("activated".to_owned(), AttributeValue::Bool(false)),
        ("created_at".to_owned(), number(user.created_at.as_millis())),
        ("codes_sent".to_owned(), codes_sent(user)),
        ("expires_at".to_owned(), number(expires_at.as_ttl_seconds())),
    ])
}

/// The item of a code from which no attempt was made yet.
pub(super) fn code_item(user: &User, code: &StoredCode, expires_at: Timestamp) -> Item {
    HashMap::from([
        ("email".to_owned(), text(user.email.as_str())),
        ("id".to_owned(), id(user)),
        ("code_mac".to_owned(), mac(code)),
        ("created_at".to_owned(), number(code.created_at.as_millis())),
        ("attempts".to_owned(), number(0)),
        ("expires_at".to_owned(), number(expires_at.as_ttl_seconds())),
    ])
}

pub(super) fn user(item: &Item) -> Result<User, Problem> {
    let sent = item.get("codes_sent").and_then(|value| value.as_l().ok());
    let sent = sent.map(|list| list.iter().map(instant_of).collect::<Option<_>>());
    let activated = read(item, "activated", |value| value.as_bool().ok().copied())?;
    Ok(User {
        id: read(item, "id", |value| Uuid::parse_str(value.as_s().ok()?).ok())?,
        email: read(item, "email", |value| EmailAddress::parse(value.as_s().ok()?).ok())?,
        password_hash: read(item, "password_hash", |value| {
            Some(PasswordHash::from_stored(value.as_s().ok()?.clone()))
        })?,
        created_at: read(item, "created_at", instant_of)?,
        activated_at: if activated { Some(read(item, "activated_at", instant_of)?) } else { None },
        codes_sent: match sent {
            None => CodesSent::default(),
            Some(instants) => CodesSent::from_stored(instants.ok_or_else(|| unreadable("codes_sent"))?),
        },
    })
}

/// The code, and how many attempts were taken from it.
pub(super) fn code(item: &Item) -> Result<(StoredCode, u32), Problem> {
    let mac =
        read(item, "code_mac", |value| Some(CodeMac::from_stored(value.as_b().ok()?.as_ref().to_vec())))?;
    let code = StoredCode { mac, created_at: read(item, "created_at", instant_of)? };
    Ok((code, read(item, "attempts", |value| value.as_n().ok()?.parse().ok())?))
}

fn instant_of(value: &AttributeValue) -> Option<Timestamp> {
    value.as_n().ok()?.parse().ok().map(Timestamp::from_millis)
}

fn read<T>(item: &Item, name: &str, parse: impl FnOnce(&AttributeValue) -> Option<T>) -> Result<T, Problem> {
    item.get(name).and_then(parse).ok_or_else(|| unreadable(name))
}

fn unreadable(name: &str) -> Problem {
    Problem::internal(format!("an item's attribute {name} is missing or cannot be read"))
}
