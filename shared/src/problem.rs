//! Problems: every answer that is not a success (RFC 9457).
//!
//! Everything about a problem is in one row of [`Problem::kind`]: its status, its texts, its page and its metric. The
//! texts are for clients and safe to show. The cause of an internal failure is a [`BoxError`], which goes into the log
//! line and never into an answer. A new problem is a variant, a row and an example; the crate does not compile without
//! all three.

use std::{error::Error, time::Duration};

use lambda_http::http::StatusCode;
use serde::Serialize;
use strum::EnumCount;
use utoipa::ToSchema;

use crate::telemetry::Metric;

/// The cause of an internal failure, for the log.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// How long a client should wait before it retries a request that failed through no fault of its own.
const RETRY_LATER: Duration = Duration::from_secs(5);

/// A refusal or a failure, as the client gets it.
#[derive(Debug, EnumCount)]
pub enum Problem {
    /// The body is not JSON, or not an object.
    MalformedJson,
    /// Credentials are missing, malformed, unknown or wrong: the same answer for all.
    Unauthorized,
    /// The credentials are right, but the account is not active.
    NotActivated,
    /// The credentials are right, but an operator disabled the account.
    AccountDisabled,
    /// The request did not come through the edge.
    DirectAccess,
    /// Another page made a browser send the request.
    CrossSiteRequest,
    /// An active or a disabled account has this address.
    AlreadyRegistered,
    /// The credentials are right, but the account is already active.
    AlreadyActivated,
    /// No code is valid: too old, attempts used up, or replaced.
    CodeExpired,
    /// The body is larger than the service reads.
    BodyTooLarge,
    /// The body does not say that it is JSON.
    UnsupportedMediaType,
    /// The body has the wrong shape or values: all its errors.
    InvalidInput(Vec<FieldError>),
    /// Mail does not reach the address.
    MailUndeliverable,
    /// The code is wrong.
    CodeIncorrect {
        /// How many attempts this code still allows; `None` when attempts are not limited.
        attempts_left: Option<u32>,
    },
    /// The address has a valid code, or had too many.
    TooManyCodes {
        /// How long until another code may be sent.
        retry_after: Duration,
    },
    /// The client has asked too often in this hour.
    TooManyRequests {
        /// How long until it may ask again.
        retry_after: Duration,
    },
    /// Too many wrong passwords were given for this address.
    TooManyAttempts {
        /// How long until a password may be tried again.
        retry_after: Duration,
    },
    /// An internal fault.
    Internal(BoxError),
    /// The mail provider refused or failed.
    MailUnavailable {
        /// How long until the request may be retried.
        retry_after: Duration,
    },
    /// DynamoDB is throttled or out of reach.
    Unavailable(BoxError),
}

/// One error of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where it is: a JSON Pointer as a URI fragment (RFC 6901, 6).
    #[schema(examples("#/email"))]
    pub pointer: String,
    /// What the value must be.
    #[schema(examples("must have the form name@domain"))]
    pub detail: String,
}

/// What every occurrence of a problem shares.
pub struct Kind {
    /// The last part of the problem's `type`, and the outcome in the log.
    pub slug: &'static str,
    /// The HTTP status (RFC 9110, 15).
    pub status: StatusCode,
    /// The problem in a few words.
    pub title: &'static str,
    /// What it means and what to do about it, in a sentence: for the answer.
    pub detail: &'static str,
    /// When a client gets it: for the problem's page.
    pub meaning: &'static str,
    /// What a client does about it: for the problem's page.
    pub remedy: &'static str,
    /// The metric that counts it.
    pub metric: Option<Metric>,
}

impl FieldError {
    /// The error of the member `name` of a body.
    pub fn at(name: &str, detail: &impl ToString) -> Self {
        Self { pointer: format!("#/{name}"), detail: detail.to_string() }
    }
}

