//! DynamoDB's wire protocol for the embedded database: JSON 1.0, the operation in a header.
//!
//! The database has its own server, which lets every web page read what is stored: it answers any `Origin` with
//! `Access-Control-Allow-Origin: *`, which can't be turned off. So only its operations are used. Like that server, this
//! one verifies no signatures.

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use dynoxide::{
    Database, DynoxideError,
    auth_material::{self, AuthMaterial},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::task;
use uuid::Uuid;

use crate::database::Embedded;

/// DynamoDB's limit on a request, in bytes.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// DynamoDB's error for an unknown operation.
const UNKNOWN_OPERATION: &str = r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#;

/// Serves the operations, and the `GET` with which a client opens its connection.
pub(crate) fn router(database: Embedded) -> Router {
    Router::new()
        .route("/", get("healthy: dynamodb.us-east-1.amazonaws.com ").post(answer))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(database)
}

async fn answer(State(database): State<Embedded>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let target = text("x-amz-target").and_then(|target| target.rsplit_once('.'));
    let Some(operation) = target.and_then(|(_, name)| operation(name)) else {
        return reply(StatusCode::BAD_REQUEST, UNKNOWN_OPERATION.to_owned());
    };
    let credentials = AuthMaterial {
        authorization: text("authorization"),
        query: uri.query().unwrap_or_default(),
        has_date_header: headers.contains_key("x-amz-date") || headers.contains_key(header::DATE),
    };
    if let Some(refusal) = auth_material::validate(credentials) {
        return reply(StatusCode::BAD_REQUEST, refusal);
    }
    // It waits for the disk, so it runs on a blocking thread.
    let done = task::spawn_blocking(move || operation(database.operations(), &body)).await;
    match done.unwrap_or_else(|error| Err(DynoxideError::InternalServerError(error.to_string()))) {
        Ok(answer) => reply(StatusCode::OK, answer),
        Err(error) => {
            let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
            reply(status, error.to_json())
        }
    }
}

fn reply(status: StatusCode, body: String) -> Response {
    let id = Uuid::new_v4().simple().to_string();
    let content_type = "application/x-amz-json-1.0".to_owned();
    (status, [("content-type", content_type), ("x-amzn-requestid", id)], body).into_response()
}

type Operation = fn(&Database, &[u8]) -> Result<String, DynoxideError>;

macro_rules! operations {
    ($($name:literal: $method:ident,)+) => {
        /// The operation of this name.
        fn operation(name: &str) -> Option<Operation> {
            Some(match name {
                $($name => |database, request| write(&database.$method(read(request)?)?),)+
                _ => return None,
            })
        }
    };
}

operations! {
    "BatchExecuteStatement": batch_execute_statement,
    "BatchGetItem": batch_get_item,
    "BatchWriteItem": batch_write_item,
    "CreateTable": create_table,
    "DeleteItem": delete_item,
    "DeleteTable": delete_table,
    "DescribeStream": describe_stream,
    "DescribeTable": describe_table,
    "DescribeTimeToLive": describe_time_to_live,
    "ExecuteStatement": execute_statement,
    "ExecuteTransaction": execute_transaction,
    "GetItem": get_item,
    "GetRecords": get_records,
    "GetShardIterator": get_shard_iterator,
    "ListStreams": list_streams,
    "ListTables": list_tables,
    "ListTagsOfResource": list_tags_of_resource,
    "PutItem": put_item,
    "Query": query,
    "Scan": scan,
    "TagResource": tag_resource,
    "TransactGetItems": transact_get_items,
    "TransactWriteItems": transact_write_items,
    "UntagResource": untag_resource,
    "UpdateItem": update_item,
    "UpdateTable": update_table,
    "UpdateTimeToLive": update_time_to_live,
}

fn read<T: DeserializeOwned>(request: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(request).map_err(|error| {
        let error = error.to_string();
        // The database marks an error with a word in capitals, which its own server maps to an answer.
        let is_mark = |word: &str| word.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_');
        let unmarked = error.split_once(':').filter(|(word, _)| is_mark(word)).map(|(_, text)| text);
        DynoxideError::ValidationException(unmarked.unwrap_or(&error).to_owned())
    })
}

fn write(answer: &impl Serialize) -> Result<String, DynoxideError> {
    serde_json::to_string(answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use dynoxide::AttributeValue;
    use serde_json::Value;

    use super::*;
    use crate::Storage;

    /// The status and the kind of error that answer a call.
    async fn call(headers: &[(&'static str, &'static str)], body: &'static str) -> (u16, Value) {
        let database = State(Embedded::open(&Storage::Memory).unwrap());
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let answer = answer(database, Uri::from_static("/"), headers.collect(), body.into()).await;
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), MAX_BODY).await.unwrap();
        (status, serde_json::from_slice::<Value>(&body).unwrap()["__type"].take())
    }

    #[tokio::test]
    async fn what_dynamodb_refuses_is_refused() {
        let scan = ("x-amz-target", "DynamoDB_20120810.Scan");
        let signature =
            "AWS4-HMAC-SHA256 Credential=a/20260101/b/dynamodb/aws4_request, SignedHeaders=host, Signature=0";
        let signed = [scan, ("authorization", signature), ("x-amz-date", "20260101T000000Z")];
        for (headers, body, kind) in [
            (&[][..], "{}", "com.amazon.coral.service#UnknownOperationException"),
            (
                &[("x-amz-target", "DynamoDB_20120810.Nothing")],
                "{}",
                "com.amazon.coral.service#UnknownOperationException",
            ),
            (&[scan], "{}", "com.amazon.coral.service#MissingAuthenticationTokenException"),
            (&signed, "", "com.amazon.coral.validate#ValidationException"),
            (&signed, "{\"TableName\": null}", "com.amazon.coral.validate#ValidationException"),
            (
                &signed,
                "{\"TableName\": \"missing\"}",
                "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
            ),
        ] {
            assert_eq!(call(headers, body).await, (400, kind.into()), "{headers:?} {body}");
        }
    }

    #[test]
    fn no_internal_marker_of_the_database_is_shown() {
        let error = read::<AttributeValue>(br#"{"NULL": false}"#).unwrap_err().to_string();
        assert!(error.starts_with("One or more parameter values were invalid"), "{error}");
    }
}
