//! Faults of AWS calls, and what they look like on the wire.

use crate::support::{
    Fault, SECOND,
    faults::{CANCELLED_BY_CONFLICT, SEND_EMAIL},
};

/// A fault of a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Failure {
    Throttled,
    InternalError,
    Refused,
    Reset,
    AnswerLost,
    TooSlow,
    Conflict,
}

pub(super) const FAILURES: [(Failure, &str); 7] = [
    (Failure::Throttled, "throttled"),
    (Failure::InternalError, "500"),
    (Failure::Refused, "refused"),
    (Failure::Reset, "reset"),
    (Failure::AnswerLost, "answer lost"),
    (Failure::TooSlow, "too slow"),
    (Failure::Conflict, "conflict"),
];

impl Failure {
    /// Whether the call takes effect although the AWS client does not learn of it.
    pub(super) fn takes_effect(self) -> bool {
        matches!(self, Self::AnswerLost | Self::TooSlow)
    }

    /// The fault on the wire; `None` for a refused connection, on which nothing is sent.
    pub(super) fn on_the_wire(self, operation: &str) -> Option<Fault> {
        Some(match self {
            Self::Throttled if operation == SEND_EMAIL => {
                Fault::Answer(429, r#"{"__type":"TooManyRequestsException"}"#)
            }
            Self::Throttled => {
                Fault::Answer(400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}"#)
            }
            Self::InternalError => Fault::Answer(500, r#"{"__type":"InternalServerError"}"#),
            Self::Refused => return None,
            Self::Reset => Fault::Break,
            Self::AnswerLost => Fault::LoseAnswer,
            Self::TooSlow => Fault::Late(6 * SECOND),
            Self::Conflict if operation == "UpdateItem" => Fault::Answer(
                400,
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionConflictException"}"#,
            ),
            Self::Conflict => CANCELLED_BY_CONFLICT,
        })
    }
}
