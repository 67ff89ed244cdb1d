//! The cause of a failure in the log: the error with its sources, in one line, without addresses.
//!
//! `Debug` is never used, because it may show whole items and requests.

use std::error::Error;

use crate::email_address;

/// An error and its sources in one line.
pub(super) fn with_sources(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let shown = error.to_string();
        // The SDK's errors repeat their sources.
        if !text.ends_with(&shown) {
            text.push_str(": ");
            text.push_str(&shown);
        }
        source = error.source();
    }
    mask_addresses(&text)
}

/// The text with every e-mail address in it masked: SES quotes addresses in its messages. Words end at characters that
/// no address has, which leaves the apostrophe out: `o'brien@example.com` is one.
fn mask_addresses(text: &str) -> String {
    let part = |c: char| c.is_whitespace() || "<>()[],;:\"".contains(c);
    let mut masked = String::with_capacity(text.len());
    for piece in text.split_inclusive(part) {
        let word = piece.trim_end_matches(part);
        let rest = &piece[word.len()..];
        if word.contains('@') {
            masked.push_str(&email_address::mask(word));
        } else {
            masked.push_str(word);
        }
        masked.push_str(rest);
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_appears_once() {
        use aws_sdk_sesv2::{operation::send_email::SendEmailError, types::error::MessageRejected};
        let rejected = MessageRejected::builder().message("not verified").build();
        let error = SendEmailError::MessageRejected(rejected);
        assert_eq!(with_sources(&error), "MessageRejected: not verified");
    }

    #[test]
    fn addresses_in_a_cause_are_masked() {
        for (text, masked) in [
            (
                "not verified in X: ada@example.com, <bob@example.org>",
                "not verified in X: a***@example.com, <b***@example.org>",
            ),
            ("refused ada.lovelace'xyz@example.com;", "refused a***@example.com;"),
            ("refused 'ada@example.com'", "refused '***@example.com'"),
            ("to=\"a!#$%&'*+/=?^_`{|}~-@example.com\"", "to=\"a***@example.com\""),
        ] {
            assert_eq!(mask_addresses(text), masked);
        }
    }
}
