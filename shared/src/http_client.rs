//! The client for requests to hosts outside AWS, and where these may go.
//!
//! It trusts the system's roots, follows no redirect, and sends nothing in the clear to another machine.

use std::{fmt, net::IpAddr, sync::LazyLock, time::Duration};

use aws_smithy_http_client::{
    Connector,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorSettings},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use lambda_http::http::Uri;

/// What the service calls itself.
pub(crate) const AGENT: &str = concat!("user-registration/", env!("CARGO_PKG_VERSION"));

const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// One client for all, made at the first request, because it reads the system's certificates, which a function that
/// sends none does not need.
static CONNECTOR: LazyLock<Connector> = LazyLock::new(|| {
    Connector::builder()
        .connector_settings(HttpConnectorSettings::builder().connect_timeout(CONNECT_LIMIT).build())
        // A pooled connection may be dead after Lambda froze the function, and would leave a mail in doubt.
        .pool_max_idle_per_host(0)
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build()
});

/// Sends a request, and returns the answer as soon as its body begins. The caller sets the time limit.
pub(crate) async fn send(request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    CONNECTOR.call(request).await
}

/// Where requests go. `Debug` shows only the host, because the path may be a secret.
#[derive(Clone)]
pub struct HttpsUrl(Uri);

impl HttpsUrl {
    /// Parses an `https` URL, or an `http` one of this machine (`localhost`, `127.0.0.0/8`, `[::1]`).
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let host = uri.host()?;
        let address = host.trim_start_matches('[').trim_end_matches(']').parse();
        let loopback = host == "localhost" || address.is_ok_and(|address: IpAddr| address.is_loopback());
        let allowed = match uri.scheme_str()? {
            "https" => true,
            "http" => loopback,
            _ => false,
        };
        // Credentials in a URL would not be sent.
        let bare = !uri.authority()?.as_str().contains('@');
        (allowed && bare).then_some(Self(uri))
    }

    /// The URL as it was given.
    pub(crate) fn uri(&self) -> &Uri {
        &self.0
    }
}

impl fmt::Debug for HttpsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpsUrl({})", self.0.host().unwrap_or_default())
    }
}
