//! Conversion of HTTP requests to the events that an API Gateway HTTP API sends to Lambda, payload format 2.0.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>. The
//! source address is the peer's, whatever the headers say.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    time::{Duration, UNIX_EPOCH},
};

use axum::{
    body::Bytes,
    http::{HeaderMap, header, request::Parts},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use shared::clock::Timestamp;

/// A request with its whole body.
pub(crate) struct Received {
    pub(crate) parts: Parts,
    pub(crate) body: Bytes,
    pub(crate) peer: IpAddr,
    pub(crate) at: Timestamp,
    pub(crate) id: String,
}

/// The path of a request as API Gateway matches and forwards it: decoded.
pub(crate) fn decoded_path(parts: &Parts) -> String {
    percent_decode_str(parts.uri.path()).decode_utf8_lossy().into_owned()
}

/// The event for a request that matched a route.
pub(crate) fn event(route_key: &str, parameters: &BTreeMap<String, String>, request: &Received) -> Value {
    let Received { parts, body, peer, at, id } = request;
    let path = decoded_path(parts);
    let query = parts.uri.query().unwrap_or_default();
    let headers = headers(&parts.headers, *peer);
    let host = headers.get("host").map_or("localhost", String::as_str);
    let domain = host.split_once(':').map_or(host, |(name, _)| name);
    let text = is_text(&parts.headers).then(|| str::from_utf8(body).ok()).flatten();

    let mut event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": domain,
            "domainPrefix": domain.split('.').next(),
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": format!("{:?}", parts.version),
                "sourceIp": peer.to_string(),
                "userAgent": headers.get("user-agent").map_or("", String::as_str),
            },
            "requestId": id,
            "routeKey": route_key,
            "stage": "$default",
            "time": common_log_time(*at),
            "timeEpoch": at.as_millis(),
        },
        "isBase64Encoded": !body.is_empty() && text.is_none(),
    });
    if !body.is_empty() {
        event["body"] = text.map_or_else(|| BASE64_STANDARD.encode(body), str::to_owned).into();
    }
    let cookies: Vec<_> = values(&parts.headers, &header::COOKIE);
    if !cookies.is_empty() {
        let each = cookies.iter().flat_map(|line| line.split(';')).map(str::trim);
        event["cookies"] = each.filter(|cookie| !cookie.is_empty()).collect();
    }
    if !query.is_empty() {
        event["queryStringParameters"] = json!(query_parameters(query));
    }
    if !parameters.is_empty() {
        event["pathParameters"] = json!(parameters);
    }
    event
}

/// Headers with names in lower case, values of one name joined by commas, cookies separate, and those that a gateway
/// adds.
fn headers(received: &HeaderMap, peer: IpAddr) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<_, _> = received
        .keys()
        .filter(|name| **name != header::COOKIE)
        .map(|name| (name.as_str().to_owned(), values(received, name).join(",")))
        .collect();
    let forwarded = match headers.get("x-forwarded-for") {
        Some(before) => format!("{before}, {peer}"),
        None => peer.to_string(),
    };
    headers.insert("x-forwarded-for".to_owned(), forwarded);
    headers.insert("x-forwarded-proto".to_owned(), "http".to_owned());
    headers
}

fn values(headers: &HeaderMap, name: &header::HeaderName) -> Vec<String> {
    let values = headers.get_all(name).iter();
    values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}

fn query_parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::<String, String>::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        parameters
            .entry(name.into_owned())
            .and_modify(|all| {
                all.push(',');
                all.push_str(&value);
            })
            .or_insert_with(|| value.clone().into_owned());
    }
    parameters
}

/// Which bodies API Gateway forwards as text. The documentation doesn't say; measured on AWS it is these types only, in
/// UTF-8 only: <https://github.com/ministackorg/ministack/pull/766>.
fn is_text(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
    let mut parts = content_type.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    let charset = parts.find_map(|parameter| parameter.strip_prefix("charset="));
    (media_type.starts_with("text/")
        || ["application/json", "application/xml", "application/javascript"].contains(&media_type))
        && charset.is_none_or(|charset| charset.trim_matches('"') == "utf-8")
}

