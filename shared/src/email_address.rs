//! E-mail addresses in their normal form, which is the key.
//!
//! Two spellings of one mailbox parse to equal values (`ADA@Example.com`, `ada@example.com`), and an address that
//! parses can be mailed by SES and sent in HTTP Basic. The grammar is RFC 5321's `Dot-string "@" Domain`: no quoted
//! local part, no address literal.

use std::{borrow::Cow, fmt};

use icu_normalizer::ComposingNormalizerBorrowed;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// The longest address, in octets (RFC 5321, 4.5.3.1.3, less the angle brackets).
const MAX_LENGTH: usize = 254;
/// The longest local part, in octets (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL_LENGTH: usize = 64;

/// An e-mail address in its normal form: local part and domain in lower-case ASCII.
///
/// `Debug` shows the masked form; only [`as_str`](Self::as_str) and `Serialize` return the whole address.
#[derive(Clone, PartialEq, Eq, ToSchema)]
#[schema(
    value_type = String,
    format = Email,
    max_length = 254,
    examples("ada@example.com"),
    description = "Accepted in any spelling, returned in its normal form: trimmed and in lower case, the domain in \
                   ASCII."
)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Parses an address as a person typed it: trimmed, NFC, domain by IDNA (UTS 46), local part lower-cased.
    pub fn parse(text: &str) -> Result<Self, InvalidEmailAddress> {
        let text = ComposingNormalizerBorrowed::new_nfc().normalize(text.trim());
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmailAddress::NoAt)?;
        let local = local_part(local)?;
        let domain = domain_part(domain)?;
        if local.len() + 1 + domain.len() > MAX_LENGTH {
            return Err(InvalidEmailAddress::TooLong);
        }
        Ok(Self(format!("{local}@{domain}")))
    }

    /// The whole address, for the store, the mail and the answer to its owner. Never for a log.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address without its plus tag: the mailbox to which many providers deliver.
    pub fn mailbox(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or_default();
        match local.split_once('+') {
            Some((mailbox, _)) if !mailbox.is_empty() => format!("{mailbox}@{domain}"),
            _ => self.0.clone(),
        }
    }

    /// Takes an address as it was stored, even if today's rules would refuse it.
    pub(crate) fn from_stored(address: String) -> Self {
        Self(address)
    }

    /// The part before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(&self.0))
    }
}

impl Serialize for EmailAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// An address as a log may show it: `a***@example.com`.
pub(crate) fn mask(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => {
            let first = local.chars().next().map(String::from).unwrap_or_default();
            format!("{first}***@{domain}")
        }
        None => "***".to_owned(),
    }
}

fn local_part(text: &str) -> Result<String, InvalidEmailAddress> {
    // RFC 5322 `atext`, and the dot between atoms.
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if text.is_empty() {
        return Err(InvalidEmailAddress::NoLocalPart);
    }
    if text.starts_with('.') || text.ends_with('.') || text.contains("..") {
        return Err(InvalidEmailAddress::Dot);
    }
    if !text.is_ascii() {
        return Err(InvalidEmailAddress::NonAsciiLocalPart);
    }
    if !text.chars().all(allowed) {
        return Err(InvalidEmailAddress::LocalPart);
    }
    // Other programs that handle the mail read these as a different address: source routes (RFC 5321, appendix F.2),
    // encoded words (RFC 2047, 2), options and pipes of `sendmail`.
    if text.starts_with('-') || text.contains("=?") || text.contains(['%', '!', '|', '`']) {
        return Err(InvalidEmailAddress::Ambiguous);
    }
    if text.len() > MAX_LOCAL_LENGTH {
        return Err(InvalidEmailAddress::LocalPartTooLong);
    }
    Ok(text.to_ascii_lowercase())
}

fn domain_part(text: &str) -> Result<Cow<'_, str>, InvalidEmailAddress> {
    let domain = Uts46::new()
        .to_ascii(text.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Verify)
        .map_err(|_| InvalidEmailAddress::Domain)?;
    // A last label of digits only is an IPv4 address, not a domain (RFC 3696, 2).
    match domain.rsplit_once('.') {
        None => Err(InvalidEmailAddress::DomainWithoutDot),
        Some((_, last)) if last.bytes().all(|b| b.is_ascii_digit()) => Err(InvalidEmailAddress::Domain),
        Some(_) => Ok(domain),
    }
}

/// Why a text is not an e-mail address that can register. `Display` is for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, thiserror::Error)]
pub enum InvalidEmailAddress {
    /// There is no `@`.
    #[error("must have the form name@domain")]
    NoAt,
    /// The local part is empty.
    #[error("must have a name before the @")]
    NoLocalPart,
    /// The local part has a dot in a forbidden place.
    #[error("must have no dot at the start or the end of the name before the @, nor two in a row")]
    Dot,
    /// The local part is quoted, or has a forbidden character.
    #[error("must have a plain name before the @, without spaces, quotes or colons")]
    LocalPart,
    /// Another program may read the local part as a different address.
    #[error("must not begin with a hyphen, nor have %, !, |, ` or =? before the @")]
    Ambiguous,
    /// The local part has a character outside ASCII, to which SES does not deliver.
    #[error("must have only ASCII characters before the @")]
    NonAsciiLocalPart,
    /// The local part is longer than 64 octets.
    #[error("must have at most 64 octets before the @")]
    LocalPartTooLong,
    /// The domain is not valid in DNS, or is an address literal.
    #[error("must have a valid domain after the @")]
    Domain,
    /// The domain is a single label.
    #[error("must have a domain with a dot after the @")]
    DomainWithoutDot,
    /// The address is longer than 254 octets.
    #[error("must have at most 254 octets")]
    TooLong,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn normal(text: &str) -> String {
        EmailAddress::parse(text).unwrap().as_str().to_owned()
    }

