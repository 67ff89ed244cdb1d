//! `show`: everything about an address except its hash. Whether its clients may sign in and be mailed a code is decided
//! by the same rules as in a request.

use aws_sdk_sesv2::operation::get_suppressed_destination::GetSuppressedDestinationError;
use comfy_table::{Table, presets};
use serde::Serialize;
use shared::{
    clock::Timestamp,
    code::{NewestCode, Purpose},
    email_address::EmailAddress,
    limits::{Client, CodeRequest, Counters, SignIn, clients},
    problem::Problem,
    registration::Registration,
    store::{Undeliverable, Wanted},
};

use crate::{
    answer::{BOLD, Failure, audit, print},
    rows::{Row, State, since},
    target::{Limits, Target, now},
};

/// Everything about an address.
#[derive(Serialize)]
struct Shown<'a> {
    email: &'a EmailAddress,
    account: Option<Row<'a>>,
    /// Its newest code, for activation or otherwise for a reset.
    newest_code: Option<Code>,
    /// The mark of an undeliverable address.
    undeliverable: Option<Mark>,
    /// Why it is on SES's suppression list.
    suppressed: Option<Suppression>,
    /// Why that list could not be read. In the sandbox SES allows nobody to.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppression_unknown: Option<String>,
    /// The state of the limits for each client that has counted for it, and for any other.
    clients: Vec<Allowed>,
}

#[derive(Serialize)]
struct Code {
    purpose: &'static str,
    created_at: Timestamp,
    attempts: u32,
    /// Its mail was refused.
    withdrawn: bool,
}

#[derive(Serialize)]
struct Mark {
    marked_at: Timestamp,
    ends_at: Timestamp,
}

/// An entry of SES's suppression list: mails to the address are accepted and not sent.
#[derive(Serialize)]
pub(crate) struct Suppression {
    pub(crate) reason: String,
    since: Option<Timestamp>,
}

/// The current state of the limits for one client.
#[derive(Serialize)]
struct Allowed {
    client: String,
    /// Until when no password is checked; `None` if passwords are checked.
    no_sign_in_until: Option<Timestamp>,
    /// Until when no code is mailed; `None` if codes are mailed.
    no_code_until: Option<Timestamp>,
}

/// Reads and shows.
pub(crate) async fn show(target: &Target, email: &EmailAddress, json: bool) -> Result<(), Failure> {
    let now = now();
    let found = target.find(email, now).await?;
    let purpose = match &found {
        Some(Registration::Pending(_)) => Purpose::Activation,
        _ => Purpose::Reset,
    };
    let wanted = Wanted { newest_code: Some(purpose), ..Wanted::default() };
    let newest_code = target.store.read(email, wanted).await?.newest_code;
    let counted = target.store.counters_of(email).await?;
    let mark = target.store.undeliverable(email, now).await?;
    let (suppressed, suppression_unknown) = match suppression(&target.ses, email).await {
        Ok(suppressed) => (suppressed, None),
        Err(Failure::Failed(why) | Failure::Refused(why)) => (None, Some(why)),
    };
    let shown = Shown {
        email,
        account: found.as_ref().map(|found| Row::of(found, false)),
        newest_code: newest_code.as_ref().map(|code| Code {
            purpose: purpose.name(),
            created_at: code.created_at,
            attempts: code.attempts,
            withdrawn: code.withdrawn,
        }),
        undeliverable: mark.map(|Undeliverable { marked_at, ends_at }| Mark { marked_at, ends_at }),
        suppressed,
        suppression_unknown,
        clients: allowed(&target.limits, email, found.as_ref(), newest_code.as_ref(), &counted, now),
    };
    if json { audit(&shown) } else { print(&table(&shown, found.as_ref())) }
}

/// Why an address is on SES's suppression list, if it is.
pub(crate) async fn suppression(
    ses: &aws_sdk_sesv2::Client,
    email: &EmailAddress,
) -> Result<Option<Suppression>, Failure> {
    let found = ses.get_suppressed_destination().email_address(email.as_str()).send().await;
    match found {
        Ok(found) => Ok(found.suppressed_destination().map(|found| Suppression {
            reason: found.reason().as_str().to_owned(),
            since: found.last_update_time().to_millis().ok().map(Timestamp::from_millis),
        })),
        Err(error) => match error.as_service_error() {
            Some(GetSuppressedDestinationError::NotFoundException(_)) => Ok(None),
            _ => Err(Failure::at(&"SES", &error)),
        },
    }
}

