//! Breached passwords, looked up in Have I Been Pwned's range API.
//!
//! Only five of the forty digits of a password's SHA-1 leave the service, and a thousand and more breached passwords
//! share them; the rest is compared here. An eavesdropper sees no more, because the answers are padded. A lookup may
//! take a second in all: one that fails is logged for the operator and refuses nobody.

use std::time::Duration;

use aws_smithy_runtime_api::client::{orchestrator::HttpRequest, result::ConnectorError};
use http_body_util::{BodyExt, Limited};
use lambda_http::http::{Request, StatusCode, header::USER_AGENT};

use crate::{
    http_client::{self, AGENT, HttpsUrl},
    password::Password,
    problem::BoxError,
};

/// The API (<https://haveibeenpwned.com/API/v3#SearchingPwnedPasswordsByRange>).
pub(crate) const RANGE_API: &str = "https://api.pwnedpasswords.com/range";

/// How many digits of a SHA-1 are sent.
const SENT: usize = 5;

/// How many digits are in the answer.
const COMPARED: usize = 35;

/// From the connection to the end of the answer.
const TIME_LIMIT: Duration = Duration::from_secs(1);

/// A padded answer has some 40 KB.
const MAX_ANSWER: usize = 256 * 1024;

/// The set of breached passwords, wherever it is looked up.
pub(crate) struct BreachedPasswords(HttpsUrl);

impl BreachedPasswords {
    pub(crate) fn at(url: HttpsUrl) -> Self {
        Self(url)
    }

    /// Whether a password is one of them.
    pub(crate) async fn contain(&self, password: &Password) -> Result<bool, RangeError> {
        let asking = tokio::time::timeout(TIME_LIMIT, self.ask(password));
        asking.await.unwrap_or(Err(RangeError::TimedOut))
    }

    async fn ask(&self, password: &Password) -> Result<bool, RangeError> {
        let digits = password.to_sha1();
        let (sent, compared) = digits.split_at(SENT);
        let url = self.0.uri().to_string();
        let request = Request::get(format!("{}/{sent}", url.trim_end_matches('/')))
            .header(USER_AGENT, AGENT)
            .header("Add-Padding", "true")
            .body("".into());
        let request = request.map_err(|error| RangeError::NotMade(error.into()))?;
        let request = HttpRequest::try_from(request).map_err(|error| RangeError::NotMade(error.into()))?;
        let answer = http_client::send(request).await.map_err(RangeError::OutOfReach)?;
        if answer.status().as_u16() != StatusCode::OK {
            return Err(RangeError::Answered(answer.status().as_u16()));
        }
        let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
        let body = body.map_err(RangeError::Cut)?.to_bytes();
        let range = std::str::from_utf8(&body).ok();
        range.and_then(|range| has(range, compared)).ok_or(RangeError::NoRange)
    }
}

/// Whether these digits are in a range: lines of digits and of how often the password was seen, which is 0 in padding.
/// `None` if the text is not a range.
fn has(range: &str, wanted: &str) -> Option<bool> {
    let mut found = false;
    for line in range.lines() {
        let (digits, seen) = line.split_once(':')?;
        if digits.len() != COMPARED || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        found |= seen.parse::<u64>().ok()? > 0 && digits.eq_ignore_ascii_case(wanted);
    }
    // No range is empty.
    (!range.is_empty()).then_some(found)
}

/// Why a lookup failed. `Display` is for the log, and shows nothing of the password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RangeError {
    /// The request could not be built.
    #[error("the request to the range API could not be made")]
    NotMade(#[source] BoxError),
    /// There was no answer: DNS, TCP, TLS, or the connection was closed.
    #[error("the range API is out of reach: check BREACHED_PASSWORDS and its certificate")]
    OutOfReach(#[source] ConnectorError),
    /// The answer was not complete in time.
    #[error("the range API did not answer within {} s", TIME_LIMIT.as_secs())]
    TimedOut,
    /// The answer was not 200.
    #[error("the range API answered {_0}")]
    Answered(u16),
    /// The answer ended too early, or was too long.
    #[error("the answer of the range API was not complete")]
    Cut(#[source] BoxError),
    /// The answer was not a range.
    #[error("the answer of the range API is not a range")]
    NoRange,
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: &str = "0018A45C4D1DEF81644B54AB7F969B88D65";
    const OTHER: &str = "00D4F6E8FA6EECAD2A3AA415EEC418D38EC";

    #[test]
    fn a_range_has_what_was_seen_at_least_once() {
        for (range, expected) in [
            (format!("{OTHER}:2\r\n{WANTED}:1\r\n"), Some(true)),
            (format!("{WANTED}:12345678901"), Some(true)),
            (format!("{}:7\n", WANTED.to_lowercase()), Some(true)),
            (format!("{OTHER}:2\r\n"), Some(false)),
            // Padding.
            (format!("{WANTED}:0\r\n{OTHER}:2"), Some(false)),
        ] {
            assert_eq!(has(&range, WANTED), expected, "{range}");
        }
    }

    #[test]
    fn a_malformed_range_is_no_answer() {
        let ranges = ["", "\n", "<html>", "{}", "error:1", WANTED, &format!("{WANTED}:")];
        let more = ["-1", "1.5", "many"].map(|seen| format!("{WANTED}:{seen}"));
        let longer = [format!("A{WANTED}:1"), format!("{}:1", &WANTED[1..]), format!("{}Ü:1", &WANTED[2..])];
        let mixed = [format!("{WANTED}:1\r\n\r\n{OTHER}:2"), format!("{WANTED}:1\r\nnonsense")];
        let all = ranges.into_iter().chain(more.iter().chain(&longer).chain(&mixed).map(String::as_str));
        for range in all {
            assert_eq!(has(range, WANTED), None, "{range}");
        }
    }
}
