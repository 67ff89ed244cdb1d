//! Conversion between the types of the rules and DynamoDB's items.
//!
//! An item that can't be read is an internal fault that names the attribute and never shows its value.

use std::collections::HashMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use uuid::Uuid;

use crate::{
    clock::Timestamp,
    code::{CodeMac, NewCode, NewestCode, Purpose},
    email_address::EmailAddress,
    limits::ShortCodes,
    password_hash::PasswordHash,
    problem::Problem,
    registration::{Active, Disabled, Identity, IssuedCode, Pending, Registration},
};

pub(super) type Item = HashMap<String, AttributeValue>;

/// The condition that a registration is still pending and as it was read.
pub(super) const UNCHANGED: &str =
    "id = :read_id AND activated = :read_activated AND short_codes = :read_short_codes";

/// The values of [`UNCHANGED`].
pub(super) fn as_read(pending: &Pending) -> Item {
    HashMap::from([
        (":read_id".to_owned(), id(pending)),
        (":read_activated".to_owned(), AttributeValue::Bool(false)),
        (":read_short_codes".to_owned(), short_codes(pending)),
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

pub(super) fn short_codes(pending: &Pending) -> AttributeValue {
    AttributeValue::L(pending.short_codes.instants().iter().map(|at| number(at.as_millis())).collect())
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
        ("ends_at".to_owned(), number(pending.ends_at.as_millis())),
        ("short_codes".to_owned(), short_codes(pending)),
        ("expires_at".to_owned(), number(pending.expires_at().as_ttl_seconds())),
    ])
}

/// The item of a registration or an account, whichever it is.
pub(super) fn of_registration(registration: &Registration) -> Item {
    let (account, disabled_at) = match registration {
        Registration::Pending(pending) => return of_pending(pending),
        Registration::Active(account) => (account, None),
        Registration::Disabled(Disabled { account, disabled_at }) => (account, Some(*disabled_at)),
    };
    let Identity { id, email, password_hash, created_at } = &account.identity;
    let instants = [
        ("created_at", Some(*created_at)),
        ("activated_at", Some(account.activated_at)),
        ("password_changed_at", account.password_changed_at),
        ("disabled_at", disabled_at),
    ];
    let instants = instants.into_iter().filter_map(|(name, at)| Some((name, number(at?.as_millis()))));
    let others = [
        ("email", text(email.as_str())),
        ("id", text(id.to_string())),
        ("password_hash", text(password_hash.expose())),
        ("activated", AttributeValue::Bool(true)),
    ];
    others.into_iter().chain(instants).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The key of an address's newest code for this purpose. A colon can't be in an address.
pub(super) fn code_key(email: &EmailAddress, purpose: Purpose) -> AttributeValue {
    match purpose {
        Purpose::Activation => text(email.as_str()),
        Purpose::Reset => text(format!("reset:{}", email.as_str())),
    }
}

/// The item of a code that was not attempted yet. It is kept at least until another may be sent.
pub(super) fn of_code(
    email: &EmailAddress,
    purpose: Purpose,
    id: Uuid,
    code: &NewCode,
    next_at: Timestamp,
) -> Item {
    let code = &code.stored;
    HashMap::from([
        ("email".to_owned(), code_key(email, purpose)),
        ("purpose".to_owned(), text(purpose.name())),
        ("id".to_owned(), text(id.to_string())),
        ("code_mac".to_owned(), mac(&code.mac)),
        ("created_at".to_owned(), number(code.created_at.as_millis())),
        ("attempts".to_owned(), number(0)),
        ("expires_at".to_owned(), number(code.expires_at.max(next_at).as_ttl_seconds())),
    ])
}

/// The item of a registration's code.
pub(super) fn of_issued(IssuedCode { pending, code, next_at, .. }: &IssuedCode) -> Item {
    let Identity { email, id, .. } = &pending.identity;
    of_code(email, Purpose::Activation, *id, code, *next_at)
}

pub(super) fn registration(item: &Item) -> Result<Registration, Problem> {
    let identity = Identity {
        id: read(item, "id", |value| Uuid::parse_str(value.as_s().ok()?).ok())?,
        // It was valid under the rules when it was registered.
        email: read(item, "email", |value| Some(EmailAddress::from_stored(value.as_s().ok()?.clone())))?,
        password_hash: read(item, "password_hash", |value| {
            Some(PasswordHash::from_stored(value.as_s().ok()?.clone()))
        })?,
        created_at: read(item, "created_at", instant)?,
    };
    Ok(if read(item, "activated", |value| value.as_bool().ok().copied())? {
        let account = Active {
            identity,
            activated_at: read(item, "activated_at", instant)?,
            password_changed_at: item.get("password_changed_at").and_then(instant),
        };
        if item.contains_key("disabled_at") {
            Registration::Disabled(Disabled { account, disabled_at: read(item, "disabled_at", instant)? })
        } else {
            Registration::Active(account)
        }
    } else {
        let short_codes =
            read(item, "short_codes", |value| value.as_l().ok()?.iter().map(instant).collect())?;
        Registration::Pending(Pending {
            identity,
            short_codes: ShortCodes::from_stored(short_codes),
            ends_at: read(item, "ends_at", instant)?,
        })
    })
}

/// What can be read of an address's newest code without the secret.
pub(super) fn newest_code(item: &Item) -> Result<NewestCode, Problem> {
    Ok(NewestCode {
        created_at: read(item, "created_at", instant)?,
        attempts: read(item, "attempts", whole_number)?,
        withdrawn: !item.contains_key("code_mac"),
    })
}

/// The stored code, and how many attempts were counted in this attribute.
pub(super) fn code(item: &Item, attempts: &str) -> Result<(CodeMac, u32), Problem> {
    let mac = |value: &AttributeValue| Some(CodeMac::from_stored(value.as_b().ok()?.as_ref().to_vec()));
    Ok((read(item, "code_mac", mac)?, read(item, attempts, whole_number)?))
}

/// The key and the counters of an item of the limits table.
pub(super) fn counters(item: Item) -> Result<(String, HashMap<String, u32>), Problem> {
    let key = read(&item, "key", |value| value.as_s().ok().cloned())?;
    let counters = item.into_iter().filter_map(|(name, value)| Some((name, whole_number(&value)?)));
    Ok((key, counters.collect()))
}

fn whole_number<T: std::str::FromStr>(value: &AttributeValue) -> Option<T> {
    value.as_n().ok()?.parse().ok()
}

pub(super) fn instant(value: &AttributeValue) -> Option<Timestamp> {
    whole_number(value).map(Timestamp::from_millis)
}

pub(super) fn read<T>(
    item: &Item,
    name: &str,
    parse: impl FnOnce(&AttributeValue) -> Option<T>,
) -> Result<T, Problem> {
    let unreadable = || Problem::internal(format!("an item's attribute {name} is missing or cannot be read"));
    item.get(name).and_then(parse).ok_or_else(unreadable)
}
