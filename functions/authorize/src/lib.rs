//! The guard for other APIs: a Lambda authorizer for HTTP APIs that lets active accounts in.
//!
//! API Gateway caches an answer under the identity source, so no other credentials may decide it. An internal failure
//! is an error, not an answer, because an answer would be cached.

use lambda_http::{
    Body, Request, RequestExt,
    aws_lambda_events::apigw::ApiGatewayV2CustomAuthorizerV2Request,
    http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION},
    request::RequestContext as EventContext,
};
use serde::Serialize;
use shared::{
    App, config::Need, credentials::Credentials, http::RequestContext, problem::Problem, registration::Active,
};
use uuid::Uuid;

/// The settings that the function reads beyond those of every function. Its requests come from other APIs, not from the
/// edge.
pub const NEEDS: &[Need] = &[Need::Users];

/// The header in which a browser says what made it send a request.
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// A request to another API, in payload format 2.0.
pub type Event = ApiGatewayV2CustomAuthorizerV2Request;

/// A simple response.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    is_authorized: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Caller>,
}

/// What the guarded API learns about the caller.
#[derive(Serialize)]
struct Caller {
    id: Uuid,
    email: String,
}

/// Decides on one request. An error is the slug of the problem; the log has the cause.
pub async fn handle(app: &App, event: Event) -> Result<Verdict, &'static str> {
    let cx = RequestContext::new(app, request(event));
    match cx.decide(account(&cx)).await {
        Ok(account) => Ok(account.into()),
        Err(problem) if problem.kind().status.is_server_error() => Err(problem.kind().slug),
        Err(_) => Ok(Verdict { is_authorized: false, context: None }),
    }
}

async fn account(cx: &RequestContext<'_>) -> Result<Active, Problem> {
    Credentials::parse(cx.headers())?.active_account(cx).await
}

/// Builds the request that is decided on: the one identity source instead of the header, whether another page made a
/// browser send the request, and the client. The log names the API along with its route, because routes of two APIs may
/// have the same name.
fn request(event: Event) -> Request {
    let mut headers = HeaderMap::new();
    for value in event.identity_source.iter().flatten() {
        // A text that is not a valid header value is no credentials either.
        headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("")));
    }
    headers.extend(event.headers.get(&SEC_FETCH_MODE).map(|mode| (SEC_FETCH_MODE, mode.clone())));

    let mut context = event.request_context;
    let [api, route] = [&context.apiid, &context.route_key].map(|name| name.as_deref().unwrap_or_default());
    context.route_key = Some(format!("authorize {api} {route}"));
    let mut request = Request::new(Body::Empty).with_request_context(EventContext::ApiGatewayV2(context));
    *request.headers_mut() = headers;
    request
}

impl From<Active> for Verdict {
    fn from(account: Active) -> Self {
        let identity = account.identity;
        let caller = Caller { id: identity.id, email: identity.email.as_str().to_owned() };
        Self { is_authorized: true, context: Some(caller) }
    }
}
