//! Password hashes: bcrypt, off the async threads, one per request.
//!
//! For an address that nobody registered, [`PasswordHash::dummy`] is verified instead, so both cases take one bcrypt of
//! the configured cost.
//!
//! A hash made here is `$2b$`. One from another system is stored as `$2y$`, which is the same algorithm: there, bcrypt
//! got the password as it is and read 72 bytes of it, and so it does here, until the next right password.

use std::{fmt, ops::RangeInclusive};

use zeroize::Zeroizing;

use crate::password::Password;

/// The prefix of hashes made here.
const OWN: &str = "$2b$";

/// The allowed cost of hashes from other systems: a request must have time for them.
const FOREIGN_COSTS: RangeInclusive<u32> = 4..=16;

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

    /// Parses a hash as it was stored; `$2a$`, `$2b$`, `$2x$` and `$2y$` of any cost verify.
    pub fn from_stored(hash: String) -> Self {
        Self(hash)
    }

    /// Parses a hash that another system made: `$2a$`, `$2b$` or `$2y$`.
    pub fn parse_foreign(text: &str) -> Result<Self, InvalidHash> {
        let rest = ["$2a$", "$2b$", "$2y$"].iter().find_map(|version| text.strip_prefix(version));
        let rest = rest.ok_or(InvalidHash::NotBcrypt)?;
        text.parse::<bcrypt::HashParts>().map_err(|_| InvalidHash::NotBcrypt)?;
        let hash = Self(format!("$2y${rest}"));
        match hash.cost() {
            Some(cost) if FOREIGN_COSTS.contains(&cost) => Ok(hash),
            _ => Err(InvalidHash::Cost),
        }
    }

    /// Parses a hash from an export of this service.
    pub fn parse_own(text: &str) -> Result<Self, InvalidHash> {
        let foreign = Self::parse_foreign(text)?;
        Ok(if text.starts_with(OWN) { Self(text.to_owned()) } else { foreign })
    }

    /// Whether it was made here, at this cost.
    pub fn is_own_at(&self, cost: u32) -> bool {
        self.0.starts_with(OWN) && self.cost() == Some(cost)
    }

    /// The cost that it was made with, if it is in the format of bcrypt.
    fn cost(&self) -> Option<u32> {
        self.0.split('$').nth(2)?.parse().ok()
    }

    /// The text to store.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether this is the hash of `password`. Takes one bcrypt of the hash's own cost.
    pub async fn verify(&self, password: &Password) -> Result<bool, HashError> {
        self.verify_in_time_of(password, 0).await
    }

    /// The same in the time of a hash of `cost`, if its own is lower: the response time reveals nothing about the hash.
    pub async fn verify_in_time_of(&self, password: &Password, cost: u32) -> Result<bool, HashError> {
        let input =
            if self.0.starts_with(OWN) { password.to_bcrypt_input() } else { password.to_truncated() };
        let (hash, own_cost) = (Zeroizing::new(self.0.clone()), self.cost());
        run_blocking(move || {
            // 2^own rounds, and 2^own + 2^(own + 1) + … to 2^cost in all.
            for cost in own_cost.unwrap_or(cost)..cost {
                bcrypt::hash_with_salt(&*input, cost, [0; 16]).map_err(HashError::Bcrypt)?;
            }
            bcrypt::verify(&*input, &hash).map_err(HashError::Bcrypt)
        })
        .await
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Runs `work`, which takes a quarter of a second, where it blocks no other request.
async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
) -> Result<T, HashError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| HashError::Thread)?
}

/// Why a text is not a hash that another system made. Shows nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHash {
    /// It is not in the format of bcrypt.
    #[error("must be a bcrypt hash: $2a$, $2b$ or $2y$")]
    NotBcrypt,
    /// Its cost is too low or too high.
    #[error("must have a bcrypt cost of 4 to 16")]
    Cost,
}

/// Why hashing or verifying failed. Shows nothing of the password or the hash.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// bcrypt refused its input: the stored hash is damaged.
    // The crate's error is not the source, because its text, now or in a later version, may show a hash.
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
    async fn an_imported_hash_verifies_at_any_cost() {
        // From the test vectors of Solar Designer's crypt_blowfish.
        let stored = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        assert!(PasswordHash::from_stored(stored.to_owned()).verify(&password("U*U")).await.unwrap());
    }

    #[tokio::test]
    async fn an_imported_hash_covers_72_bytes_and_an_own_one_covers_all() {
        // Made by Python's bcrypt 4.3 from a hundred times "a", at cost 4.
        let foreign = bcrypt::hash_with_salt("a".repeat(72), 4, [7; 16]).unwrap();
        for version in [bcrypt::Version::TwoA, bcrypt::Version::TwoB, bcrypt::Version::TwoY] {
            let hash = PasswordHash::parse_foreign(&foreign.format_for_version(version)).unwrap();
            assert!(hash.expose().starts_with("$2y$04$"));
            assert!(hash.verify(&password(&"a".repeat(100))).await.unwrap());
            assert!(hash.verify(&password(&"a".repeat(72))).await.unwrap());
            assert!(!hash.verify(&password(&"a".repeat(71))).await.unwrap());
            assert!(!hash.is_own_at(4));
        }
        let own = hash(&"a".repeat(100)).await;
        assert_eq!(PasswordHash::parse_own(own.expose()), Ok(own.clone()));
        assert!(own.is_own_at(4) && !own.is_own_at(5));
        assert!(!own.verify(&password(&"a".repeat(72))).await.unwrap());
    }

    #[test]
    fn only_bcrypt_hashes_of_a_cost_from_4_to_16_are_accepted() {
        let rest = "abcdefghijklmnopqrstuuNobodyKnowsThePasswordOfThisOne";
        let taken = |start: &str| PasswordHash::parse_foreign(&format!("{start}{rest}")).map(|_| ());
        assert_eq!([taken("$2a$04$"), taken("$2b$12$"), taken("$2y$16$")], [Ok(()); 3]);
        assert_eq!([taken("$2b$03$"), taken("$2b$17$")], [Err(InvalidHash::Cost); 2]);
        for start in ["$2x$12$", "$2$12$", "$1$", "", "$2b$12", "$2b$xx$", " $2b$12$", "$2b$12$a"] {
            assert_eq!(taken(start), Err(InvalidHash::NotBcrypt), "{start}");
        }
    }

    #[tokio::test]
    async fn a_hash_of_a_lower_cost_takes_as_long_as_a_current_one() {
        let quick = PasswordHash::parse_foreign(PasswordHash::dummy(4).expose()).unwrap();
        let time = async |hash: &PasswordHash, cost| {
            let start = std::time::Instant::now();
            assert!(!hash.verify_in_time_of(&password("correct horse"), cost).await.unwrap());
            start.elapsed()
        };
        // Without it, the other takes 256 times as many rounds.
        let (mut padded, mut today) = (time(&quick, 12).await, time(&PasswordHash::dummy(12), 12).await);
        for _ in 0..3 {
            padded = padded.min(time(&quick, 12).await);
            today = today.min(time(&PasswordHash::dummy(12), 12).await);
        }
        assert!(padded > today / 4, "{padded:?}, {today:?}");
    }

    #[tokio::test]
    async fn the_dummy_hash_is_well_formed_and_matches_nothing() {
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
