//! The limits, as the API reference shows them: the defaults, because a deployment may set others.

/// One row of the table.
pub(crate) struct Limit {
    pub(crate) what: &'static str,
    pub(crate) by_default: &'static str,
    /// The slugs of the problems that a client gets beyond it, in order.
    pub(crate) beyond: &'static [&'static str],
}

const fn limit(what: &'static str, by_default: &'static str, beyond: &'static [&'static str]) -> Limit {
    Limit { what, by_default, beyond }
}

pub(crate) const LIMITS: [Limit; 12] = [
    limit("Size of a body", "4 KiB", &["body-too-large"]),
    limit("Lifetime of a code", "1 minute; 10 minutes for a new password", &["code-expired"]),
    limit(
        "Attempts per code",
        "3; for a new password 3 from each network, and 30 in all",
        &["code-incorrect", "code-expired"],
    ),
    limit("Pause between two codes for one address, by send-code", "30 seconds", &["too-many-codes"]),
    limit("Registering an address again", "once its newest code has expired", &["too-many-codes"]),
    limit(
        "Codes for one address",
        "10 in 24 hours; then 2 of 8 digits a day for each network",
        &["too-many-codes"],
    ),
    limit("Codes for one address from one network", "5 a day", &["too-many-codes"]),
    limit(
        "Mails to one mailbox, across all plus tags",
        "50 a day, of which the last 20 are one for each network",
        &["too-many-codes"],
    ),
    limit("Registrations, codes and password resets from one network", "60 an hour", &["too-many-requests"]),
    limit("Wrong passwords for one address from one network", "10 in 15 minutes", &["too-many-attempts"]),
    limit(
        "Wrong passwords for one address",
        "100 a day; then 5 a day for each network",
        &["too-many-attempts"],
    ),
    limit("Time to activate a registration", "24 hours", &["unauthorized"]),
];
