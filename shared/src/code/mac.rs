//! The MAC of a code: what it is bound to, and its key.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Code;
use crate::password_hash::PasswordHash;

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

/// What a code is bound to. Any other purpose, account or password gives another MAC.
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

    /// A code that sets a new password for this account, as long as it has this hash.
    pub fn reset(id: Uuid, password_hash: &'a PasswordHash) -> Self {
        Self { purpose: Purpose::Reset, id, password_hash: password_hash.expose() }
    }
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

    /// Whether `mac` is that of `code` with this binding; takes the same time for every wrong code.
    pub fn verify(&self, mac: &CodeMac, binding: Binding<'_>, code: &Code) -> bool {
        self.hmac(binding, code).verify_slice(&mac.0).is_ok()
    }

    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    fn hmac(&self, binding: Binding<'_>, code: &Code) -> Hmac<Sha256> {
        let mut hmac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        // No name is a prefix of another, ids have a fixed length, and no hash contains a zero: no two bindings give
        // the same bytes.
        hmac.update(binding.purpose.name().as_bytes());
        hmac.update(binding.id.as_bytes());
        hmac.update(binding.password_hash.as_bytes());
        hmac.update(&[0]);
        hmac.update(code.expose().as_bytes());
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

#[cfg(test)]
impl CodeSecret {
    /// Some secret.
    pub(super) fn for_tests() -> Self {
        Self(Zeroizing::new(b"0123456789abcdef0123456789abcdef".to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};

    use super::{super::CodeRules, *};

    fn parse(text: &str) -> Code {
        Code::parse(text, &CodeRules::for_tests()).unwrap()
    }

    fn secret() -> CodeSecret {
        CodeSecret::for_tests()
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
