//! The guard of other APIs: a Lambda authorizer for HTTP APIs that lets active accounts in.
//!
//! API Gateway keeps an answer under the identity source, so no other credentials may have made it. A failure of ours is
//! an error and no answer: it would be kept.

use lambda_http::{
    Body, Request, RequestExt,
    aws_lambda_events::apigw::ApiGatewayV2CustomAuthorizerV2Request,
    http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION},
    request::RequestContext as EventContext,
};
use serde::Serialize;
use shared::{
    App, config::Needs, credentials::Credentials, http::RequestContext, problem::Problem,
    registration::Active,
};
use uuid::Uuid;

/// What the function reads beyond what every function does. Its requests come from other APIs, not from the edge.
pub const NEEDS: Needs = Needs { edge: false, ..Needs::NOTHING };

/// How a browser says who made it send a request.
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

/// What the guarded API is told of the caller.
#[derive(Serialize)]
struct Caller {
    id: Uuid,
    email: String,
}

/// Decides on one request. An error is the slug of the problem, whose cause is in the log.
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

/// What decides: the identity sources, of which there must be one, in place of the header; whether another page sent a
/// browser here; and the client. The log names the API beside its route, for the routes of two may have one name.
fn request(event: Event) -> Request {
    let mut headers = HeaderMap::new();
    for value in event.identity_source.iter().flatten() {
        // What can't be a header's value is no credentials either.
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
