//! The passwords that guessers try first: common words and names, however decorated, and the patterns of keyboards.
//!
//! A public list of common passwords is soon out of date, but its entries are of a few kinds that stay the same. So the
//! list here is one of words (see `NOTICE`), and the code knows how people decorate them. A text is common if it is a
//! word with little around it, or if it takes at most some 4 million guesses by the estimate of `guesses.rs`: few
//! enough for a guesser with stolen hashes, and so few that hardly any random text qualifies.
//!
//! The crate `zxcvbn` makes a finer estimate, but its 0.8 MB of word lists are English only, it reads `пароль` as
//! random letters, and it keeps copies of the password that are not zeroed.

mod fold;
mod guesses;
mod list;
mod patterns;

/// No public list of common passwords has a longer entry. It also bounds the work.
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
