//! The optional edge: the CloudFront distribution of `edge.yaml` in front of the API.
//!
//! A secret header proves that it made the request, and another header names the viewer. Without the secret neither is
//! trusted.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use hmac::{Hmac, KeyInit, Mac};
use lambda_http::http::HeaderMap;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The header that holds the secret. CloudFront adds none whose name begins with `X-Edge-` or `X-Amz-`.
pub const SECRET_HEADER: &str = "x-origin-secret";

/// The header that names the viewer: an address and a port.
const VIEWER_HEADER: &str = "cloudfront-viewer-address";

/// The edge's secret, or two during a rotation. `Debug` does not show it.
#[derive(Clone)]
pub struct EdgeSecret(Zeroizing<String>);

impl EdgeSecret {
    /// Parses one or two secrets, separated by a comma, each of 32 to 128 visible ASCII characters.
    pub fn parse(text: &str) -> Option<Self> {
        let is_secret = |secret: &str| {
            (32..=128).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let all = text.split(',');
        (all.clone().count() <= 2 && all.clone().all(is_secret))
            .then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// Whether the request with these headers came from the edge; takes the same time for every wrong secret.
    pub fn is_in(&self, headers: &HeaderMap) -> bool {
        let Some(given) = headers.get(SECRET_HEADER) else { return false };
        let given = tag(given.as_bytes());
        // Two tags are compared in constant time.
        self.0.split(',').any(|secret| tag(secret.as_bytes()) == given)
    }
}

impl fmt::Debug for EdgeSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EdgeSecret(…)")
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn tag(secret: &[u8]) -> impl PartialEq {
    Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length").finalize()
}

/// The viewer's address. Only for requests that came from the edge.
pub fn viewer(headers: &HeaderMap) -> Option<IpAddr> {
    let viewer = headers.get(VIEWER_HEADER)?.to_str().ok()?;
    // CloudFront also writes an IPv6 address without brackets, followed by a colon and the port.
    let unbracketed =
        || viewer.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok())?.0.parse().ok();
    viewer.parse().map(|address: SocketAddr| address.ip()).ok().or_else(unbracketed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const OTHER: &str = "another-secret-of-32-characters-";

    fn with(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn a_request_with_the_secret_came_from_the_edge() {
        let secret = EdgeSecret::parse(SECRET).unwrap();
        assert!(secret.is_in(&with(SECRET_HEADER, SECRET)));
        assert!(!secret.is_in(&HeaderMap::new()));
        for wrong in ["", OTHER, &SECRET[1..], &format!("{SECRET},{SECRET}"), &SECRET.to_uppercase()] {
            assert!(!secret.is_in(&with(SECRET_HEADER, wrong)), "{wrong}");
        }
    }

    #[test]
    fn during_a_rotation_both_secrets_are_valid() {
        let secret = EdgeSecret::parse(&format!("{OTHER},{SECRET}")).unwrap();
        for known in [OTHER, SECRET] {
            assert!(secret.is_in(&with(SECRET_HEADER, known)), "{known}");
        }
        for wrong in [&format!("{OTHER},{SECRET}"), ","] {
            assert!(!secret.is_in(&with(SECRET_HEADER, wrong)), "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_long_and_can_be_a_header() {
        let long = "s".repeat(128);
        for secret in [SECRET, &long, &format!("{SECRET},{long}")] {
            assert!(EdgeSecret::parse(secret).is_some(), "{secret}");
        }
        for bad in [
            "",
            &SECRET[1..],
            &format!("{long}s"),
            &format!("{SECRET},"),
            &format!("{SECRET} {OTHER}"),
            &format!("{SECRET}é"),
            &format!("{SECRET},{OTHER},{long}"),
        ] {
            assert!(EdgeSecret::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_viewer_is_an_address_before_a_port() {
        for (header, expected) in [
            ("198.51.100.10:46532", "198.51.100.10"),
            ("2001:db8::8a2e:370:7334:46532", "2001:db8::8a2e:370:7334"),
            ("2001:db8:1:2:3:4:5:6:443", "2001:db8:1:2:3:4:5:6"),
            ("2001:db8:::443", "2001:db8::"),
            ("[2001:db8::1]:443", "2001:db8::1"),
        ] {
            assert_eq!(viewer(&with(VIEWER_HEADER, header)), expected.parse().ok(), "{header}");
        }
        for header in
            ["", "198.51.100.10", "198.51.100.10:65536", "198.51.100.10:", "2001:db8::1:x", "unknown:1"]
        {
            assert_eq!(viewer(&with(VIEWER_HEADER, header)), None, "{header}");
        }
        assert_eq!(viewer(&HeaderMap::new()), None);
    }
}