    #[test]
    fn a_mailbox_has_no_plus_tag() {
        for (address, mailbox) in [
            ("ada@example.com", "ada@example.com"),
            ("ADA+shop+2@example.com", "ada@example.com"),
            ("ada+@example.com", "ada@example.com"),
            ("+ada@example.com", "+ada@example.com"),
        ] {
            assert_eq!(EmailAddress::parse(address).unwrap().mailbox(), mailbox);
        }
    }

    fn refused(text: &str) -> InvalidEmailAddress {
        EmailAddress::parse(text).unwrap_err()
    }

    #[test]
    fn spellings_of_one_mailbox_are_one_address() {
        for text in ["ada@example.com", "ADA@Example.com", "  ada@EXAMPLE.COM\n", "ada@ｅxample。com"] {
            assert_eq!(normal(text), "ada@example.com", "{text:?}");
        }
    }

    #[test]
    fn a_domain_becomes_ascii_whether_composed_or_not() {
        assert_eq!(normal("ada@b\u{fc}cher.example"), "ada@xn--bcher-kva.example");
        assert_eq!(normal("ada@bu\u{308}cher.example"), "ada@xn--bcher-kva.example");
    }

    #[test]
    fn a_plus_tag_is_kept() {
        assert_eq!(normal("Ada+News@example.com"), "ada+news@example.com");
    }

    #[test]
    fn an_address_that_dns_ses_or_basic_can_not_carry_is_refused() {
        use InvalidEmailAddress as E;
        for (text, why) in [
            ("", E::NoAt),
            ("ada", E::NoAt),
            ("@example.com", E::NoLocalPart),
            ("\"ada\"@example.com", E::LocalPart),
            ("ada lovelace@example.com", E::LocalPart),
            ("ada:x@example.com", E::LocalPart),
            ("ada@b@example.com", E::LocalPart),
            (".ada@example.com", E::Dot),
            ("ada.@example.com", E::Dot),
            ("a..da@example.com", E::Dot),
            ("ada\r\nBcc: x@example.com", E::LocalPart),
            ("\u{e4}da@example.com", E::NonAsciiLocalPart),
            ("ada@", E::Domain),
            ("ada@example", E::DomainWithoutDot),
            ("ada@[127.0.0.1]", E::Domain),
            ("ada@127.0.0.1", E::Domain),
            ("ada@example.com.", E::Domain),
            ("ada@-example.com", E::Domain),
            ("ada@exa_mple.com", E::Domain),
            ("ada@example..com", E::Domain),
        ] {
            assert_eq!(refused(text), why, "{text:?}");
        }
    }

    #[test]
    fn what_another_program_may_read_as_another_address_is_refused() {
        for local in [
            "=?x?q?eve=40evil.example=3e=00?=ada",
            "a=?b",
            "-odq",
            "-",
            "ada%evil.example",
            "evil!ada",
            "|sh",
            "`id`",
        ] {
            assert_eq!(refused(&format!("{local}@example.com")), InvalidEmailAddress::Ambiguous, "{local}");
        }
        for local in ["a=b", "a?b", "a-b", "ada-", "{ada}", "o'brien", "a#$&*/^_~b"] {
            assert_eq!(normal(&format!("{local}@example.com")), format!("{local}@example.com"));
        }
    }

    #[test]
    fn lengths_are_counted_in_octets() {
        let local = "a".repeat(64);
        assert!(EmailAddress::parse(&format!("{local}@example.com")).is_ok());
        assert_eq!(refused(&format!("{local}a@example.com")), InvalidEmailAddress::LocalPartTooLong);
        let label = "d".repeat(61);
        // 64 + 1 + 3 * 62 + 3 = 254
        let longest = format!("{local}@{label}.{label}.{label}.com");
        assert_eq!(longest.len(), 254);
        assert!(EmailAddress::parse(&longest).is_ok());
        assert_eq!(refused(&format!("{local}@{label}.{label}.{label}.info")), InvalidEmailAddress::TooLong);
    }

    #[test]
    fn debug_masks_the_address() {
        let address = EmailAddress::parse("ada@example.com").unwrap();
        assert_eq!(format!("{address:?}"), "a***@example.com");
    }

    /// Any text, most of them similar to an address.
    fn text() -> impl Strategy<Value = String> {
        let local = prop_oneof!["[a-zA-Z0-9.+]{1,64}", "[!-~]{1,70}", "\\PC{1,70}"];
        let domain = prop_oneof![
            "([a-zA-Z0-9-]{1,20}\\.){1,4}[a-zA-Z]{2,10}",
            "([\\p{L}\\p{N}\\p{M}-]{1,20}[.。]){1,3}[\\p{L}]{1,10}",
            "(xn--[a-z0-9-]{1,20}\\.){1,3}com",
            "\\PC{1,100}",
        ];
        prop_oneof![1 => any::<String>(), 9 => (local, domain).prop_map(|(local, domain)| format!("{local}@{domain}"))]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_normal_form_is_its_own_normal_form(text in text()) {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert!(address.as_str().is_ascii() && address.as_str().len() <= MAX_LENGTH);
                prop_assert_eq!(EmailAddress::parse(address.as_str()), Ok(address));
            }
        }
    }
}
