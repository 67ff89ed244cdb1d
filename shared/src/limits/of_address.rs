//! The part of the limits table that belongs to an address: the keys under which its sign-ins, codes and mails are
//! counted, and the clients that they name.

use super::{Client, Counters};
use crate::email_address::EmailAddress;

/// The prefixes of all keys that are counted for an address.
pub fn counted_of(email: &EmailAddress) -> [String; 5] {
    let (mailbox, email) = (email.mailbox(), email.as_str());
    [
        format!("codes/{email}:"),
        format!("passwords/{email}:"),
        format!("passwords/{email}/"),
        format!("mails/{mailbox}:"),
        format!("mails/{mailbox}/"),
    ]
}

/// The clients that counters of an address name, each once.
pub fn clients(counted: &Counters) -> Vec<Client> {
    let mut clients: Vec<_> = counted.keys().filter_map(client).collect();
    clients.sort();
    clients.dedup();
    clients
}

/// A colon can't be in an address, and the window after the last slash has none.
fn client(key: &str) -> Option<Client> {
    let (_, rest) = key.split_once(':')?;
    let (client, _window) = rest.rsplit_once('/')?;
    Some(Client::from_key(client))
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, num::NonZeroU32, time::Duration};

    use super::{super::*, *};
    use crate::clock::Timestamp;

    #[test]
    fn every_counter_of_an_address_begins_as_its_own_do_and_names_its_client() {
        let email = EmailAddress::parse("ada+shop@example.com").unwrap();
        let max = NonZeroU32::new(1);
        let client = Client::at(Some("2001:db8::1".parse().unwrap()));
        let now = Timestamp::from_millis(0);
        let passwords = PasswordLimits { per_quarter_hour: max, per_day: max };
        let sign_in = SignIn::of(&email, &client, now, &passwords).unwrap();
        let codes = CodeLimits { cooldown: Duration::ZERO, per_day: max, per_client: max };
        let code = CodeRequest::of(&email, &client, now, &codes, &MailLimit { per_day: max });
        let keys: Vec<_> = sign_in.keys().into_iter().chain(code.keys()).collect();
        assert_eq!(keys.len(), 5);
        let mut counted = Counters::default();
        for key in keys {
            let prefixes = counted_of(&email).into_iter();
            assert_eq!(prefixes.filter(|prefix| key.starts_with(prefix.as_str())).count(), 1, "{key}");
            counted.insert(key.to_owned(), HashMap::new());
        }
        assert_eq!(clients(&counted), [client]);
    }
}
