//! Refuses requests that a foreign web page makes in a browser on this machine.
//!
//! Such a page can't hide where it comes from. If its own name resolves to this machine (DNS rebinding), the `Host` is
//! that name; if it uses this machine's address, the browser adds its `Origin` to every request that changes something
//! or whose answer the page could read.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::{
    Json,
    extract::Request,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{HOST, ORIGIN},
        uri::Authority,
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Names that are never looked up in public DNS. The second is this machine's name in Docker's containers.
const OWN_NAMES: [&str; 2] = ["localhost", "host.docker.internal"];

/// Answers requests of foreign pages with 403, and passes the others on.
pub(crate) async fn refuse(request: Request, next: Next) -> Response {
    match check(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(reason) => (StatusCode::FORBIDDEN, Json(json!({ "message": reason }))).into_response(),
    }
}

/// A request without these headers is not from a browser.
fn check(headers: &HeaderMap) -> Result<(), &'static str> {
    if !headers.get_all(HOST).iter().all(names_this_machine) {
        return Err("Forbidden: the Host must be an IP address or localhost.");
    }
    let own = headers.get(HOST).map(HeaderValue::as_bytes);
    let is_own = |origin: &HeaderValue| {
        let authority = origin.as_bytes().strip_prefix(b"http://");
        authority.zip(own).is_some_and(|(authority, own)| authority.eq_ignore_ascii_case(own))
    };
    if !headers.get_all(ORIGIN).iter().all(is_own) {
        return Err("Forbidden: a page may ask only the host and port that it comes from.");
    }
    Ok(())
}

fn names_this_machine(host: &HeaderValue) -> bool {
    let Ok(authority) = Authority::try_from(host.as_bytes()) else { return false };
    let name = authority.host();
    // With a user name in front, different parsers may read a different host.
    !authority.as_str().contains('@')
        && (OWN_NAMES.iter().any(|own| name.eq_ignore_ascii_case(own)) || is_address(name))
}

fn is_address(name: &str) -> bool {
    match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        Some(name) => name.parse::<Ipv6Addr>().is_ok(),
        None => name.parse::<Ipv4Addr>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn passes(headers: &[(HeaderName, &'static str)]) -> bool {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(name, HeaderValue::from_static(value));
        }
        check(&all).is_ok()
    }

    #[test]
    fn a_host_is_an_address_or_a_name_that_only_this_machine_has() {
        for own in [
            "127.0.0.1:8000",
            "127.0.0.1",
            "192.168.1.7:8000",
            "[::1]:8000",
            "[fe80::1]",
            "localhost:8000",
            "LocalHost",
            "host.docker.internal:8001",
        ] {
            assert!(passes(&[(HOST, own)]), "{own}");
        }
        for foreign in [
            "evil.example",
            "evil.example:8000",
            "127.0.0.1.evil.example",
            "localhost.evil.example:8000",
            "127.0.0.1@evil.example",
            "evil.example@127.0.0.1",
            "evil.example, 127.0.0.1",
            "::1",
            "[evil.example]",
            "",
        ] {
            assert!(!passes(&[(HOST, foreign)]), "{foreign}");
        }
        assert!(!passes(&[(HOST, "127.0.0.1"), (HOST, "evil.example")]));
        assert!(passes(&[]));
    }

    #[test]
    fn an_origin_is_the_host_and_port_that_is_asked() {
        for (host, origin) in [
            ("127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("localhost:8000", "http://LOCALHOST:8000"),
            ("[::1]:8000", "http://[::1]:8000"),
            ("localhost", "http://localhost"),
        ] {
            assert!(passes(&[(HOST, host), (ORIGIN, origin)]), "{origin}");
        }
        for foreign in [
            "http://evil.example",
            "http://localhost:8000",
            "http://127.0.0.1:3000",
            "http://127.0.0.1",
            "https://127.0.0.1:8000",
            "http://127.0.0.1:8000.evil.example",
            "null",
            "",
        ] {
            assert!(!passes(&[(HOST, "127.0.0.1:8000"), (ORIGIN, foreign)]), "{foreign}");
        }
        assert!(!passes(&[(ORIGIN, "http://127.0.0.1:8000")]));
    }
}
