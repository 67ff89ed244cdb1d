//! A Lambda authorizer, as API Gateway runs it: payload format 2.0, simple responses, cached for a time.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>. An answer is cached
//! under its identity sources; a failure is not.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::clock::Timestamp;

use crate::{
    lambda::Lambda,
    template::{AuthorizerResource, arn},
};

/// Why a request is refused, as API Gateway says it.
pub(crate) type Refusal = (StatusCode, &'static str);

const NO_IDENTITY: Refusal = (StatusCode::UNAUTHORIZED, "Unauthorized");
const DENIED: Refusal = (StatusCode::FORBIDDEN, "Forbidden");
const FAILED: Refusal = (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");

/// An authorizer with its cached answers.
pub(crate) struct Authorizer {
    resource: AuthorizerResource,
    lambda: Lambda,
    answers: Mutex<HashMap<Vec<String>, (Timestamp, Answer)>>,
}

/// A simple response.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    is_authorized: bool,
    #[serde(default)]
    context: Value,
}

impl Authorizer {
    pub(crate) fn new(resource: AuthorizerResource, lambda: Lambda) -> Self {
        Self { resource, lambda, answers: Mutex::default() }
    }

    /// Decides on a request that arrived at this time, by the event for its route's function. If it is let in, returns
    /// the authorizer's context.
    pub(crate) async fn authorize(&self, event: &Value, at: Timestamp) -> Result<Value, Refusal> {
        let identity = self.identity(event).ok_or(NO_IDENTITY)?;
        let answer = if let Some(answer) = self.kept(&identity, at) {
            answer
        } else {
            let asked = self.lambda.invoke(&request(event, &identity), at).await;
            let answer: Answer =
                asked.and_then(|answer| serde_json::from_value(answer).ok()).ok_or(FAILED)?;
            self.keep(identity, at, answer.clone());
            answer
        };
        if answer.is_authorized { Ok(answer.context) } else { Err(DENIED) }
    }

    /// The values of the identity sources, if none is missing or empty.
    fn identity(&self, event: &Value) -> Option<Vec<String>> {
        let values = self.resource.headers.iter().map(|name| event["headers"][name].as_str());
        values.map(|value| value.filter(|value| !value.is_empty()).map(str::to_owned)).collect()
    }

    fn kept(&self, identity: &[String], at: Timestamp) -> Option<Answer> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(identity).filter(|(until, _)| at < *until).map(|(_, answer)| answer.clone())
    }

    fn keep(&self, identity: Vec<String>, at: Timestamp, answer: Answer) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|_, (until, _)| at < *until);
        answers.insert(identity, (at + self.resource.ttl, answer));
    }
}

/// The event that an authorizer is invoked with: that of the route, without the body.
fn request(event: &Value, identity: &[String]) -> Value {
    let mut event = event.clone();
    let http = &event["requestContext"]["http"];
    let [method, path] = ["method", "path"].map(|key| http[key].as_str().unwrap_or_default());
    let route = arn("execute-api", &format!("local/$default/{method}{path}"));
    if let Some(members) = event.as_object_mut() {
        members.remove("body");
        members.remove("isBase64Encoded");
        members.insert("type".to_owned(), json!("REQUEST"));
        members.insert("routeArn".to_owned(), json!(route));
        members.insert("identitySource".to_owned(), json!(identity));
    }
    event
}
