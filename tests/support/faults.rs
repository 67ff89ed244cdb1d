//! Refusals of AWS, on the wire.

use super::Fault;

/// The path of SES for sending mail.
pub(crate) const SEND_EMAIL: &str = "/v2/email/outbound-emails";

/// SES refuses mail to this address.
pub(crate) const MAIL_REFUSED: Fault = Fault::Answer(
    400,
    r#"{"__type":"MessageRejected","message":"Email address is not verified: ada@example.com"}"#,
);

/// Of a batch's reads, the user's was throttled.
pub(crate) const USER_UNREAD: Fault = Fault::Answer(
    200,
    r#"{"Responses":{},"UnprocessedKeys":{"UsersTable":{
        "Keys":[{"email":{"S":"ada@example.com"}}],"ConsistentRead":true}}}"#,
);

/// The answer to a transaction whose first write was cancelled for this reason.
macro_rules! cancelled {
    ($reason:literal) => {
        Fault::Answer(
            400,
            concat!(
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"cancelled","#,
                r#""CancellationReasons":[{"Code":""#,
                $reason,
                r#""},{"Code":"None"}]}"#
            ),
        )
    };
}

pub(crate) const CANCELLED_BY_CONDITION: Fault = cancelled!("ConditionalCheckFailed");
pub(crate) const CANCELLED_BY_CONFLICT: Fault = cancelled!("TransactionConflict");
pub(crate) const CANCELLED_BY_THROTTLING: Fault = cancelled!("ThrottlingError");
