//! Answers: JSON on success, `application/problem+json` (RFC 9457) otherwise.
//!
//! Every answer has the headers of [`PROTECTION`]: it is not stored, not sniffed, not shown in a frame, and requires
//! TLS.

use lambda_http::{
    Body, Response,
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER, STRICT_TRANSPORT_SECURITY,
            WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
        },
    },
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::problem::{Kind, Problem};

/// The challenge of RFC 7617.
pub const CHALLENGE: HeaderValue =
    HeaderValue::from_static(r#"Basic realm="user-registration", charset="UTF-8""#);

/// For two years a browser contacts this host over TLS only. Subdomains, which may belong to somebody else, are not
/// included.
pub const STRICT_TRANSPORT: &str = "max-age=63072000";

/// The headers of every answer, for browsers (OWASP ASVS 5.0, 3.4.1, 3.4.3, 3.4.4 and 14.3.2).
pub const PROTECTION: [(HeaderName, &str); 4] = [
    (CACHE_CONTROL, "no-store"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
];

/// A success.
pub struct Reply {
    status: StatusCode,
    body: Option<Value>,
}

impl Reply {
    /// 200, with the result.
    pub fn ok(body: &impl Serialize) -> Result<Self, Problem> {
        Self::new(StatusCode::OK, body)
    }

    /// 201, with what was made.
    pub fn created(body: &impl Serialize) -> Result<Self, Problem> {
        Self::new(StatusCode::CREATED, body)
    }

    /// 202, with what was started.
    pub fn accepted(body: &impl Serialize) -> Result<Self, Problem> {
        Self::new(StatusCode::ACCEPTED, body)
    }

    /// 204, without a body.
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None }
    }

    fn new(status: StatusCode, body: &impl Serialize) -> Result<Self, Problem> {
        let body = Some(serde_json::to_value(body).map_err(Problem::internal)?);
        Ok(Self { status, body })
    }

    pub(super) fn to_response(&self) -> Response<Body> {
        let Some(body) = &self.body else { return protected(self.status, Body::Empty) };
        response(self.status, HeaderValue::from_static("application/json"), body)
    }
}

pub(super) fn problem_response(problem: &Problem, request_id: Option<&str>) -> Response<Body> {
    let body = Value::Object(problem_members(problem, request_id));
    let mut response =
        response(problem.kind().status, HeaderValue::from_static("application/problem+json"), &body);
    if let Some(seconds) = retry_after_seconds(problem) {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if matches!(problem, Problem::Unauthorized) {
        response.headers_mut().insert(WWW_AUTHENTICATE, CHALLENGE);
    }
    response
}

/// The members of a problem's body.
pub fn problem_members(problem: &Problem, request_id: Option<&str>) -> Map<String, Value> {
    let Kind { slug, status, title, detail, .. } = problem.kind();
    let mut members = Map::from_iter([
        ("type".to_owned(), json!(format!("/problems/{slug}"))),
        ("title".to_owned(), json!(title)),
        ("status".to_owned(), json!(status.as_u16())),
        ("detail".to_owned(), json!(detail)),
    ]);
    match problem {
        Problem::InvalidInput(errors) => {
            members.insert("errors".to_owned(), json!(errors));
        }
        Problem::CodeIncorrect { attempts_left: Some(left) } => {
            members.insert("attempts_left".to_owned(), json!(left));
        }
        Problem::Internal(_) => {
            members.insert("request_id".to_owned(), json!(request_id));
        }
        _ => {}
    }
    if let Some(seconds) = retry_after_seconds(problem) {
        members.insert("retry_after".to_owned(), json!(seconds));
    }
    members
}

/// Whole seconds, rounded up and at least one, so that a client that waits this long has waited long enough (RFC 9110,
/// 10.2.3).
fn retry_after_seconds(problem: &Problem) -> Option<u64> {
    let wait = problem.retry_after()?;
    Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).map(|seconds| seconds.max(1))
}

fn response(status: StatusCode, content_type: HeaderValue, body: &Value) -> Response<Body> {
    let mut response = protected(status, Body::from(body.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn protected(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().extend(PROTECTION.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn retry_after_is_rounded_up_to_at_least_a_second() {
        for (millis, seconds) in [(0, 1), (1, 1), (1000, 1), (1001, 2), (30_000, 30)] {
            let problem = Problem::TooManyCodes { retry_after: Duration::from_millis(millis) };
            assert_eq!(retry_after_seconds(&problem), Some(seconds), "{millis} ms");
        }
    }

    #[test]
    fn an_internal_fault_shows_the_request_id_and_not_its_cause() {
        let problem = Problem::internal("table users-prod does not exist");
        let members = Value::Object(problem_members(&problem, Some("id-1"))).to_string();
        assert!(members.contains("id-1") && !members.contains("users-prod"), "{members}");
    }
}
