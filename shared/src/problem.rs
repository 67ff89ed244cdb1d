//! Problems: every answer that is not a success (RFC 9457).
//!
//! What the methods hand out is for the client and safe to show. What went wrong on our side travels as
//! `source`, for the one log line, and never into an answer.

use std::{error::Error, time::Duration};

use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong on our side, for the log.
pub type Cause = Box<dyn Error + Send + Sync>;

/// How long a client should wait before it repeats a request that failed for no fault of its own.
const RETRY_LATER: Duration = Duration::from_secs(5);

/// A refusal or a failure, as the client gets it.
#[derive(Debug)]
pub enum Problem {
    /// The body is not JSON, or not an object.
    MalformedJson,
    /// Credentials are missing, malformed, unknown or wrong: one answer for all.
    Unauthorized,
    /// The credentials are right, but the account is not active.
    NotActivated,
    /// An active account has this address.
    AlreadyRegistered,
    /// The credentials are right, but the account is already active.
    AlreadyActivated,
    /// There is no live code: too old, attempts used up, or replaced.
    CodeExpired,
    /// The body is larger than the service reads.
    BodyTooLarge,
    /// The body has another type than JSON.
    UnsupportedMediaType,
    /// The body has the wrong shape or values: all that is wrong with it.
    InvalidInput(Vec<InvalidMember>),
    /// The code is wrong.
    CodeIncorrect {
        /// How many attempts this code still allows; `None` when attempts are not limited.
        attempts_left: Option<u32>,
    },
    /// The address had a code too recently, or too many in the last 24 hours.
    TooManyCodes {
        /// How long it takes until another code may be sent.
        retry_after: Duration,
    },
    /// The source IP has registered too often in this hour.
    TooManyRequests {
        /// How long it takes until it may register again.
        retry_after: Duration,
    },
    /// Too many wrong passwords were given for this address.
    TooManyAttempts {
        /// How long it takes until a password may be tried again.
        retry_after: Duration,
    },
    /// A fault of ours.
    Internal(Cause),
    /// The mail provider refused or failed.
    MailUnavailable {
        /// How long it takes until the request may be repeated.
        retry_after: Duration,
    },
    /// DynamoDB is throttled or out of reach.
    Unavailable(Cause),
}

/// One thing that is wrong with a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InvalidMember {
    /// Where: a JSON Pointer as a URI fragment (RFC 6901, 6).
    #[schema(examples("#/email"))]
    pub pointer: String,
    /// What it must be.
    #[schema(examples("must have the form name@domain"))]
    pub detail: String,
}

impl Problem {
    /// The last part of the problem's `type`, and the outcome in the log.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        match self {
            Self::MalformedJson => "malformed-json",
            Self::Unauthorized => "unauthorized",
            Self::NotActivated => "not-activated",
            Self::AlreadyRegistered => "already-registered",
            Self::AlreadyActivated => "already-activated",
            Self::CodeExpired => "code-expired",
            Self::BodyTooLarge => "body-too-large",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::InvalidInput(_) => "invalid-input",
            Self::CodeIncorrect { .. } => "code-incorrect",
            Self::TooManyCodes { .. } => "too-many-codes",
            Self::TooManyRequests { .. } => "too-many-requests",
            Self::TooManyAttempts { .. } => "too-many-attempts",
            Self::Internal(_) => "internal",
            Self::MailUnavailable { .. } => "mail-unavailable",
            Self::Unavailable(_) => "unavailable",
        }
    }

    /// The HTTP status (RFC 9110, 15).
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::MalformedJson => 400,
            Self::Unauthorized => 401,
            Self::NotActivated => 403,
            Self::AlreadyRegistered | Self::AlreadyActivated => 409,
            Self::CodeExpired => 410,
            Self::BodyTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::InvalidInput(_) | Self::CodeIncorrect { .. } => 422,
            Self::TooManyCodes { .. } | Self::TooManyRequests { .. } | Self::TooManyAttempts { .. } => 429,
            Self::Internal(_) => 500,
            Self::MailUnavailable { .. } | Self::Unavailable(_) => 503,
        }
    }

    /// The kind of problem in a few words, the same for every occurrence.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::MalformedJson => "The body is not a JSON object",
            Self::Unauthorized => "The credentials are missing or wrong",
            Self::NotActivated => "The account is not active",
            Self::AlreadyRegistered => "The address is already registered",
            Self::AlreadyActivated => "The account is already active",
            Self::CodeExpired => "There is no live code",
            Self::BodyTooLarge => "The body is too large",
            Self::UnsupportedMediaType => "The body is not application/json",
            Self::InvalidInput(_) => "The input is not valid",
            Self::CodeIncorrect { .. } => "The code is wrong",
            Self::TooManyCodes { .. } => "Too many codes for this address",
            Self::TooManyRequests { .. } => "Too many registrations from here",
            Self::TooManyAttempts { .. } => "Too many wrong passwords",
            Self::Internal(_) => "Something went wrong here",
            Self::MailUnavailable { .. } => "The mail could not be sent",
            Self::Unavailable(_) => "The service is busy",
        }
    }

    /// What this occurrence means to the client, and what to do about it.
    #[must_use]
    pub fn detail(&self) -> &'static str {
        match self {
            Self::MalformedJson => "Send one JSON object in UTF-8.",
            Self::Unauthorized => {
                "Send the e-mail address and the password of the registration with HTTP Basic."
            }
            Self::NotActivated => "Activate the account first: send the code from the mail to /api/activate.",
            Self::AlreadyRegistered => {
                "An active account has this address. Use it, or register another address."
            }
            Self::AlreadyActivated => "There is nothing left to do: the account can be used.",
            Self::CodeExpired => {
                "The code is too old, its attempts are used up, or a newer one replaced it. \
                 Ask /api/send-code for another."
            }
            Self::BodyTooLarge => "Send at most 4 KiB.",
            Self::UnsupportedMediaType => "Send the body with Content-Type: application/json.",
            Self::InvalidInput(_) => "See \"errors\" for each member that is wrong.",
            Self::CodeIncorrect { .. } => "Compare the code with the newest mail. See \"attempts_left\".",
            Self::TooManyCodes { .. } | Self::TooManyRequests { .. } => {
                "Wait as long as Retry-After says, then ask again."
            }
            Self::TooManyAttempts { .. } => {
                "Wait as long as Retry-After says, then try again with the right password."
            }
            Self::Internal(_) => "The failure was recorded. Repeat the request, or tell us the request_id.",
            Self::MailUnavailable { .. } => "Repeat the request after the time in Retry-After.",
            Self::Unavailable(_) => "Nothing was lost. Repeat the request after the time in Retry-After.",
        }
    }

    /// How long to wait before the request is worth repeating, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyCodes { retry_after }
            | Self::TooManyRequests { retry_after }
            | Self::TooManyAttempts { retry_after }
            | Self::MailUnavailable { retry_after } => Some(*retry_after),
            Self::Unavailable(_) => Some(RETRY_LATER),
            _ => None,
        }
    }

    /// A fault of ours, with its cause for the log.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }
}
