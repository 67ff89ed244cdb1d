//! The passwords that guessers try first: common words and names, however decorated, and the patterns of keyboards.
//!
//! A public list of common passwords is out of date the day it is published, but its entries are of a few kinds, and
//! the kinds stay. So the list here is one of words (see `NOTICE`), and the code knows what people do with them. A text
//! is common if it is a word with little around it, or if it takes some 4 million guesses by the rough sum of
//! `guesses.rs`: few enough for a guesser with stolen hashes, and so few that hardly any random text is one of them.
//!
//! The crate `zxcvbn` estimates the same more finely, but its 0.8 MB of word lists are English only, it reads `пароль`
//! as random letters, and it keeps copies of the password that are not zeroed.

mod fold;
mod guesses;
mod list;
mod patterns;

/// No public list of common passwords has a longer one. It bounds the work, too.
const MAX_LENGTH: usize = 40;

/// Whether a password, which must be in NFC and in lower case, is one of the common ones.
pub(crate) fn contain(password: &str) -> bool {
    if password.chars().count() > MAX_LENGTH {
        return false;
    }
    let keys = fold::to_keys(password);
    if keys.is_ascii() {
        return guesses::are_few(keys.as_bytes());
    }
    let letters = fold::to_plain_letters(&keys);
    letters.is_ascii() && guesses::are_of_one_word(letters.as_bytes())
}

#[cfg(test)]
mod tests;
