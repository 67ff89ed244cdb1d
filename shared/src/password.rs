//! Passwords in the clear: their rules, and the bytes that bcrypt gets.
//!
//! Any Unicode, counted in code points after NFC, no composition rules, never trimmed, never truncated (NIST SP
//! 800-63B-4, 3.1.1.2; OWASP ASVS 5.0, 6.2.1 and 6.2.4 to 6.2.9). The rules for new passwords are checked only when one
//! is chosen: a person with an older password must still get in.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use icu_normalizer::ComposingNormalizerBorrowed;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use sha2::Sha256;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::{common_passwords, email_address::EmailAddress};

/// The most code points a password may have: long enough for any passphrase, short enough to bound the work.
const MAX_LENGTH: usize = 256;

/// bcrypt reads this many bytes and no more.
const BCRYPT_MAX_BYTES: usize = 72;

/// The key under which longer passwords are reduced. It is not a secret: it makes the reduced form differ from plain
/// hashes of the same password that another site may have leaked. Changing it locks out every long password.
const REDUCTION_KEY: &[u8] = b"user-registration/password-reduction/v1";

/// The rules for a new password.
#[derive(Clone, Debug)]
pub struct PasswordRules {
    /// The fewest code points.
    pub min_length: usize,
}

/// A password in NFC. `Debug` does not show it, and its memory is zeroed when it is dropped.
#[derive(Clone, PartialEq, Eq, ToSchema)]
#[schema(
    value_type = String,
    format = Password,
    min_length = 8,
    max_length = 256,
    pattern = r"^[^\u0000]*$",
    examples("correct horse battery staple"),
    description = "Any Unicode except U+0000, counted in code points after NFC; neither a common password nor the \
                   address nor the name of the service. A deployment may require more than 8, and refuse passwords \
                   that are known from a data breach."
)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Parses any text that an account may have as its password: 1 to 256 code points, no NUL.
    pub fn parse(text: &str) -> Result<Self, InvalidPassword> {
        let text = ComposingNormalizerBorrowed::new_nfc().normalize(text);
        match text.chars().count() {
            0 => Err(InvalidPassword::TooShort { min: 1 }),
            length if length > MAX_LENGTH => Err(InvalidPassword::TooLong),
            _ if text.contains('\0') => Err(InvalidPassword::Nul),
            _ => Ok(Self(Zeroizing::new(text.into_owned()))),
        }
    }

    /// Parses a text as the password of a new account.
    ///
    /// `address` is the account's, if it could be read, and `service` the name of this service.
    pub fn parse_new(
        text: &str,
        rules: &PasswordRules,
        address: Option<&EmailAddress>,
        service: &str,
    ) -> Result<Self, InvalidPassword> {
        let password = match Self::parse(text) {
            Err(InvalidPassword::TooShort { .. }) => {
                return Err(InvalidPassword::TooShort { min: rules.min_length });
            }
            parsed => parsed?,
        };
        if password.0.chars().count() < rules.min_length {
            return Err(InvalidPassword::TooShort { min: rules.min_length });
        }
        let folded = Zeroizing::new(password.0.to_lowercase());
        if address.is_some_and(|address| *folded == address.as_str() || *folded == address.local_part()) {
            return Err(InvalidPassword::Address);
        }
        if *folded == service.to_lowercase() {
            return Err(InvalidPassword::ServiceName);
        }
        if common_passwords::contain(&folded) {
            return Err(InvalidPassword::Common);
        }
        Ok(password)
    }

    /// What other systems pass to bcrypt: the password, of which it reads 72 bytes.
    pub(crate) fn to_truncated(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.as_bytes()[..self.0.len().min(BCRYPT_MAX_BYTES)].to_vec())
    }

    /// What bcrypt gets: the password itself up to 72 bytes, above that the byte 0xFF and base64(HMAC-SHA-256(key,
    /// password)), so that every byte of a long password counts. Only the length decides which applies; and because no
    /// text in UTF-8 has the byte 0xFF, no password equals another's reduced form.
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    pub(crate) fn to_bcrypt_input(&self) -> Zeroizing<Vec<u8>> {
        if self.0.len() <= BCRYPT_MAX_BYTES {
            return Zeroizing::new(self.0.as_bytes().to_vec());
        }
        let mut hmac = Hmac::<Sha256>::new_from_slice(REDUCTION_KEY).expect("HMAC takes a key of any length");
        hmac.update(self.0.as_bytes());
        let mac = BASE64_STANDARD.encode(hmac.finalize().into_bytes());
        Zeroizing::new([&[0xFF], mac.as_bytes()].concat())
    }

    /// Its SHA-1 in 40 hexadecimal digits, the key of breached-password sets. Never stored.
    pub(crate) fn to_sha1(&self) -> Zeroizing<String> {
        let mut digits = Zeroizing::new(String::with_capacity(40));
        for byte in digest(&SHA1_FOR_LEGACY_USE_ONLY, self.0.as_bytes()).as_ref() {
            for digit in [byte >> 4, byte & 0xF] {
                digits.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
        digits
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Why a text can't be a password. `Display` is for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, thiserror::Error)]
pub enum InvalidPassword {
    /// Fewer code points than the setting requires.
    #[error("must have at least {min} characters")]
    TooShort {
        /// The fewest code points.
        min: usize,
    },
    /// More than 256 code points.
    #[error("must have at most {MAX_LENGTH} characters")]
    TooLong,
    /// Contains U+0000, at which other implementations of bcrypt stop reading.
    #[error("must not contain the character U+0000")]
    Nul,
    /// Is the account's address or the part before the `@`.
    #[error("must not be the e-mail address or the part before the @")]
    Address,
    /// Is the name of this service.
    #[error("must not be the name of this service")]
    ServiceName,
    /// Is one of those that attackers try first.
    #[error("must not be one of the most common passwords")]
    Common,
    /// Was in a breach.
    #[error("must not be a password that is known from a data breach")]
    Breached,
    /// Is the password that it should replace.
    #[error("must not be the password that it replaces")]
    Unchanged,
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: PasswordRules = PasswordRules { min_length: 8 };

    fn parse_new(text: &str) -> Result<Password, InvalidPassword> {
        let address = EmailAddress::parse("ada.lovelace@example.com").unwrap();
        Password::parse_new(text, &RULES, Some(&address), "Analytical Engines")
    }

    #[test]
    fn length_is_counted_in_code_points_after_nfc() {
        let too_short = InvalidPassword::TooShort { min: 8 };
        assert!(parse_new("pässwört").is_ok());
        // Seven code points, though nine before normalisation and nine bytes.
        assert_eq!(parse_new("pa\u{308}sswo\u{308}r").unwrap_err(), too_short);
        assert_eq!(parse_new("").unwrap_err(), too_short);
        assert!(parse_new(&"ü".repeat(256)).is_ok());
        assert_eq!(parse_new(&"ü".repeat(257)).unwrap_err(), InvalidPassword::TooLong);
    }

    #[test]
    fn nothing_is_trimmed_and_no_class_of_characters_is_asked_for() {
        assert_eq!(*parse_new("  spaces  ").unwrap().0, "  spaces  ");
        assert!(parse_new("qzwjxkvp").is_ok());
        assert_eq!(parse_new("12345678\0").unwrap_err(), InvalidPassword::Nul);
    }

    #[test]
    fn the_address_its_local_part_and_the_service_are_refused_in_any_case() {
        assert_eq!(parse_new("ADA.Lovelace@example.com").unwrap_err(), InvalidPassword::Address);
        assert_eq!(parse_new("Ada.Lovelace").unwrap_err(), InvalidPassword::Address);
        assert_eq!(parse_new("analytical engines").unwrap_err(), InvalidPassword::ServiceName);
    }

    #[test]
    fn a_common_password_is_refused_in_any_case() {
        for text in ["password", "PassWord1", "1234567890", "QWERTYUIOP", "1qaz2wsx"] {
            assert_eq!(parse_new(text).unwrap_err(), InvalidPassword::Common, "{text}");
        }
        // NFC keeps these letters distinct from ASCII: a different password, which is on no list of common ones.
        assert!(parse_new("ｐａｓｓｗｏｒｄ").is_ok());
        assert!(parse_new("password ").is_ok());
    }

    #[test]
    fn two_spellings_of_one_text_are_one_password() {
        let composed = Password::parse("pässwört").unwrap();
        let decomposed = Password::parse("pa\u{308}sswo\u{308}rt").unwrap();
        assert_eq!(composed.to_bcrypt_input(), decomposed.to_bcrypt_input());
    }

    #[test]
    fn a_password_is_reduced_from_73_bytes_on() {
        let input = |text: &str| Password::parse(text).unwrap().to_bcrypt_input();
        assert_eq!(**input(&"a".repeat(72)), *"a".repeat(72).as_bytes());
        assert_eq!(input(&"a".repeat(73)).len(), 45);
        assert_ne!(input(&"a".repeat(73)), input(&"a".repeat(74)));
    }

    #[test]
    fn a_long_password_and_its_reduced_form_are_two_passwords() {
        let reduced = Password::parse(&"a".repeat(73)).unwrap().to_bcrypt_input();
        assert_eq!(reduced[0], 0xFF);
        // The text closest to it: all but the first byte.
        let text = Password::parse(std::str::from_utf8(&reduced[1..]).unwrap()).unwrap();
        assert_ne!(text.to_bcrypt_input(), reduced);
    }

    #[test]
    fn the_sha_1_is_that_of_the_normal_form() {
        let sha1 = |text: &str| Password::parse(text).unwrap().to_sha1();
        // FIPS 180-2, A.1.
        assert_eq!(*sha1("abc"), "A9993E364706816ABA3E25717850C26C9CD0D89D");
        assert_eq!(sha1("pa\u{308}sswo\u{308}rt"), sha1("pässwört"));
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", parse_new("correct horse").unwrap()), "Password(…)");
    }
}
