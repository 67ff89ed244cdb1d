//! One file as it is served: compressed, revalidated by its ETag, and with the headers that restrict what it may do.
//!
//! A file is stored only in its compressed form. It is unpacked for the rare client that does not accept gzip.

use std::{
    borrow::Cow,
    io::{Read, Write},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use lambda_http::{
    Body, Response,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
            HeaderName, IF_NONE_MATCH, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
};
use sha2::{Digest, Sha256};

/// The kind of a file, on which its headers depend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An HTML page, except the one with Swagger UI.
    Page,
    /// The page with Swagger UI.
    Reference,
    /// A style sheet.
    Style,
    /// An ECMAScript module or script.
    Script,
    /// An image of this media type.
    Image(&'static str),
    /// The OpenAPI document.
    Document,
    /// A file for programs.
    Text,
}

/// Whether a client may cache a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cache {
    /// Its name has its hash, so it never changes.
    Immutable,
    /// It has to be revalidated each time.
    Revalidate,
}

impl Cache {
    fn cache_control(self) -> &'static str {
        match self {
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Revalidate => "no-cache",
        }
    }
}

impl Kind {
    fn content_type(self) -> &'static str {
        match self {
            Self::Page | Self::Reference => "text/html; charset=utf-8",
            Self::Style => "text/css; charset=utf-8",
            Self::Script => "text/javascript; charset=utf-8",
            Self::Image(media_type) => media_type,
            Self::Document => "application/json",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    /// What the answer depends on besides the path.
    fn vary(self) -> &'static str {
        match self {
            Self::Page => "accept-encoding, accept-language",
            _ => "accept-encoding",
        }
    }

    /// The Content-Security-Policy. Nothing comes from another host, and nothing inline runs.
    fn policy(self) -> &'static str {
        match self {
            Self::Page => {
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                 base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
            }
            // Swagger UI draws its icons from data: URLs and sets markup without Trusted Types.
            Self::Reference => {
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                 base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            }
            _ => "default-src 'none'; frame-ancestors 'none'",
        }
    }
}

/// A file in its compressed form.
#[derive(Debug)]
pub(crate) struct File {
    kind: Kind,
    gzip: Cow<'static, [u8]>,
    /// The hash of the compressed form: the same bytes give the same name.
    hash: String,
}

impl File {
    /// Compresses a file.
    #[expect(clippy::expect_used, reason = "writing to a Vec does not fail")]
    pub(crate) fn new(kind: Kind, content: &[u8]) -> Self {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        let written = gzip.write_all(content).and_then(|()| gzip.finish());
        Self::compressed(kind, written.expect("writing to a Vec does not fail"))
    }

    /// A file that is compressed already.
    pub(crate) fn compressed(kind: Kind, gzip: impl Into<Cow<'static, [u8]>>) -> Self {
        let gzip = gzip.into();
        let hash = BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(&gzip)[..12]);
        Self { kind, gzip, hash }
    }

    /// The hash of the file's bytes.
    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }

    /// The answer to a request with these headers: the file, or 304 if the client has it already (RFC 9110, 13).
    pub(crate) fn answer(&self, headers: &HeaderMap, cache: Cache) -> Response<Body> {
        let gzip = accepts_gzip(headers);
        let etag = format!("\"{}{}\"", self.hash, if gzip { "-gzip" } else { "" });
        let unchanged = matches_etag(headers, &etag);
        let mut response = Response::new(Body::Empty);
        let of_response = response.headers_mut();
        for (name, value) in [
            (CACHE_CONTROL, cache.cache_control()),
            (CONTENT_SECURITY_POLICY, self.kind.policy()),
            (CONTENT_TYPE, self.kind.content_type()),
            (REFERRER_POLICY, "no-referrer"),
            (STRICT_TRANSPORT_SECURITY, shared::http::STRICT_TRANSPORT),
            (VARY, self.kind.vary()),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            of_response.insert(name, HeaderValue::from_static(value));
        }
        if let Ok(etag) = HeaderValue::from_str(&etag) {
            of_response.insert(ETAG, etag);
        }
        if unchanged {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else if gzip {
            of_response.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            *response.body_mut() = Body::Binary(self.gzip.to_vec());
        } else {
            *response.body_mut() = Body::Binary(self.unpacked());
        }
        response
    }

    /// The file as it was before it was compressed.
    fn unpacked(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // What was compressed here can be unpacked.
        let _ = GzDecoder::new(&*self.gzip).read_to_end(&mut bytes);
        bytes
    }
}

/// Whether a client accepts gzip (RFC 9110, 12.5.3). A client without the header gets the plain file.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    elements(headers, &ACCEPT_ENCODING).any(|element| {
        let mut parts = element.split(';').map(str::trim);
        let coding = parts.next().unwrap_or_default();
        let refused = parts.any(|weight| weight.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0)));
        coding.eq_ignore_ascii_case("gzip") && !refused
    })
}

/// Whether a client has the file with this tag (RFC 9110, 13.1.2: weak tags compare too).
fn matches_etag(headers: &HeaderMap, etag: &str) -> bool {
    elements(headers, &IF_NONE_MATCH).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

fn elements<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(HeaderName, &'static str)]) -> Response<Body> {
        let file = File::new(Kind::Page, "<p>Hello</p>".repeat(50).as_bytes());
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        file.answer(&headers.collect(), Cache::Revalidate)
    }

    #[test]
    fn gzip_is_sent_to_clients_that_accept_it() {
        for (accepts, gzip) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0, br", false),
            ("gzip; q=0.0", false),
            ("identity", false),
            ("", false),
        ] {
            let response = answer(&[(ACCEPT_ENCODING, accepts)]);
            assert_eq!(response.headers().contains_key(CONTENT_ENCODING), gzip, "{accepts:?}");
            assert_eq!(response.body().starts_with(b"<p>Hello"), !gzip, "{accepts:?}");
        }
    }

    #[test]
    fn both_forms_are_the_same_file_under_different_tags() {
        let (plain, packed) = (answer(&[]), answer(&[(ACCEPT_ENCODING, "gzip")]));
        let mut unpacked = String::new();
        GzDecoder::new(&**packed.body()).read_to_string(&mut unpacked).unwrap();
        assert_eq!(unpacked.as_bytes(), &**plain.body());
        assert_ne!(plain.headers()[ETAG], packed.headers()[ETAG]);
    }

    #[test]
    fn a_client_that_has_the_file_gets_no_body() {
        let etag = answer(&[]).headers()[ETAG].to_str().unwrap().to_owned();
        for (tags, status) in [
            (etag.clone(), 304),
            (format!("\"x\", W/{etag}"), 304),
            ("*".to_owned(), 304),
            ("\"x\"".to_owned(), 200),
        ] {
            let response = answer(&[(IF_NONE_MATCH, tags.clone().leak())]);
            assert_eq!(response.status(), status, "{tags}");
            assert_eq!(response.body().is_empty(), status == 304, "{tags}");
            assert_eq!(response.headers()[ETAG], *etag, "{tags}");
        }
    }

    #[test]
    fn nothing_inline_runs_and_no_other_host_is_asked() {
        for kind in
            [Kind::Page, Kind::Reference, Kind::Style, Kind::Script, Kind::Image("image/png"), Kind::Text]
        {
            let policy = kind.policy();
            assert!(
                policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"),
                "{policy}"
            );
            assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        }
    }
}
