//! The languages of the page: one file each, with all its texts.
//!
//! They are those of the mails. To add one, write its file like the others and name it in [`ALL`]; it does not compile
//! if a text is missing. Texts in two parts surround the person's address; `{…}` is filled in.

mod de;
mod en;
mod es;
mod fr;

use std::collections::BTreeMap;

use lambda_http::{Request, RequestExt};
use serde::Serialize;
use shared::{email_address::InvalidEmailAddress, mailer::Language, password::InvalidPassword};
use strum::IntoEnumIterator;

/// Every language, in the order in which the page offers them.
pub(crate) const ALL: [Texts; 4] = [en::TEXTS, de::TEXTS, es::TEXTS, fr::TEXTS];

/// The page's texts in one language.
pub(crate) struct Texts {
    /// The tag of the language (BCP 47).
    pub(crate) tag: &'static str,
    /// Its name in the language itself.
    pub(crate) name: &'static str,
    /// What the page is, for search engines.
    pub(crate) description: &'static str,
    pub(crate) languages: &'static str,

    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
    pub(crate) new_password: &'static str,
    pub(crate) current_password: &'static str,
    pub(crate) password_hint: &'static str,
    pub(crate) show_password: &'static str,
    pub(crate) code: &'static str,

    pub(crate) register: &'static str,
    pub(crate) register_intro: &'static str,
    pub(crate) register_submit: &'static str,
    pub(crate) agree: &'static str,
    pub(crate) terms: &'static str,
    pub(crate) privacy: &'static str,
    pub(crate) have_account: &'static str,

    pub(crate) sign_in: &'static str,
    pub(crate) forgot_link: &'static str,
    pub(crate) new_here: &'static str,

