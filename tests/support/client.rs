//! A client of the service, wherever it runs.
//!
//! Every answer is checked for what holds for all answers before a test sees it.

use std::{net::Ipv4Addr, sync::LazyLock};

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::{Value, json};

use super::openapi;

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const WRONG_PASSWORD: &str = "wrong password";
/// Of another person, who registers the same address.
pub(crate) const OTHER_PASSWORD: &str = "another password";

/// Each request opens a new connection, because a test's runtime ends with the test, and so do its connections.
pub(crate) static HTTP: LazyLock<reqwest::Client> =
    LazyLock::new(|| builder().pool_max_idle_per_host(0).build().unwrap());

/// Serves on a free port until the test ends, and returns the URL.
pub(crate) async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    url
}

/// An HTTP client, which can't be made before TLS has a provider. It follows no redirects.
pub(crate) fn builder() -> reqwest::ClientBuilder {
    // Another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none())
}

/// Speaks HTTP to the service at a URL.
#[derive(Clone)]
pub(crate) struct Client {
    url: String,
    http: reqwest::Client,
}

impl Client {
    /// `url` has no slash at its end.
    pub(crate) fn new(url: String) -> Self {
        Self { url, http: HTTP.clone() }
    }

    /// The same client at 127.0.0.`n`: to a service on this machine it is another source IP.
    pub(crate) fn at(&self, n: u8) -> Self {
        let address = Ipv4Addr::new(127, 0, 0, n);
        let http = builder().local_address(Some(address.into())).pool_max_idle_per_host(0);
        Self { url: self.url.clone(), http: http.build().unwrap() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    pub(crate) async fn register(&self, email: &str, password: &str) -> Answer {
        let body = json!({"email": email, "password": password});
        send(self.post("/api/register").json(&body)).await
    }

    pub(crate) async fn send_code(&self, email: &str, password: &str) -> Answer {
        send(self.post("/api/send-code").header("authorization", basic(email, password))).await
    }

    pub(crate) async fn activate(&self, email: &str, password: &str, code: &str) -> Answer {
        let request = self.post("/api/activate").header("authorization", basic(email, password));
        send(request.json(&json!({"code": code}))).await
    }

    pub(crate) async fn change_password(&self, email: &str, password: &str, new: &str) -> Answer {
        let request = self.post("/api/change-password").header("authorization", basic(email, password));
        send(request.json(&json!({"password": new}))).await
    }

    pub(crate) async fn forgot_password(&self, email: &str) -> Answer {
        send(self.post("/api/forgot-password").json(&json!({"email": email}))).await
    }

    pub(crate) async fn reset_password(&self, email: &str, code: &str, password: &str) -> Answer {
        let body = json!({"email": email, "code": code, "password": password});
        send(self.post("/api/reset-password").json(&body)).await
    }

    pub(crate) async fn delete(&self, email: &str, password: &str) -> Answer {
        let request = self.request(Method::DELETE, "/api/me");
        send(request.header("authorization", basic(email, password))).await
    }

    pub(crate) async fn me(&self, email: &str, password: &str) -> Answer {
        send(self.request(Method::GET, "/api/me").header("authorization", basic(email, password))).await
    }
}

/// The value of an `Authorization` header (RFC 7617).
pub(crate) fn basic(email: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{email}:{password}")))
}

/// A code of the same length that is not `code`.
pub(crate) fn another(code: &str) -> String {
    let digits = code.bytes().map(|digit| char::from(b'0' + (digit - b'0' + 1) % 10));
    digits.collect()
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.unwrap();
    let (method, path) = (request.method().to_string(), request.url().path().to_owned());
    let response = client.execute(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.unwrap();
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    let answer = Answer { status, headers, body };
    answer.check();
    openapi::allows(&method, &path, &answer);
    answer
}

/// The service's answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body of a success.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The body of a problem.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, slug: &str) -> Value {
        assert_eq!(self.body["type"], format!("/problems/{slug}"), "{}", self.body);
        self.expect(status)
    }

    /// The slug of a problem, or `success`.
    pub(crate) fn outcome(&self) -> String {
        let slug = self.body["type"].as_str().and_then(|kind| kind.strip_prefix("/problems/"));
        slug.unwrap_or("success").to_owned()
    }

    /// What holds for all answers.
    #[track_caller]
    pub(crate) fn check(&self) {
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(self.header("strict-transport-security"), Some("max-age=63072000"));
        let policy = self.header("content-security-policy");
        assert_eq!(policy, Some("default-src 'none'; frame-ancestors 'none'"));
        if self.status < 400 {
            assert_eq!(self.body.is_null(), self.status == 204);
            // A gateway may add a type to an empty body.
            if self.status != 204 {
                assert_eq!(self.header("content-type"), Some("application/json"));
            }
            return;
        }
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.body["status"], self.status);
        for member in ["type", "title", "detail"] {
            assert!(self.body[member].as_str().is_some_and(|text| !text.is_empty()), "{}", self.body);
        }
        assert_eq!(self.header("www-authenticate").is_some(), self.status == 401);
        let retry_after = self.header("retry-after").map(|seconds| seconds.parse::<u64>().unwrap());
        assert_eq!(retry_after.is_some(), [429, 503].contains(&self.status), "{}", self.body);
        assert_eq!(self.body.get("retry_after").and_then(Value::as_u64), retry_after);
    }
}
