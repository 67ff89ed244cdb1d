//! The HTTP API: makes an event of each request, invokes the function of its route and answers with its reply.
//!
//! A request without a route is answered as by API Gateway.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::clock::Clock;
use uuid::Uuid;

use crate::{
    authorizer::Authorizer,
    event::{Received, decoded_path, event},
    lambda::Lambda,
    route::Route,
};

/// API Gateway's limit on a request body, in bytes.
const MAX_BODY: usize = 10 * 1024 * 1024;

/// The routes of the templates.
pub(crate) struct Gateway {
    pub(crate) routes: Vec<Served>,
    pub(crate) clock: Clock,
}

/// A route with its function and its authorizer.
pub(crate) struct Served {
    pub(crate) route: Route,
    pub(crate) lambda: Lambda,
    pub(crate) authorizer: Option<Arc<Authorizer>>,
}

/// A function's reply, in payload format 2.0.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    multi_value_headers: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    cookies: Vec<String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// Answers a request.
pub(crate) async fn handle(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let id = Uuid::new_v4().simple().to_string();
    let mut response = gateway.answer(&id, peer, request).await;
    if let Ok(id) = id.parse() {
        response.headers_mut().insert("apigw-requestid", id);
    }
    response
}

impl Gateway {
    async fn answer(&self, id: &str, peer: SocketAddr, request: Request) -> Response {
        let at = self.clock.now();
        let (parts, body) = request.into_parts();
        let path = decoded_path(&parts);
        let taken = self
            .routes
            .iter()
            .filter_map(|served| Some((served.route.matches(parts.method.as_str(), &path)?, served)));
        let Some((matched, served)) = taken.max_by(|(a, _), (b, _)| a.exactness.cmp(&b.exactness)) else {
            return message(StatusCode::NOT_FOUND, "Not Found");
        };
        let Ok(body) = to_bytes(body, MAX_BODY).await else {
            return message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        };

        let received = Received { parts, body, peer: peer.ip(), at, id: id.to_owned() };
        let mut event = event(&served.route.key(), &matched.parameters, &received);
        if let Some(authorizer) = &served.authorizer {
            match authorizer.authorize(&event, at).await {
                Ok(context) => event["requestContext"]["authorizer"] = json!({ "lambda": context }),
                Err((status, text)) => return message(status, text),
            }
        }
        let reply = served.lambda.invoke(&event, at).await;
        reply
            .and_then(response)
            .unwrap_or_else(|| message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"))
    }
}

/// The HTTP response for a reply; `None` if the reply is not valid.
fn response(reply: Value) -> Option<Response> {
    let reply: Reply = serde_json::from_value(reply).ok()?;
    let mut response = Response::builder().status(reply.status_code);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    for (name, values) in &reply.multi_value_headers {
        for value in values {
            response = response.header(name, value);
        }
    }
    for cookie in reply.cookies {
        response = response.header(header::SET_COOKIE, cookie);
    }
    let body = reply.body.unwrap_or_default();
    let body = if reply.is_base64_encoded {
        Body::from(BASE64_STANDARD.decode(body).ok()?)
    } else {
        Body::from(body)
    };
    response.body(body).ok()
}

fn message(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({ "message": text }))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reply_becomes_a_response() {
        let response = response(json!({
            "statusCode": 201,
            "headers": { "content-type": "text/plain" },
            "multiValueHeaders": { "x-two": ["1", "2"] },
            "cookies": ["a=1", "b=2"],
            "body": "aGk=",
            "isBase64Encoded": true,
        }))
        .unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(response.headers()["content-type"], "text/plain");
        assert_eq!(response.headers().get_all("x-two").iter().count(), 2);
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
        assert_eq!(to_bytes(response.into_body(), 10).await.unwrap(), "hi");
    }

    #[test]
    fn a_reply_that_can_t_be_sent_is_none() {
        for reply in [
            json!(null),
            json!({ "body": "" }),
            json!({ "statusCode": 1 }),
            json!({ "statusCode": 200, "headers": { "a": "\n" } }),
            json!({ "statusCode": 200, "body": "!", "isBase64Encoded": true }),
        ] {
            assert!(response(reply.clone()).is_none(), "{reply}");
        }
    }
}
