//! Codes: made at random, mailed once, stored only as a MAC.
//!
//! A code belongs to one registration. What is stored is HMAC-SHA-256 under [`CodeSecret`] over the registration's
//! id and the code, so neither a copy of the table nor a code mailed for another registration is of use.

use std::{fmt, num::NonZeroU32, time::Duration};

use hmac::{Hmac, KeyInit, Mac};
use rand::{CryptoRng, RngExt};
use sha2::Sha256;
use utoipa::ToSchema;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::clock::Timestamp;

/// A code in the clear: decimal digits, leading zeros included. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, ToSchema)]
#[schema(
    value_type = String,
    pattern = "^[0-9]{4,10}$",
    examples("0427"),
    description = "As the mail shows it, leading zeros included: 4 digits, unless the deployment asks for more."
)]
pub struct ActivationCode(Zeroizing<String>);

impl ActivationCode {
    /// A fresh code of `length` digits, each code as likely as any other (OWASP ASVS 5.0, 6.5.3).
    pub fn generate(rng: &mut impl CryptoRng, length: usize) -> Self {
        let digits = (0..length).map(|_| char::from(b'0' + rng.random_range(0..10u8)));
        Self(Zeroizing::new(digits.collect()))
    }

    /// Reads a code as a person typed it: exactly `length` ASCII digits.
    pub fn parse(text: &str, length: usize) -> Result<Self, InvalidCode> {
        if text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(InvalidCode { length })
        }
    }

    /// The digits, for the mail.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActivationCode(…)")
    }
}

/// A text that is no code. `Display` is for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a text of exactly {length} digits")]
pub struct InvalidCode {
    length: usize,
}

/// The key of the MACs under which codes are stored. `Debug` does not show it.
#[derive(Clone)]
pub struct CodeSecret(Zeroizing<Vec<u8>>);

impl CodeSecret {
    /// Takes a secret of at least 32 bytes, the output length of SHA-256 (RFC 2104, 3).
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() >= 32).then(|| Self(Zeroizing::new(text.as_bytes().to_vec())))
    }

    /// What is stored of `code`.
    pub fn mac(&self, registration: Uuid, code: &ActivationCode) -> CodeMac {
        CodeMac(self.hmac(registration, code).finalize().into_bytes().to_vec())
    }

    /// Whether `mac` was made of `code` for this registration; takes the same time for every wrong code.
    pub fn verify(&self, mac: &CodeMac, registration: Uuid, code: &ActivationCode) -> bool {
        self.hmac(registration, code).verify_slice(&mac.0).is_ok()
    }

    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    fn hmac(&self, registration: Uuid, code: &ActivationCode) -> Hmac<Sha256> {
        let mut hmac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        // The id has a fixed length, so no two pairs of id and code give the same bytes.
        hmac.update(registration.as_bytes());
        hmac.update(code.0.as_bytes());
        hmac
    }
}

impl fmt::Debug for CodeSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeSecret(…)")
    }
}

/// What is stored of a code. `Debug` does not show it: under a leaked secret it is the code.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeMac(Vec<u8>);

impl CodeMac {
    /// Takes a MAC as it was stored.
    pub fn from_stored(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for CodeMac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeMac(…)")
    }
}

/// How codes are made, and what they allow.
#[derive(Clone, Debug)]
pub struct CodeRules {
    /// The key under which codes are stored.
    pub secret: CodeSecret,
    /// How many digits a code has.
    pub length: usize,
    /// How long a code is valid.
    pub lifetime: Duration,
    /// How many attempts a code allows; `None` for any number.
    pub attempts: Option<NonZeroU32>,
}

/// A fresh code: what is mailed, and what is stored.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// The code in the clear, for the mail.
    pub plain: ActivationCode,
    /// What the table gets.
    pub stored: StoredCode,
}

impl NewCode {
    /// A code for the registration `id`, made `now`.
    pub fn generate(rng: &mut impl CryptoRng, id: Uuid, now: Timestamp, rules: &CodeRules) -> Self {
        let plain = ActivationCode::generate(rng, rules.length);
        let mac = rules.secret.mac(id, &plain);
        Self { plain, stored: StoredCode { mac, created_at: now, expires_at: now + rules.lifetime } }
    }
}

#[cfg(test)]
impl NewCode {
    /// The code 0427, made at `now` and valid for a minute.
    pub(crate) fn for_tests(now: Timestamp) -> Self {
        let plain = ActivationCode::parse("0427", 4).unwrap();
        let expires_at = now + Duration::from_mins(1);
        Self { plain, stored: StoredCode { mac: CodeMac(vec![0]), created_at: now, expires_at } }
    }
}

/// A code as the table holds it.
#[derive(Clone, Debug)]
pub struct StoredCode {
    /// What is stored of the code.
    pub mac: CodeMac,
    /// When the code was made.
    pub created_at: Timestamp,
    /// When the code expires.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn secret() -> CodeSecret {
        CodeSecret::parse("0123456789abcdef0123456789abcdef").unwrap()
    }

    #[test]
    fn every_digit_is_as_likely_at_every_place() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut counts = [[0_u32; 10]; 4];
        for _ in 0..20_000 {
            let code = ActivationCode::generate(&mut rng, 4);
            for (place, digit) in code.expose().bytes().enumerate() {
                counts[place][usize::from(digit - b'0')] += 1;
            }
        }
        // 2,000 expected; the standard deviation is 42.
        assert!(counts.as_flattened().iter().all(|count| (1_790..2_210).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_code_is_exactly_its_digits() {
        assert_eq!(ActivationCode::parse("0427", 4).unwrap().expose(), "0427");
        for text in ["", "427", "00427", "042a", " 427", "\u{0660}427", "٠٤٢٧"] {
            let refused = ActivationCode::parse(text, 4).unwrap_err();
            assert_eq!(refused.to_string(), "must be a text of exactly 4 digits");
        }
    }

    #[test]
    fn a_mac_is_bound_to_the_code_the_registration_and_the_secret() {
        let (id, code) = (Uuid::from_u128(1), ActivationCode::parse("0427", 4).unwrap());
        let mac = secret().mac(id, &code);
        assert!(secret().verify(&mac, id, &code));
        assert!(!secret().verify(&mac, id, &ActivationCode::parse("0428", 4).unwrap()));
        assert!(!secret().verify(&mac, Uuid::from_u128(2), &code));
        let other = CodeSecret::parse("another secret of at least 32 bytes").unwrap();
        assert!(!other.verify(&mac, id, &code));
    }

    #[test]
    fn debug_shows_neither_code_nor_secret() {
        let code = ActivationCode::parse("0427", 4).unwrap();
        let shown = format!("{code:?} {:?} {:?}", secret(), secret().mac(Uuid::nil(), &code));
        assert_eq!(shown, "ActivationCode(…) CodeSecret(…) CodeMac(…)");
    }
}
