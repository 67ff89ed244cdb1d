//! Webhook signatures: HMAC-SHA-256, according to the Standard Webhooks specification 1.0.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The key that sender and receiver share. `Debug` does not show it.
#[derive(Clone)]
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

impl WebhookSecret {
    /// Parses 24 to 64 bytes in base64, with or without `whsec_`.
    pub fn parse(text: &str) -> Option<Self> {
        let key = BASE64_STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).ok()?;
        let key = Zeroizing::new(key);
        (24..=64).contains(&key.len()).then_some(Self(key))
    }

    /// The value of `webhook-signature` for a body sent with this id at this second of the Unix time.
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    pub(super) fn sign(&self, id: Uuid, timestamp: i64, body: &[u8]) -> String {
        let mut hmac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        hmac.update(format!("{id}.{timestamp}.").as_bytes());
        hmac.update(body);
        format!("v1,{}", BASE64_STANDARD.encode(hmac.finalize().into_bytes()))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_24_to_64_bytes_in_base64() {
        for (length, allowed) in [(23, false), (24, true), (64, true), (65, false)] {
            let text = BASE64_STANDARD.encode(vec![0xa5; length]);
            assert_eq!(WebhookSecret::parse(&text).is_some(), allowed, "{length}");
            assert_eq!(WebhookSecret::parse(&format!("whsec_{text}")).is_some(), allowed, "{length}");
        }
        for text in ["", "whsec_", "not base64 but long enough to be a secret", "whsec_whsec_"] {
            assert!(WebhookSecret::parse(text).is_none(), "{text}");
        }
    }

    /// The expected signatures were made by the `standardwebhooks` package for Python.
    #[test]
    fn a_signature_is_the_one_that_others_make() {
        let id = Uuid::from_u128(1);
        let secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        for secret in [secret.to_owned(), format!("whsec_{secret}")] {
            let secret = WebhookSecret::parse(&secret).unwrap();
            let signature = secret.sign(id, 1_767_323_045, br#"{"test": "2432232314"}"#);
            assert_eq!(signature, "v1,wJjyRrwPxLPWYLRr4mVcZlBDPaiG3iA5VjFu0DBRvOk=");
        }
    }

    #[test]
    fn debug_does_not_show_the_secret() {
        let secret = WebhookSecret::parse(&BASE64_STANDARD.encode([0xa5; 24])).unwrap();
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
    }
}
