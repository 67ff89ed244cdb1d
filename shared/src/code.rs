//! Codes: made at random, mailed once, stored only as a MAC.
//!
//! A code belongs to one account and one purpose. What is stored is HMAC-SHA-256 under [`CodeSecret`] over what the code
//! is bound to and the code, so neither a copy of the table nor a code mailed for anything else is of use.

use std::{
    fmt,
    num::{NonZero, NonZeroU32},
    time::Duration,
};

use hmac::{Hmac, KeyInit, Mac};
use rand::{CryptoRng, RngExt};
use sha2::Sha256;
use utoipa::ToSchema;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{clock::Timestamp, password_hash::PasswordHash};

/// The digits of a code whose guesses need not be counted as strictly as those of a short one.
const LONG: usize = 8;

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Making a registration active.
    Activation,
    /// Setting a new password without the old one.
    Reset,
}

impl Purpose {
    /// Its name, as it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Activation => "activation",
            Self::Reset => "reset",
        }
    }
}

/// What a code is bound to. Any other purpose, account or password has another MAC.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    purpose: Purpose,
    id: Uuid,
    password_hash: &'a str,
}

impl<'a> Binding<'a> {
    /// A code that activates this registration.
    pub fn activation(id: Uuid) -> Self {
        Self { purpose: Purpose::Activation, id, password_hash: "" }
    }

    /// A code that sets another password for this account, as long as it has this one.
    pub fn reset(id: Uuid, password_hash: &'a PasswordHash) -> Self {
        Self { purpose: Purpose::Reset, id, password_hash: password_hash.expose() }
    }
}

/// A code in the clear: decimal digits, leading zeros included. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, ToSchema)]
#[schema(
    value_type = String,
    pattern = "^[0-9]{4,10}$",
    examples("0427"),
    description = "As the mail shows it, leading zeros included. `code.length` of the answer that announced the mail \
                   says how many digits: 4, unless the deployment asks for more, or 8 when the address has had \
                   its short codes of the day."
)]
pub struct Code(Zeroizing<String>);

impl Code {
    /// A fresh code of `length` digits, each code as likely as any other (OWASP ASVS 5.0, 6.5.3).
    pub fn generate(rng: &mut impl CryptoRng, length: usize) -> Self {
        let digits = (0..length).map(|_| char::from(b'0' + rng.random_range(0..10u8)));
        Self(Zeroizing::new(digits.collect()))
    }

    /// Reads a code as a person typed it: ASCII digits, exactly as many as a short or a long code has.
    pub fn parse(text: &str, rules: &CodeRules) -> Result<Self, InvalidCode> {
        let lengths = CodeLength::ALL.map(|length| rules.digits(length));
        if lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(InvalidCode { lengths })
        }
    }

    /// The digits, for the mail.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

/// A text that is no code. `Display` is for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct InvalidCode {
    lengths: [usize; 2],
}

impl fmt::Display for InvalidCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lengths {
            [short, long] if short == long => write!(f, "must be a text of exactly {short} digits"),
            [short, long] => write!(f, "must be a text of exactly {short} or {long} digits"),
        }
    }
}

/// How long a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeLength {
    /// As many digits as the setting says.
    Short,
    /// At least eight: for an address that has had its short codes.
    Long,
}

impl CodeLength {
    const ALL: [Self; 2] = [Self::Short, Self::Long];
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
    pub fn mac(&self, binding: Binding<'_>, code: &Code) -> CodeMac {
        CodeMac(self.hmac(binding, code).finalize().into_bytes().to_vec())
    }