impl Problem {
    /// Everything about this problem.
    #[expect(clippy::too_many_lines, reason = "a table: one row for each problem")]
    pub fn kind(&self) -> &'static Kind {
        match self {
            Self::MalformedJson => &Kind {
                slug: "malformed-json",
                status: StatusCode::BAD_REQUEST,
                title: "The body is not a JSON object",
                detail: "Send one JSON object in UTF-8.",
                meaning: "The body is empty, could not be read as JSON, or is JSON but not an object.",
                remedy: "Fix the request: send one JSON object, in UTF-8.",
                metric: None,
            },
            Self::Unauthorized => &Kind {
                slug: "unauthorized",
                status: StatusCode::UNAUTHORIZED,
                title: "The credentials are missing or wrong",
                detail: "Send the e-mail address and the password of the registration with HTTP Basic.",
                meaning: "The Authorization header is missing or malformed, nobody registered the address, or the \
                          password is wrong. The service does not say which. A registration that was not activated \
                          within its time (24 hours by default) is gone, and its credentials are unknown too.",
                remedy: "Ask the person for address and password, and send both with HTTP Basic. If the password is \
                         forgotten: /api/forgot-password mails a code for a new one if the account is active, and \
                         otherwise the address can be registered again.",
                metric: Some(Metric::CredentialsRefused),
            },
            Self::NotActivated => &Kind {
                slug: "not-activated",
                status: StatusCode::FORBIDDEN,
                title: "The account is not active",
                detail: "Activate the account first: send the code from the mail to /api/activate.",
                meaning: "The address and the password are right, but the route is for active accounts and this one \
                          still waits for its code.",
                remedy: "Ask for the code from the mail and send it to /api/activate. If it is too old, ask \
                         /api/send-code for another.",
                metric: None,
            },
            Self::AccountDisabled => &Kind {
                slug: "account-disabled",
                status: StatusCode::FORBIDDEN,
                title: "The account is disabled",
                detail: "The operator of the service disabled the account. Contact them.",
                meaning: "The address and the password are right, but the operator of the service disabled \
                          the account. It can't be used, its password can't be reset, and its address can't \
                          be registered.",
                remedy: "Tell the person who to contact. A client can't enable the account again.",
                metric: None,
            },
            Self::DirectAccess => &Kind {
                slug: "direct-access",
                status: StatusCode::FORBIDDEN,
                title: "The request bypassed CloudFront",
                detail: "Send the request to the public address of the service.",
                meaning: "The service is behind CloudFront, which limits the requests of each network. This \
                          request went straight to the API.",
                remedy: "Send the request to the public address of the service, where its page is too.",
                metric: None,
            },
            Self::CrossSiteRequest => &Kind {
                slug: "cross-site-request",
                status: StatusCode::FORBIDDEN,
                title: "Another page made this request",
                detail: "Call the API with fetch from a page of an allowed origin, or from a program.",
                meaning: "The browser's Sec-Fetch-Mode header says that a form, a link, an image or a WebSocket \
                          made the request. A browser sends those without asking the service first, so any \
                          page could act in its visitor's name.",
                remedy: "Call the API with fetch, in its default mode, from a page of an origin that the service \
                         allows (CORS). Opening a URL of the API in a browser does not work.",
                metric: None,
            },
            Self::AlreadyRegistered => &Kind {
                slug: "already-registered",
                status: StatusCode::CONFLICT,
                title: "The address is already registered",
                detail: "An account has this address. Sign in, or register another address.",
                meaning: "The address belongs to an account that was activated, or that the operator of the \
                          service disabled. An address that is not activated yet can be registered again.",
                remedy: "Sign in with this address, or register another one.",
                metric: None,
            },
            Self::AlreadyActivated => &Kind {
                slug: "already-activated",
                status: StatusCode::CONFLICT,
                title: "The account is already active",
                detail: "There is nothing left to do: the account can be used.",
                meaning: "The address and the password are right, and the account is active already: there is no \
                          code to send or to enter.",
                remedy: "Continue: /api/me is available now.",
                metric: None,
            },
            Self::CodeExpired => &Kind {
                slug: "code-expired",
                status: StatusCode::GONE,
                title: "The code has expired",
                detail: "The code is too old, its attempts are used up, or a newer one replaced it. Ask for another.",
                meaning: "There is no valid code: it is too old (one minute by default, ten for a new \
                          password), its attempts are used up, or none was mailed. A newer code makes the \
                          older one expire at once.",
                remedy: "Ask /api/send-code for another code, or /api/forgot-password if it is for a new password, \
                         and enter that one.",
                metric: Some(Metric::CodesRefused),
            },
            Self::BodyTooLarge => &Kind {
                slug: "body-too-large",
                status: StatusCode::PAYLOAD_TOO_LARGE,
                title: "The body is too large",
                detail: "Send at most 4 KiB.",
                meaning: "The body has more than 4096 bytes.",
                remedy: "Fix the request: no route needs a body of this size.",
                metric: None,
            },
            Self::UnsupportedMediaType => &Kind {
                slug: "unsupported-media-type",
                status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
                title: "The body is not application/json",
                detail: "Send the body with Content-Type: application/json.",
                meaning: "The request has a body, but its Content-Type is missing or is not application/json. \
                          Without this rule any web page could send such a request in its visitor's name.",
                remedy: "Send the body as JSON, with Content-Type: application/json.",
                metric: None,
            },
            Self::InvalidInput(_) => &Kind {
                slug: "invalid-input",
                status: StatusCode::UNPROCESSABLE_ENTITY,
                title: "The input is not valid",
                detail: "See \"errors\" for each member that is wrong.",
                meaning: "The body is a JSON object, but a member is missing, unknown, repeated, or breaks \
                          a rule. Each entry of errors says where, as a JSON Pointer, and what it must be; \
                          all errors are reported at once.",
                remedy: "Show each entry's detail at the field that its pointer names, and send the request again \
                         when the person has changed the input.",
                metric: None,
            },
            Self::MailUndeliverable => &Kind {
                slug: "mail-undeliverable",
                status: StatusCode::UNPROCESSABLE_ENTITY,
                title: "Mail does not reach this address",
                detail: "A mail to it bounced, or was reported as spam. Use another address.",
                meaning: "A mail to the address bounced permanently, or was reported as spam, within the \
                          last 30 days: no code can reach it.",
                remedy: "Use another address. If this one is right, ask the operator of the service to \
                         unblock it.",
                metric: None,
            },
            Self::CodeIncorrect { .. } => &Kind {
                slug: "code-incorrect",
                status: StatusCode::UNPROCESSABLE_ENTITY,
                title: "The code is incorrect",
                detail: "Compare the code with the newest mail. See \"attempts_left\".",
                meaning: "The code is not the one that was mailed last. The attempt counts: attempts_left says how \
                          many are left.",
                remedy: "Let the person compare the code with the newest mail and try again. With no attempts left, \
                         ask for another code: /api/send-code, or /api/forgot-password for a new password.",
                metric: Some(Metric::CodesRefused),
            },
            Self::TooManyCodes { .. } => &Kind {
                slug: "too-many-codes",
                status: StatusCode::TOO_MANY_REQUESTS,
                title: "Too many codes for this address",
                detail: "Wait as long as Retry-After says, then ask again.",
                meaning: "A code was mailed to the address a moment ago, or its mailbox or your network (an IPv4 \
                          address or an IPv6 /64) has had all its codes of the day. An address that is not \
                          activated yet can't be registered again while its newest code is valid.",
                remedy: "Wait for as many seconds as Retry-After says. Until then, the person who has the \
                         newest mail can enter its code.",
                metric: Some(Metric::LimitsHit),
            },
            Self::TooManyRequests { .. } => &Kind {
                slug: "too-many-requests",
                status: StatusCode::TOO_MANY_REQUESTS,
                title: "Too many requests from this network",
                detail: "Wait as long as Retry-After says, then ask again.",
                meaning: "Your network (an IPv4 address or an IPv6 /64) has asked for all the registrations \
                          and codes that it can get in an hour, 60 by default. Refused registrations count too.",
                remedy: "Wait for as many seconds as Retry-After says.",
                metric: Some(Metric::LimitsHit),
            },
            Self::TooManyAttempts { .. } => &Kind {
                slug: "too-many-attempts",
                status: StatusCode::TOO_MANY_REQUESTS,
                title: "Too many wrong passwords",
                detail: "Wait as long as Retry-After says, then try again with the right password.",
                meaning: "There were so many wrong passwords for this address that no password is checked \
                          for a while, not even the right one: the answer says nothing about the password \
                          that was sent.",
                remedy: "Wait for as many seconds as Retry-After says, and make sure that no program of \
                         yours keeps using an old password.",
                metric: Some(Metric::LimitsHit),
            },
            Self::Internal(_) => &Kind {
                slug: "internal",
                status: StatusCode::INTERNAL_SERVER_ERROR,
                title: "Internal error",
                detail: "The failure was recorded. Retry the request, or report the request_id.",
                meaning: "The service failed; the request is not to blame. The cause is in the service's log, \
                          under the request_id.",
                remedy: "Retry the request once. If it fails again, tell the operator of the service the \
                         request_id.",
                metric: Some(Metric::Faults),
            },
            Self::MailUnavailable { .. } => &Kind {
                slug: "mail-unavailable",
                status: StatusCode::SERVICE_UNAVAILABLE,
                title: "The mail could not be sent",
                detail: "Retry the request after the time in Retry-After.",
                meaning: "The mail provider refused the mail or did not answer. A mail that was certainly \
                          not sent does not count against the limits on codes.",
                remedy: "Retry the request after as many seconds as Retry-After says.",
                metric: None,
            },
            Self::Unavailable(_) => &Kind {
                slug: "unavailable",
                status: StatusCode::SERVICE_UNAVAILABLE,
                title: "Service unavailable",
                detail: "Retry the request after the time in Retry-After.",
                meaning: "The database is busy or out of reach, or too many requests tried to change the \
                          same account. The request may have taken effect all the same.",
                remedy: "Retry the request after as many seconds as Retry-After says. If the first one took effect, \
                         the answer to the retry shows it, such as already-activated.",
                metric: None,
            },
        }
    }

    /// One example of each problem, by status, from which the API reference and the problems' pages are generated.
    pub fn examples() -> [Self; Self::COUNT] {
        let too_short = FieldError {
            pointer: "#/password".to_owned(),
            detail: "must have at least 8 characters".to_owned(),
        };
        let (cooldown, window) = (Duration::from_secs(17), Duration::from_mins(8));
        [
            Self::MalformedJson,
            Self::Unauthorized,
            Self::NotActivated,
            Self::AccountDisabled,
            Self::DirectAccess,
            Self::CrossSiteRequest,
            Self::AlreadyRegistered,
            Self::AlreadyActivated,
            Self::CodeExpired,
            Self::BodyTooLarge,
            Self::UnsupportedMediaType,
            Self::InvalidInput(vec![too_short]),
            Self::MailUndeliverable,
            Self::CodeIncorrect { attempts_left: Some(2) },
            Self::TooManyCodes { retry_after: cooldown },
            Self::TooManyRequests { retry_after: window },
            Self::TooManyAttempts { retry_after: window },
            Self::internal("an example"),
            Self::MailUnavailable { retry_after: RETRY_LATER },
            Self::Unavailable("an example".into()),
        ]
    }

    /// How long to wait before a retry, where that is known.
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

    /// The cause, if the problem is an internal failure.
    pub fn cause(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Internal(cause) | Self::Unavailable(cause) => Some(&**cause),
            _ => None,
        }
    }

    /// An internal fault, with its cause for the log.
    pub fn internal(cause: impl Into<BoxError>) -> Self {
        Self::Internal(cause.into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_problem_is_among_the_examples() {
        let slugs: BTreeSet<_> = Problem::examples().iter().map(|problem| problem.kind().slug).collect();
        assert_eq!(slugs.len(), Problem::COUNT);
    }

    #[test]
    fn an_internal_fault_is_counted_and_a_busy_database_is_not() {
        assert_eq!(Problem::internal("broken").kind().metric, Some(Metric::Faults));
        assert_eq!(Problem::Unavailable("busy".into()).kind().metric, None);
    }
}
