//! Changes of accounts, as events for other systems.
//!
//! A pipe passes the changes of the users table to this function, and its events to EventBridge. Each id that was
//! registered or imported ends with one `user.deleted` or `user.expired`. A new code or a renewed hash is no event. The
//! function reads no hash and no code, so it can't send one.

mod user;

use serde::{Deserialize, Serialize};

use crate::user::User;

/// The principal that removes expired items: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html>.
const TTL: &str = "dynamodb.amazonaws.com";

/// A change of an item, as in a stream of DynamoDB:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html>.
#[derive(Deserialize)]
pub struct Change {
    #[serde(rename = "userIdentity")]
    identity: Option<Identity>,
    dynamodb: Images,
}

#[derive(Deserialize)]
struct Identity {
    /// With a capital in DynamoDB's own API, without one in pipes and Lambda.
    #[serde(rename = "principalId", alias = "PrincipalId")]
    principal: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Images {
    old_image: Option<User>,
    new_image: Option<User>,
    sequence_number: String,
}

/// What happened to an account: an event's `detail`.
#[derive(Debug, Serialize)]
pub struct Event {
    /// Also the event's `detail-type`.
    #[serde(rename = "type")]
    kind: Kind,
    /// The name of the service.
    service: String,
    /// The account after the change, or before it if it is gone.
    user: User,
    /// Increases with each change of an account. A repeated event has the same.
    sequence: String,
}

/// What can happen to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Kind {
    #[serde(rename = "user.registered")]
    Registered,
    #[serde(rename = "user.imported")]
    Imported,
    #[serde(rename = "user.activated")]
    Activated,
    #[serde(rename = "user.password-changed")]
    PasswordChanged,
    #[serde(rename = "user.disabled")]
    Disabled,
    #[serde(rename = "user.enabled")]
    Enabled,
    #[serde(rename = "user.deleted")]
    Deleted,
    #[serde(rename = "user.expired")]
    Expired,
}

/// The events of these changes: none, one or two for each.
pub fn handle(service: &str, changes: Vec<Change>) -> Vec<Event> {
    changes.into_iter().flat_map(|change| events(service, change)).collect()
}

fn events(service: &str, Change { identity, dynamodb: images }: Change) -> impl Iterator<Item = Event> {
    let by_ttl = identity.is_some_and(|identity| identity.principal == TTL);
    let (old, new) = (images.old_image.filter(User::exists), images.new_image.filter(User::exists));
    let happened = match (old, new) {
        (Some(old), Some(new)) if old.becomes(&new) => [change(&old, &new).map(|kind| (kind, new)), None],
        // The address now has another account, or none, or is to be activated anew.
        (old, new) => {
            [old.map(|old| (end(&old, by_ttl || new.is_some()), old)), new.map(|new| (start(&new), new))]
        }
    };
    let (service, sequence) = (service.to_owned(), images.sequence_number);
    happened.into_iter().flatten().map(move |(kind, user)| Event {
        kind,
        service: service.clone(),
        user,
        sequence: sequence.clone(),
    })
}

/// The event of a new id.
fn start(user: &User) -> Kind {
    if user.activated { Kind::Imported } else { Kind::Registered }
}

/// The event of an id that is gone. A pending registration gives way to TTL and to another registration.
fn end(user: &User, made_way: bool) -> Kind {
    if made_way && !user.activated { Kind::Expired } else { Kind::Deleted }
}

/// The event of a change under the same id.
fn change(old: &User, new: &User) -> Option<Kind> {
    match (old.disabled_at, new.disabled_at) {
        _ if !old.activated => new.activated.then_some(Kind::Activated),
        (None, Some(_)) => Some(Kind::Disabled),
        (Some(_), None) => Some(Kind::Enabled),
        _ => (old.password_changed_at != new.password_changed_at).then_some(Kind::PasswordChanged),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn item(id: &str, activated: bool) -> Value {
        json!({"email": {"S": "ada@example.com"}, "id": {"S": id}, "password_hash": {"S": "a hash"},
               "activated": {"BOOL": activated}, "created_at": {"N": "1700000000000"}, "short_codes": {"L": []}})
    }

    fn change_of(old: Option<&Value>, new: Option<&Value>) -> Value {
        json!({"dynamodb": {"OldImage": old, "NewImage": new, "SequenceNumber": "111"}})
    }

    /// The kinds of the events, and whose they are.
    fn told(change: Value) -> Vec<(String, String)> {
        let events = handle("Engines", vec![serde_json::from_value(change).unwrap()]);
        let told = events.iter().map(|event| serde_json::to_value(event).unwrap());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        told.map(|event| (text(&event["type"]), text(&event["user"]["id"]))).collect()
    }

    fn one(kind: &str, id: &str) -> Vec<(String, String)> {
        vec![(kind.to_owned(), id.to_owned())]
    }

    #[test]
    fn an_item_removed_by_ttl_expired_and_any_other_was_deleted() {
        let removed = |principal: Option<Value>| {
            let mut change = change_of(Some(&item("a", false)), None);
            change["userIdentity"] = principal.into();
            told(change)
        };
        assert_eq!(removed(None), one("user.deleted", "a"));
        for name in ["principalId", "PrincipalId"] {
            assert_eq!(removed(Some(json!({"type": "Service", name: TTL}))), one("user.expired", "a"));
        }
        assert_eq!(removed(Some(json!({"principalId": "somebody"}))), one("user.deleted", "a"));
    }

    #[test]
    fn taking_an_address_ends_the_account_that_had_it() {
        let taken = |old: Value, new: Value| told(change_of(Some(&old), Some(&new)));
        let both = |first, second| [one(first, "a"), one(second, "b")].concat();
        assert_eq!(taken(item("a", false), item("b", false)), both("user.expired", "user.registered"));
        assert_eq!(taken(item("a", false), item("b", true)), both("user.expired", "user.imported"));
        assert_eq!(taken(item("a", true), item("b", true)), both("user.deleted", "user.imported"));
        assert_eq!(taken(item(user::NOBODY, false), item("b", false)), one("user.registered", "b"));
        // An import in place of an account can have its id.
        let again = [one("user.deleted", "a"), one("user.registered", "a")].concat();
        assert_eq!(taken(item("a", true), item("a", false)), again);
        assert_eq!(taken(item("a", false), item("a", true)), one("user.activated", "a"));
    }

    #[test]
    fn a_change_without_a_required_attribute_is_refused() {
        for lacking in ["email", "id", "activated", "created_at"] {
            let mut item = item("a", true);
            item.as_object_mut().unwrap().remove(lacking);
            assert!(serde_json::from_value::<Change>(change_of(None, Some(&item))).is_err(), "{lacking}");
        }
    }
}