    /// Whether `mac` was made of `code` with this binding; takes the same time for every wrong code.
    pub fn verify(&self, mac: &CodeMac, binding: Binding<'_>, code: &Code) -> bool {
        self.hmac(binding, code).verify_slice(&mac.0).is_ok()
    }

    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    fn hmac(&self, binding: Binding<'_>, code: &Code) -> Hmac<Sha256> {
        let mut hmac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        // No name begins another, ids have a fixed length, and no hash holds a zero: no two bindings give the same bytes.
        hmac.update(binding.purpose.name().as_bytes());
        hmac.update(binding.id.as_bytes());
        hmac.update(binding.password_hash.as_bytes());
        hmac.update(&[0]);
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
    /// What the codes are for.
    pub purpose: Purpose,
    /// How many digits a short code has. A code for a reset is always long.
    pub length: usize,
    /// How long a code is valid.
    pub lifetime: Duration,
    /// How many attempts a code allows; `None` for any number.
    pub attempts: Option<NonZeroU32>,
}

impl CodeRules {
    /// How many digits a code has.
    pub fn digits(&self, length: CodeLength) -> usize {
        match (self.purpose, length) {
            (Purpose::Activation, CodeLength::Short) => self.length,
            _ => self.length.max(LONG),
        }
    }

    /// How many attempts a code allows, as a number to compare with.
    pub fn max_attempts(&self) -> u32 {
        self.attempts.map_or(u32::MAX, NonZero::get)
    }
}

/// A fresh code: what is mailed, and what is stored.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// The code in the clear, for the mail.
    pub plain: Code,
    /// What the table gets.
    pub stored: StoredCode,
}

impl NewCode {
    /// A code with this binding, made `now`.
    pub fn generate(
        rng: &mut impl CryptoRng,
        binding: Binding<'_>,
        now: Timestamp,
        length: CodeLength,
        rules: &CodeRules,
    ) -> Self {
        let plain = Code::generate(rng, rules.digits(length));
        let mac = rules.secret.mac(binding, &plain);
        Self { plain, stored: StoredCode { mac, created_at: now, expires_at: now + rules.lifetime } }
    }
}

#[cfg(test)]
impl CodeRules {
    /// The defaults, under some secret.
    pub(crate) fn for_tests() -> Self {
        let secret = CodeSecret(Zeroizing::new(vec![0; 32]));
        Self {
            secret,
            purpose: Purpose::Activation,
            length: 4,
            lifetime: Duration::from_mins(1),
            attempts: NonZeroU32::new(3),
        }
    }
}

#[cfg(test)]
impl NewCode {
    /// The code 0427, made at `now` and valid for a minute.
    pub(crate) fn for_tests(now: Timestamp) -> Self {
        let plain = Code(Zeroizing::new("0427".to_owned()));
        let expires_at = now + Duration::from_mins(1);
        Self { plain, stored: StoredCode { mac: CodeMac(vec![0]), created_at: now, expires_at } }
    }
}

/// The newest code of an address, as it was read.
#[derive(Clone, Debug)]
pub struct NewestCode {
    /// When the code was made.
    pub created_at: Timestamp,
    /// How many attempts were made at it.
    pub attempts: u32,
    /// Whether its mail was refused: nobody was sent it, and it is right for nobody.
    pub withdrawn: bool,
}