    pub(crate) enter_code: &'static str,
    pub(crate) code_sent: [&'static str; 2],
    pub(crate) code_earlier: [&'static str; 2],
    pub(crate) code_waiting: [&'static str; 2],
    pub(crate) code_failed: [&'static str; 2],
    pub(crate) code_hint: &'static str,
    pub(crate) code_submit: &'static str,
    pub(crate) send_again: &'static str,
    pub(crate) other_address: &'static str,

    pub(crate) account: &'static str,
    pub(crate) signed_in_as: [&'static str; 2],
    pub(crate) continue_: &'static str,
    pub(crate) sign_out: &'static str,

    pub(crate) forgot: &'static str,
    pub(crate) forgot_intro: &'static str,
    pub(crate) forgot_submit: &'static str,
    pub(crate) back_to_sign_in: &'static str,

    pub(crate) reset: &'static str,
    pub(crate) reset_sent: [&'static str; 2],
    pub(crate) reset_waiting: [&'static str; 2],
    pub(crate) reset_submit: &'static str,

    pub(crate) change: &'static str,
    pub(crate) cancel: &'static str,

    pub(crate) delete: &'static str,
    pub(crate) delete_intro: &'static str,
    pub(crate) delete_confirm: &'static str,

    pub(crate) deleted: &'static str,
    pub(crate) deleted_text: &'static str,
    pub(crate) disabled: &'static str,
    pub(crate) disabled_text: [&'static str; 2],

    pub(crate) not_found: &'static str,
    pub(crate) not_found_text: &'static str,
    pub(crate) to_start: &'static str,
    pub(crate) no_script: &'static str,
    pub(crate) not_loaded: &'static str,
    pub(crate) reload: &'static str,

    /// The texts of the page's script.
    pub(crate) messages: Messages,
    /// Why an address is refused.
    pub(crate) invalid_email: fn(InvalidEmailAddress) -> &'static str,
    /// Why a password is refused.
    pub(crate) invalid_password: fn(InvalidPassword) -> &'static str,
}

/// The texts of the page's script in one language.
#[derive(Serialize)]
pub(crate) struct Messages {
    pub(crate) missing: Missing,
    pub(crate) digits: &'static str,
    pub(crate) expires: &'static str,
    pub(crate) expired: &'static str,
    pub(crate) wait: &'static str,
    pub(crate) mailed: &'static str,
    pub(crate) wrong_code: &'static str,
    pub(crate) attempts: Forms,
    pub(crate) no_attempts: &'static str,
    pub(crate) wrong_password: &'static str,
    pub(crate) registered: &'static str,
    pub(crate) undeliverable: &'static str,
    pub(crate) other_address: &'static str,
    pub(crate) activated: &'static str,
    pub(crate) changed: &'static str,
    pub(crate) since: &'static str,
    pub(crate) no_answer: &'static str,
    pub(crate) trouble: &'static str,
    pub(crate) reference: &'static str,
    pub(crate) problems: Problems,
}

/// The texts for fields that were left empty, by name.
#[derive(Serialize)]
pub(crate) struct Missing {
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
    pub(crate) current: &'static str,
    pub(crate) code: &'static str,
    pub(crate) confirm: &'static str,
}

/// The forms of a text with a number, by their categories (CLDR).
#[derive(Serialize)]
pub(crate) struct Forms {
    pub(crate) one: &'static str,
    pub(crate) other: &'static str,
}

/// The texts for problems that belong to no field, by their slugs.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Problems {
    pub(crate) too_many_codes: &'static str,
    pub(crate) too_many_requests: &'static str,
    pub(crate) too_many_attempts: &'static str,
    pub(crate) mail_unavailable: &'static str,
    pub(crate) unavailable: &'static str,
    pub(crate) body_too_large: &'static str,
}

impl Texts {
    /// The API's sentences about an input, each with the page's text for it. Numbers are `{n}`, in their order.
    pub(crate) fn details(&self) -> BTreeMap<String, &'static str> {
        let emails = InvalidEmailAddress::iter().map(|why| (why.to_string(), (self.invalid_email)(why)));
        let passwords = InvalidPassword::iter().map(|why| (why.to_string(), (self.invalid_password)(why)));
        emails.chain(passwords).map(|(detail, text)| (without_numbers(&detail), text)).collect()
    }
}

fn without_numbers(detail: &str) -> String {
    let mut parts = detail.split(|c: char| c.is_ascii_digit()).enumerate();
    let mut text = String::new();
    for (at, part) in &mut parts {
        // Digits in a row leave empty parts between them.
        text.push_str(if at > 0 && !text.ends_with("{n}") { "{n}" } else { "" });
        text.push_str(part);
    }
    text
}

/// The index in [`ALL`] of the language of a request: by `?lang=`, otherwise by `Accept-Language`.
pub(crate) fn asked_for(request: &Request) -> usize {
    let query = request.query_string_parameters();
    let named = query.first("lang").and_then(Language::tagged);
    let language = named.unwrap_or_else(|| Language::preferred(request.headers()));
    ALL.iter().position(|texts| texts.tag == language.tag).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_page_speaks_the_languages_of_the_mails() {
        let of_mails: BTreeSet<_> = Language::all().map(|language| language.tag).collect();
        assert_eq!(ALL.map(|texts| texts.tag).into_iter().collect::<BTreeSet<_>>(), of_mails);
    }

    #[test]
    fn a_detail_has_its_numbers_left_out() {
        for (detail, without) in [
            ("must have at least 12 characters", "must have at least {n} characters"),
            ("must not contain the character U+0000", "must not contain the character U+{n}"),
            ("4 or 8", "{n} or {n}"),
            ("none", "none"),
        ] {
            assert_eq!(without_numbers(detail), without);
        }
    }

    /// The placeholders in a text.
    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect()
    }

    /// All texts of the script, by their paths.
    fn said(texts: &Texts) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut open =
            vec![(String::new(), json!({ "messages": texts.messages, "details": texts.details() }))];
        while let Some((path, value)) = open.pop() {
            match value {
                Value::Object(members) => {
                    open.extend(members.into_iter().map(|(name, value)| (format!("{path}/{name}"), value)));
                }
                Value::String(text) => assert!(found.insert(path, text).is_none()),
                other => panic!("{path}: {other}"),
            }
        }
        found
    }

    #[test]
    fn no_language_leaves_out_a_text_or_what_is_filled_in() {
        let english = said(&ALL[0]);
        for texts in ALL {
            let said = said(&texts);
            assert_eq!(said.len(), english.len(), "{}", texts.tag);
            for (path, text) in &said {
                assert!(!text.trim().is_empty(), "{} {path}", texts.tag);
                assert_eq!(placeholders(text), placeholders(&english[path]), "{} {path}", texts.tag);
                // Texts that consist only of numbers and names are the same in all languages.
                let is_own = texts.tag == "en" || *text != english[path];
                assert!(is_own, "{} {path} is not translated: {text}", texts.tag);
            }
        }
    }

    #[test]
    fn there_is_a_text_for_each_refusal_of_an_address_or_a_password() {
        let details = ALL[0].details();
        assert_eq!(details.len(), InvalidEmailAddress::iter().count() + InvalidPassword::iter().count());
        assert_eq!(details["must have at least {n} characters"], "Use at least {n} characters.");
    }
}