/// The form of the Common Log Format: `12/Mar/2020:19:03:58 +0000`.
fn common_log_time(at: Timestamp) -> String {
    let since_epoch = Duration::from_millis(u64::try_from(at.as_millis()).unwrap_or(0));
    let date = httpdate::fmt_http_date(UNIX_EPOCH + since_epoch);
    let words: Vec<_> = date.split(' ').collect();
    match words[..] {
        [_, day, month, year, time, _] => format!("{day}/{month}/{year}:{time} +0000"),
        _ => date,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn received(headers: &[(&str, &str)], uri: &str, body: &'static [u8]) -> Value {
        let mut request = Request::builder().method("POST").uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let received = Received {
            parts: request.body(()).unwrap().into_parts().0,
            body: Bytes::from_static(body),
            peer: IpAddr::from([127, 0, 0, 1]),
            at: Timestamp::from_millis(1_583_348_638_390),
            id: "id".to_owned(),
        };
        event("POST /a/{b}", &BTreeMap::from([("b".to_owned(), "c d".to_owned())]), &received)
    }

    #[test]
    fn an_event_is_the_one_that_the_documentation_shows() {
        let headers = [("Host", "127.0.0.1:8000"), ("User-Agent", "agent"), ("X-Two", "1"), ("X-Two", "2")];
        let event = received(&headers, "/a/c%20d?p=1&p=2&q=x%20y", b"");
        let expected = json!({
            "version": "2.0",
            "routeKey": "POST /a/{b}",
            "rawPath": "/a/c d",
            "rawQueryString": "p=1&p=2&q=x%20y",
            "headers": {
                "host": "127.0.0.1:8000",
                "user-agent": "agent",
                "x-two": "1,2",
                "x-forwarded-for": "127.0.0.1",
                "x-forwarded-proto": "http",
            },
            "queryStringParameters": { "p": "1,2", "q": "x y" },
            "pathParameters": { "b": "c d" },
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "local",
                "domainName": "127.0.0.1",
                "domainPrefix": "127",
                "http": {
                    "method": "POST",
                    "path": "/a/c d",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": "agent",
                },
                "requestId": "id",
                "routeKey": "POST /a/{b}",
                "stage": "$default",
                "time": "04/Mar/2020:19:03:58 +0000",
                "timeEpoch": 1_583_348_638_390_i64,
            },
            "isBase64Encoded": false,
        });
        assert_eq!(event, expected);
    }

    #[test]
    fn a_body_is_text_or_base64_by_its_content_type() {
        for (content_type, base64) in [
            (Some("application/json"), false),
            (Some("Application/JSON; charset=UTF-8"), false),
            (Some("text/csv"), false),
            (Some("text/plain; charset=iso-8859-1"), true),
            (Some("application/problem+json"), true),
            (Some("application/x-www-form-urlencoded"), true),
            (None, true),
        ] {
            let header = content_type.map(|value| ("content-type", value));
            let event = received(header.as_slice(), "/", b"{}");
            assert_eq!(event["isBase64Encoded"], base64, "{content_type:?}");
            assert_eq!(event["body"], if base64 { "e30=" } else { "{}" }, "{content_type:?}");
        }
    }

    #[test]
    fn a_text_that_is_not_utf_8_is_base64() {
        let event = received(&[("content-type", "application/json")], "/", &[0xFF]);
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("/w=="), &json!(true)));
    }

    #[test]
    fn cookies_are_apart_from_the_headers() {
        let event = received(&[("cookie", "a=1; b=2"), ("cookie", "c=3")], "/", b"");
        assert_eq!(event["cookies"], json!(["a=1", "b=2", "c=3"]));
        assert_eq!(event["headers"].get("cookie"), None);
    }

    #[test]
    fn the_source_address_is_the_peer_s_whatever_the_headers_say() {
        let event = received(&[("x-forwarded-for", "203.0.113.9")], "/", b"");
        assert_eq!(event["requestContext"]["http"]["sourceIp"], "127.0.0.1");
        assert_eq!(event["headers"]["x-forwarded-for"], "203.0.113.9, 127.0.0.1");
    }
}