impl NewestCode {
    /// From when on a registration may replace it: once no attempt at it can succeed, and if its mail was refused, once
    /// the pause is over.
    pub fn replaceable_at(&self, rules: &CodeRules, cooldown: Duration) -> Timestamp {
        if self.withdrawn {
            self.created_at + cooldown
        } else if self.attempts >= rules.max_attempts() {
            self.created_at
        } else {
            self.created_at + rules.lifetime
        }
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
    use base64::{Engine, prelude::BASE64_STANDARD};
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn secret() -> CodeSecret {
        CodeSecret::parse("0123456789abcdef0123456789abcdef").unwrap()
    }

    fn rules(length: usize) -> CodeRules {
        CodeRules { length, ..CodeRules::for_tests() }
    }

    fn parse(text: &str) -> Code {
        Code::parse(text, &rules(4)).unwrap()
    }

    #[test]
    fn every_digit_is_as_likely_at_every_place() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut counts = [[0_u32; 10]; 4];
        for _ in 0..20_000 {
            let code = Code::generate(&mut rng, 4);
            for (place, digit) in code.expose().bytes().enumerate() {
                counts[place][usize::from(digit - b'0')] += 1;
            }
        }
        // 2,000 expected; the standard deviation is 42.
        assert!(counts.as_flattened().iter().all(|count| (1_790..2_210).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_code_is_exactly_its_digits() {
        assert_eq!(parse("0427").expose(), "0427");
        assert_eq!(parse("00000427").expose(), "00000427");
        for text in ["", "427", "00427", "042a", " 427", "\u{0660}427", "٠٤٢٧", "000000427"] {
            let refused = Code::parse(text, &rules(4)).unwrap_err();
            assert_eq!(refused.to_string(), "must be a text of exactly 4 or 8 digits");
        }
    }

    #[test]
    fn a_long_code_is_never_shorter_than_a_short_one() {
        for (length, long) in [(4, 8), (8, 8), (10, 10)] {
            assert_eq!(rules(length).digits(CodeLength::Long), long);
        }
        let refused = Code::parse("0427", &rules(10)).unwrap_err();
        assert_eq!(refused.to_string(), "must be a text of exactly 10 digits");
    }

    #[test]
    fn a_code_may_be_replaced_when_it_is_too_old_or_attempted_too_often_or_after_a_refused_mails_pause() {
        let replaceable_at = |attempts, withdrawn| {
            let code = NewestCode { created_at: Timestamp::from_millis(0), attempts, withdrawn };
            code.replaceable_at(&rules(4), Duration::from_secs(30)).as_millis()
        };
        assert_eq!(replaceable_at(2, false), 60_000);
        assert_eq!(replaceable_at(3, false), 0);
        assert_eq!(replaceable_at(0, true), 30_000);
    }

    #[test]
    fn a_mac_is_bound_to_the_code_the_registration_and_the_secret() {
        let (binding, code) = (Binding::activation(Uuid::from_u128(1)), parse("0427"));
        let mac = secret().mac(binding, &code);
        assert!(secret().verify(&mac, binding, &code));
        assert!(!secret().verify(&mac, binding, &parse("0428")));
        assert!(!secret().verify(&mac, Binding::activation(Uuid::from_u128(2)), &code));
        let other = CodeSecret::parse("another secret of at least 32 bytes").unwrap();
        assert!(!other.verify(&mac, binding, &code));
    }

    #[test]
    fn a_mac_for_a_reset_is_bound_to_the_password_and_never_one_for_an_activation() {
        let (id, code) = (Uuid::from_u128(1), parse("00000427"));
        let [old, new] = [4, 5].map(PasswordHash::dummy);
        let mac = secret().mac(Binding::reset(id, &old), &code);
        assert!(secret().verify(&mac, Binding::reset(id, &old), &code));
        assert!(!secret().verify(&mac, Binding::reset(id, &new), &code));
        assert!(!secret().verify(&mac, Binding::activation(id), &code));
    }

    #[test]
    fn a_code_for_a_reset_is_never_short() {
        let rules = CodeRules { purpose: Purpose::Reset, ..rules(4) };
        assert_eq!(rules.digits(CodeLength::Short), 8);
        assert_eq!(
            Code::parse("0427", &rules).unwrap_err().to_string(),
            "must be a text of exactly 8 digits"
        );
    }

    #[test]
    fn a_mac_is_of_the_purpose_the_registration_and_the_code() {
        // HMAC-SHA-256 of `activation`, fifteen zero bytes, a one, another zero and `0427`, by Python's `hmac`.
        let mac = secret().mac(Binding::activation(Uuid::from_u128(1)), &parse("0427"));
        assert_eq!(BASE64_STANDARD.encode(mac.as_bytes()), "sETNqb9/I7M6OEcNdap9bBGTQ1nLEUgpdOtXQJXnVNA=");
    }

    #[test]
    fn debug_shows_neither_code_nor_secret() {
        let code = parse("0427");
        let shown =
            format!("{code:?} {:?} {:?}", secret(), secret().mac(Binding::activation(Uuid::nil()), &code));
        assert_eq!(shown, "Code(…) CodeSecret(…) CodeMac(…)");
    }
}
