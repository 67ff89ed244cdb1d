//! The problems as a reader of the API reference meets them: each with an example, when it comes, and what to do.
//!
//! Pages and reference are made of [`Problem::examples`], so a problem that is not in it would be in neither.

use std::time::Duration;

use crate::problem::{InvalidMember, Problem};

impl Problem {
    /// One example of each problem there is, by status.
    #[must_use]
    pub fn examples() -> [Self; 16] {
        let invalid = InvalidMember {
            pointer: "#/password".to_owned(),
            detail: "must have at least 8 characters".to_owned(),
        };
        let (pause, window) = (Duration::from_secs(17), Duration::from_mins(8));
        let later = Duration::from_secs(5);
        [
            Self::MalformedJson,
            Self::Unauthorized,
            Self::NotActivated,
            Self::AlreadyRegistered,
            Self::AlreadyActivated,
            Self::CodeExpired,
            Self::BodyTooLarge,
            Self::UnsupportedMediaType,
            Self::InvalidInput(vec![invalid]),
            Self::CodeIncorrect { attempts_left: Some(2) },
            Self::TooManyCodes { retry_after: pause },
            Self::TooManyRequests { retry_after: window },
            Self::TooManyAttempts { retry_after: window },
            Self::internal("an example"),
            Self::MailUnavailable { retry_after: later },
            Self::Unavailable("an example".into()),
        ]
    }

    /// When a client gets this problem.
    #[must_use]
    pub fn meaning(&self) -> &'static str {
        match self {
            Self::MalformedJson => "The body could not be read as JSON, or it is JSON but not an object.",
            Self::Unauthorized => {
                "The Authorization header is missing or malformed, nobody registered the address, or the password \
                 is wrong. Which of these it is, the service tells nobody. A registration that was not activated \
                 within its time (24 hours by default) is gone, and its credentials are unknown too."
            }
            Self::NotActivated => {
                "The address and the password are right, but the route is for active accounts and this one still \
                 waits for its code."
            }
            Self::AlreadyRegistered => {
                "An active account has this address. An address that waits for its activation can be registered \
                 again, an active one cannot."
            }
            Self::AlreadyActivated => {
                "The address and the password are right, and the account is active already: there is no code to \
                 send or to enter."
            }
            Self::CodeExpired => {
                "The registration has no code that could be right: it is too old (one minute by default), its attempts \
                 are used up, or none was mailed. A newer code makes the older one expire at once."
            }
            Self::BodyTooLarge => "The body has more than 4096 bytes.",
            Self::UnsupportedMediaType => {
                "The request has a Content-Type, and it is not application/json. A request without a Content-Type \
                 is taken as JSON."
            }
            Self::InvalidInput(_) => {
                "The body is a JSON object, but a member is missing, is not known, or breaks a rule. \
                 Each entry of errors says where, as a JSON Pointer, and what it must be; all of them come at once."
            }
            Self::CodeIncorrect { .. } => {
                "The code is not the one that was mailed last. The attempt counts: attempts_left says how many are left."
            }
            Self::TooManyCodes { .. } => {
                "The address was mailed a code a moment ago, or as many as it gets within 24 hours. Registering \
                 again mails a code too, and so the same limits apply to it."
            }
            Self::TooManyRequests { .. } => {
                "Your network has registered as often as it may within an hour: one IPv4 address, or one /64 network \
                 of IPv6 addresses, 60 times by default. Refused registrations count too."
            }
            Self::TooManyAttempts { .. } => {
                "So many wrong passwords were given for this address that none is read for a while. Not even the \
                 right one is: the answer says nothing about the password that was sent."
            }
            Self::Internal(_) => {
                "Something failed that you could not have avoided. The cause is in the service's log, under \
                 the request_id."
            }
            Self::MailUnavailable { .. } => {
                "The mail provider refused the mail or did not answer. What was surely not sent does not count \
                 against the limits on codes."
            }
            Self::Unavailable(_) => {
                "The database is busy or out of reach, or too many requests wanted to change the same account."
            }
        }
    }

    /// What a client does about this problem.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::MalformedJson => "Mend the request: send one JSON object, in UTF-8.",
            Self::Unauthorized => {
                "Ask the person for address and password, and send both with HTTP Basic. Whoever has forgotten the \
                 password of an account that is not active can register the address again."
            }
            Self::NotActivated => {
                "Ask for the code from the mail and send it to /api/activate. If it is too old, ask /api/send-code \
                 for another."
            }
            Self::AlreadyRegistered => "Sign in with this address, or register another one.",
            Self::AlreadyActivated => "Go on: /api/me answers now.",
            Self::CodeExpired => "Ask /api/send-code for another code, and enter that one.",
            Self::BodyTooLarge => "Mend the request: nothing that the service reads comes near this size.",
            Self::UnsupportedMediaType => "Send the body as JSON, with Content-Type: application/json.",
            Self::InvalidInput(_) => {
                "Show each entry's detail at the field that its pointer names, and send the request again when the \
                 person has changed the input."
            }
            Self::CodeIncorrect { .. } => {
                "Let the person compare the code with the newest mail and try again. With no attempts left, ask \
                 /api/send-code for another code."
            }
            Self::TooManyCodes { .. } => {
                "Wait for as many seconds as Retry-After says. A code that was mailed before can still be entered."
            }
            Self::TooManyRequests { .. } => "Wait for as many seconds as Retry-After says.",
            Self::TooManyAttempts { .. } => {
                "Wait for as many seconds as Retry-After says, and make sure that no program of yours goes on with \
                 an old password."
            }
            Self::Internal(_) => {
                "Repeat the request once. If it fails again, tell whoever runs the service the request_id."
            }
            Self::MailUnavailable { .. } | Self::Unavailable(_) => {
                "Repeat the request after as many seconds as Retry-After says."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new problem does not compile here until it has a place, and has no place until it is among the examples.
    fn place(problem: &Problem) -> usize {
        match problem {
            Problem::MalformedJson => 0,
            Problem::Unauthorized => 1,
            Problem::NotActivated => 2,
            Problem::AlreadyRegistered => 3,
            Problem::AlreadyActivated => 4,
            Problem::CodeExpired => 5,
            Problem::BodyTooLarge => 6,
            Problem::UnsupportedMediaType => 7,
            Problem::InvalidInput(_) => 8,
            Problem::CodeIncorrect { .. } => 9,
            Problem::TooManyCodes { .. } => 10,
            Problem::TooManyRequests { .. } => 11,
            Problem::TooManyAttempts { .. } => 12,
            Problem::Internal(_) => 13,
            Problem::MailUnavailable { .. } => 14,
            Problem::Unavailable(_) => 15,
        }
    }

    #[test]
    fn every_problem_is_among_the_examples() {
        let places = Problem::examples().iter().map(place).collect::<Vec<_>>();
        assert_eq!(places, (0..places.len()).collect::<Vec<_>>());
    }
}