/// The state of the limits for the clients that counters name, and for one without counters.
fn allowed(
    limits: &Limits,
    email: &EmailAddress,
    found: Option<&Registration>,
    newest_code: Option<&NewestCode>,
    counted: &Counters,
    now: Timestamp,
) -> Vec<Allowed> {
    let any_other = "any other".to_owned();
    let mut all = Vec::new();
    for client in clients(counted).into_iter().map(Some).chain([None]) {
        let name = client.as_ref().map_or_else(|| any_other.clone(), ToString::to_string);
        let client = client.unwrap_or_else(|| Client::at(None));
        let sign_in = SignIn::of(email, &client, now, &limits.passwords);
        let sign_in = sign_in.map_or(Ok(()), |sign_in| sign_in.admit(counted).map(drop));
        let code = code(limits, email, found, newest_code, counted, &client, now);
        all.push(Allowed {
            client: name,
            no_sign_in_until: until(sign_in, now),
            no_code_until: until(code, now),
        });
    }
    all
}

/// The state of the limits for a code for this client: for activation, or otherwise for a reset.
fn code(
    limits: &Limits,
    email: &EmailAddress,
    found: Option<&Registration>,
    newest_code: Option<&NewestCode>,
    counted: &Counters,
    client: &Client,
    now: Timestamp,
) -> Result<(), Problem> {
    let request = CodeRequest::of(email, client, now, &limits.codes, &limits.mails);
    let not_before = newest_code.map(|code| code.created_at + limits.codes.cooldown);
    match found {
        Some(Registration::Pending(pending)) => {
            request.allow(not_before, &pending.short_codes, counted).map(drop)
        }
        _ => request.allow_reset(not_before, counted).map(drop),
    }
}

fn until(answer: Result<(), Problem>, now: Timestamp) -> Option<Timestamp> {
    answer.err()?.retry_after().map(|wait| now + wait)
}

/// The output for people.
fn table(shown: &Shown<'_>, found: Option<&Registration>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let address = shown.email.as_str();
    match found {
        None => table.add_row([address, "no account and no registration"]),
        Some(found) => table.add_row([address, &format!("{} since {}", State::of(found), since(found))]),
    };
    if let Some(found) = found {
        table.add_row(["id", &found.identity().id.to_string()]);
        table.add_row(["registered", &found.identity().created_at.to_string()]);
    }
    let account = match found {
        Some(Registration::Active(account)) => Some(account),
        Some(Registration::Disabled(disabled)) => Some(&disabled.account),
        _ => None,
    };
    if let Some(account) = account {
        table.add_row(["activated", &account.activated_at.to_string()]);
        let changed = account.password_changed_at.map_or("never".to_owned(), |at| at.to_string());
        table.add_row(["password changed", &changed]);
    }
    if let Some(Registration::Pending(pending)) = found {
        table.add_row(["expires", &pending.ends_at.to_string()]);
    }
    if let Some(Code { purpose, created_at, attempts, withdrawn }) = &shown.newest_code {
        let mail = if *withdrawn { ", its mail was refused" } else { "" };
        table.add_row([
            "newest code",
            &format!("{purpose}, made {created_at}, attempts used: {attempts}{mail}"),
        ]);
    }
    let mark = shown.undeliverable.as_ref();
    let mark =
        mark.map(|Mark { marked_at, ends_at }| format!("undeliverable since {marked_at}, until {ends_at}"));
    let suppressed = shown.suppressed.as_ref().map(|Suppression { reason, since }| {
        let since = since.map(|since| format!(" since {since}")).unwrap_or_default();
        format!("suppressed by SES: {reason}{since}")
    });
    let unknown = shown.suppression_unknown.as_ref();
    let unknown = unknown.map(|why| format!("SES's suppression list could not be read: {why}"));
    let mail: Vec<_> = mark.into_iter().chain(suppressed).chain(unknown).collect();
    let mail = if mail.is_empty() { "no bounce or complaint is known".to_owned() } else { mail.join("; ") };
    table.add_row(["mail", &mail]);

    let mut limits = Table::new();
    limits.load_style(presets::NOTHING).set_header(["CLIENT", "SIGN-IN", "CODE BY MAIL"]);
    for Allowed { client, no_sign_in_until, no_code_until } in &shown.clients {
        let said =
            |until: &Option<Timestamp>| until.map_or("yes".to_owned(), |until| format!("not until {until}"));
        limits.add_row([client.clone(), said(no_sign_in_until), said(no_code_until)]);
    }
    format!("{}\n\n{BOLD}Limits now{BOLD:#}\n{}", table.trim_fmt(), limits.trim_fmt())
}
