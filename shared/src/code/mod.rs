//! Codes: made at random, mailed once, stored only as a MAC.
//!
//! A code belongs to one account and one purpose. What is stored is HMAC-SHA-256 under [`CodeSecret`] over what the
//! code is bound to and the code, so neither a copy of the table nor a code mailed for something else is of any use.

mod mac;

use std::{
    fmt,
    num::{NonZero, NonZeroU32},
    time::Duration,
};

use rand::{CryptoRng, RngExt};
use utoipa::ToSchema;
use zeroize::Zeroizing;

pub use self::mac::{Binding, CodeMac, CodeSecret, Purpose};
use crate::clock::Timestamp;

/// The length of a code that needs less protection from guessing than a short one.
const LONG: usize = 8;

/// A code in the clear: decimal digits, leading zeros included. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, ToSchema)]
#[schema(
    value_type = String,
    pattern = "^[0-9]{4,10}$",
    examples("0427"),
    description = "As the mail shows it, leading zeros included. `code.length` of the answer that announced the mail \
                   says how many digits: 4, unless the deployment asks for more, or 8 if the address has used up \
                   its short codes of the day."
)]
pub struct Code(Zeroizing<String>);

impl Code {
    /// A random code of `length` digits, uniformly distributed (OWASP ASVS 5.0, 6.5.3).
    pub fn generate(rng: &mut impl CryptoRng, length: usize) -> Self {
        let digits = (0..length).map(|_| char::from(b'0' + rng.random_range(0..10u8)));
        Self(Zeroizing::new(digits.collect()))
    }

    /// Parses a code as a person typed it: ASCII digits, exactly as many as a short or a long code has.
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

/// The text is not a code. `Display` is for the client.
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
    /// At least eight digits: for an address that has used up its short codes.
    Long,
}

impl CodeLength {
    const ALL: [Self; 2] = [Self::Short, Self::Long];
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
    /// What the table stores.
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
        let secret = CodeSecret::for_tests();
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
        Self { plain, stored: StoredCode { mac: CodeMac::from_stored(vec![0]), created_at: now, expires_at } }
    }
}

/// The newest code of an address, as it was read.
#[derive(Clone, Debug)]
pub struct NewestCode {
    /// When the code was made.
    pub created_at: Timestamp,
    /// How many attempts were made at it.
    pub attempts: u32,
    /// Whether its mail was refused: it was sent to nobody, and no attempt at it can succeed.
    pub withdrawn: bool,
}

impl NewestCode {
    /// When a registration may replace it: once no attempt at it can succeed, or, if its mail was refused, once the
    /// pause is over.
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
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

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
    fn a_code_is_replaceable_once_expired_or_used_up_or_after_the_pause_of_a_refused_mail() {
        let replaceable_at = |attempts, withdrawn| {
            let code = NewestCode { created_at: Timestamp::from_millis(0), attempts, withdrawn };
            code.replaceable_at(&rules(4), Duration::from_secs(30)).as_millis()
        };
        assert_eq!(replaceable_at(2, false), 60_000);
        assert_eq!(replaceable_at(3, false), 0);
        assert_eq!(replaceable_at(0, true), 30_000);
    }

    #[test]
    fn a_reset_code_is_never_short() {
        let rules = CodeRules { purpose: Purpose::Reset, ..rules(4) };
        assert_eq!(rules.digits(CodeLength::Short), 8);
        assert_eq!(
            Code::parse("0427", &rules).unwrap_err().to_string(),
            "must be a text of exactly 8 digits"
        );
    }
}
