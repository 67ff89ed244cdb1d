//! Password hashes: bcrypt, off the async threads, one per request.
//!
//! Whoever checks a password of an address that nobody registered verifies [`PasswordHash::dummy`] instead, so
//! both take one bcrypt of the configured cost.

use std::fmt;

use zeroize::Zeroizing;

use crate::password::Password;

/// A bcrypt hash in the modular crypt format, `$2b$` when made here. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes a password with a random `salt` at `cost`: 2^cost rounds, 4 to 16.
    pub async fn of(password: &Password, cost: u32, salt: [u8; 16]) -> Result<Self, HashError> {
        let input = password.to_bcrypt_input();
        run_blocking(move || {
            let hash = bcrypt::hash_with_salt(&*input, cost, salt).map_err(HashError::Bcrypt)?;
            Ok(Self(hash.format_for_version(bcrypt::Version::TwoB)))
        })
        .await
    }

    /// A hash at `cost` that no password is known to match.
    pub fn dummy(cost: u32) -> Self {
        Self(format!("$2b${cost:02}$abcdefghijklmnopqrstuuNobodyKnowsThePasswordOfThisOne"))
    }

    /// Takes a hash as it was stored; `$2a$`, `$2b$`, `$2x$` and `$2y$` of any cost verify.
    pub fn from_stored(hash: String) -> Self {
        Self(hash)
    }

    /// The cost that it was made with, if it is in the format of bcrypt.
    pub fn cost(&self) -> Option<u32> {
        self.0.split('$').nth(2)?.parse().ok()
    }

    /// The text to store.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether this is the hash of `password`. Takes one bcrypt of the hash's own cost.
    pub async fn verify(&self, password: &Password) -> Result<bool, HashError> {
        let (hash, input) = (Zeroizing::new(self.0.clone()), password.to_bcrypt_input());
        run_blocking(move || bcrypt::verify(&*input, &hash).map_err(HashError::Bcrypt)).await
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Runs `work`, which takes a quarter of a second, where it holds up no other request.
async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
) -> Result<T, HashError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| HashError::Thread)?
}

/// Why there is no hash or no verdict. Says nothing of the password or the hash.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// bcrypt refused its input: the stored hash is damaged.
    // Whatever the crate's own text says, now or in its next version, it is about a hash: it is no source.
    #[error("bcrypt refused its input")]
    Bcrypt(bcrypt::BcryptError),
    /// The thread that hashes panicked or was cancelled.
    #[error("the thread that hashes did not finish")]
    Thread,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    async fn hash(text: &str) -> PasswordHash {
        PasswordHash::of(&password(text), 4, rand::random()).await.unwrap()
    }

    #[tokio::test]
    async fn a_hash_verifies_its_password_and_no_other() {
        let hash = hash("correct horse").await;
        assert!(hash.expose().starts_with("$2b$04$"));
        assert!(hash.verify(&password("correct horse")).await.unwrap());
        assert!(!hash.verify(&password("correct horse ")).await.unwrap());
    }

    #[tokio::test]
    async fn every_byte_of_a_long_password_counts() {
        let hash = hash(&"a".repeat(200)).await;
        assert!(hash.verify(&password(&"a".repeat(200))).await.unwrap());
        assert!(!hash.verify(&password(&"a".repeat(199))).await.unwrap());
        assert!(!hash.verify(&password(&("a".repeat(199) + "b"))).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_from_elsewhere_verifies_whatever_its_cost() {
        // From the test vectors of Solar Designer's crypt_blowfish.
        let stored = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        assert!(PasswordHash::from_stored(stored.to_owned()).verify(&password("U*U")).await.unwrap());
    }

    #[tokio::test]
    async fn the_hash_dummy_is_well_formed_and_matches_nothing() {
        let dummy = PasswordHash::dummy(4);
        assert_eq!(dummy.expose().len(), 60);
        assert!(!dummy.verify(&password("correct horse")).await.unwrap());
    }

    #[tokio::test]
    async fn a_damaged_hash_is_an_error_that_shows_nothing() {
        let error = PasswordHash::from_stored("$2b$04$short".to_owned());
        let error = error.verify(&password("correct horse")).await.unwrap_err();
        assert_eq!(error.to_string(), "bcrypt refused its input");
    }
}
