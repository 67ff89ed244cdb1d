//! What both AWS clients share: trusted roots, credentials, region, time-outs, and connections that are opened before
//! the first request.
//!
//! Everything comes from the environment or the binary: a start reads no file and resolves no credentials chain.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, SdkConfig,
    environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
    meta::region::ProvideRegion,
    timeout::TimeoutConfig,
};
use aws_sdk_dynamodb::config::{
    ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut,
    retry::RetryConfig,
};
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    auth::AuthSchemeId,
    http::{HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn},
};

use crate::problem::BoxError;

/// The roots of Amazon Trust Services, <https://www.amazontrust.com/repository/>, to which AWS's endpoints chain.
/// Reading the system's hundred and more would take longer than all the rest of a start.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon_roots.pem");

const CONNECT_LIMIT: Duration = Duration::from_secs(1);

/// How long a connection may be idle in the pool: long enough for the calls of one request. Lambda freezes a function
/// between requests, and a connection that the other side closed meanwhile fails only when a call is written to it: for
/// a mail, it is then unknown whether it was sent.
const IDLE_LIMIT: Duration = Duration::from_secs(5);

/// The areas of AWS's commercial regions, the first part of a region's name.
const COMMERCIAL_AREAS: [&str; 9] = ["af", "ap", "ca", "eu", "il", "me", "mx", "sa", "us"];

/// How long a call to AWS may take: an attempt ends early enough for a retry within the function's time-out.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_LIMIT)
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(Duration::from_secs(5))
        .build()
}

/// The clients' configuration, from the environment alone, where Lambda puts it.
pub(crate) async fn config() -> SdkConfig {
    let region = EnvironmentVariableRegionProvider::new().region().await;
    let roots = region.as_ref().map_or_else(TrustStore::default, |region| roots(region.as_ref()));
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client(roots))
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .region(region)
        .timeout_config(timeouts())
        .load()
        .await
}

/// The roots to trust for the endpoints of a region: Amazon's in the commercial regions and in GovCloud. The other
/// partitions (China, the isolated ones, the European Sovereign Cloud, and any future ones) have their own roots.
fn roots(region: &str) -> TrustStore {
    match region.split('-').collect::<Vec<_>>()[..] {
        ["us", "gov", _, _] => TrustStore::empty().with_pem_certificate(AMAZON_ROOTS),
        [area, _, _] if COMMERCIAL_AREAS.contains(&area) => {
            TrustStore::empty().with_pem_certificate(AMAZON_ROOTS)
        }
        _ => TrustStore::default(),
    }
}

/// One pool of connections for both clients. Otherwise the SDK would make a connector, with its roots, for each of
/// them.
#[expect(clippy::expect_used, reason = "a trust store is read when a connector is built, and not before")]
fn http_client(roots: TrustStore) -> SharedHttpClient {
    let connector = Connector::builder()
        .connector_settings(HttpConnectorSettings::builder().connect_timeout(CONNECT_LIMIT).build())
        .pool_idle_timeout(IDLE_LIMIT)
        .tls_provider(Provider::Rustls(CryptoMode::Ring));
    let trust = TlsContext::builder().with_trust_store(roots).build().expect("it has nothing to refuse");
    let connector = SharedHttpConnector::new(connector.tls_context(trust).build());
    http_client_fn(move |_, _| connector.clone())
}

/// Replaces an SDK call by an unsigned `GET /`, which needs no permission and is not billed. Its only effect is an open
/// connection for the first real call.
#[derive(Debug)]
pub(crate) struct WarmUp;

impl WarmUp {
    /// The auth scheme of an unsigned call: signing takes a tenth of the instructions of a start.
    pub(crate) const UNSIGNED: [AuthSchemeId; 1] = [AuthSchemeId::new("noAuth")];

    /// No retries: if the endpoint can't be reached, the request that needs it will report it.
    pub(crate) fn retries() -> RetryConfig {
        RetryConfig::disabled()
    }
}

impl Intercept for WarmUp {
    fn name(&self) -> &'static str {
        "WarmUp"
    }

    fn modify_before_transmit(
        &self,
        call: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = call.request_mut();
        request.set_method("GET")?;
        let uri: lambda_http::http::Uri = request.uri().parse()?;
        request.set_uri(format!(
            "{}://{}/",
            uri.scheme_str().unwrap_or("https"),
            uri.authority().map_or("", |host| host.as_str())
        ))?;
        for header in ["content-length", "content-type", "x-amz-target"] {
            request.headers_mut().remove(header);
        }
        request.take_body();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use aws_sdk_dynamodb::config::{Credentials, Region, SharedCredentialsProvider};
    use base64::{Engine, prelude::BASE64_STANDARD};
    use lambda_http::http::HeaderMap;
    use sha2::{Digest, Sha256};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    use super::*;
    use crate::{
        clock::Timestamp,
        code::NewCode,
        email_address::EmailAddress,
        mailer::{Language, Mail, MailSettings, Mailer, Message},
        store::{Store, Tables, Wanted},
    };

    /// SHA-256 of each certificate, as Amazon Trust Services publishes them.
    const FINGERPRINTS: [&str; 5] = [
        "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
        "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
        "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
        "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
    ];

    #[test]
    fn the_roots_are_those_that_amazon_publishes() {
        let pem = str::from_utf8(AMAZON_ROOTS).unwrap();
        let certificates = pem.split("-----BEGIN CERTIFICATE-----").skip(1).map(|rest| {
            let (base64, _) = rest.split_once("-----END CERTIFICATE-----").unwrap();
            let der = BASE64_STANDARD.decode(base64.replace('\n', "")).unwrap();
            Sha256::digest(der).to_vec()
        });
        let published = FINGERPRINTS.map(|hex| {
            let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16));
            bytes.collect::<Result<Vec<_>, _>>().unwrap()
        });
        assert_eq!(certificates.collect::<Vec<_>>(), published);
        // A root that can't be read panics here instead of at the first start in Lambda.
        let _ = http_client(roots("eu-central-1"));
    }

    #[test]
    fn only_regions_under_amazon_s_roots_trust_them_alone() {
        let system = format!("{:?}", TrustStore::default());
        for region in [
            "cn-north-1",
            "cn-northwest-1",
            "us-iso-east-1",
            "us-isob-east-1",
            "us-isof-south-1",
            "eu-isoe-west-1",
            "eusc-de-east-1",
            "moon-north-1",
            "local",
            "",
        ] {
            assert_eq!(format!("{:?}", roots(region)), system, "{region}");
        }
        for region in ["us-east-1", "eu-central-1", "ap-southeast-7", "mx-central-1", "us-gov-west-1"] {
            assert_ne!(format!("{:?}", roots(region)), system, "{region}");
        }
    }

    /// An endpoint that answers `{}` to every call, and to a `GET` as DynamoDB does, which is not JSON. Returns what it
    /// received, a list for each connection.
    async fn endpoint() -> (String, Arc<Mutex<Vec<Vec<String>>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/any/path", listener.local_addr().unwrap());
        let connections = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let number = {
                    let mut seen = seen.lock().unwrap();
                    seen.push(Vec::new());
                    seen.len() - 1
                };
                tokio::spawn(answer(connection, number, Arc::clone(&seen)));
            }
        });
        (url, connections)
    }

    async fn answer(mut connection: TcpStream, number: usize, seen: Arc<Mutex<Vec<Vec<String>>>>) {
        let mut request = String::new();
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = connection.read(&mut bytes).await {
            request.push_str(str::from_utf8(&bytes[..read]).unwrap());
            if request.ends_with("\r\n\r\n") || request.ends_with('}') {
                let (kind, body) = if request.starts_with("GET ") {
                    ("text/plain", "healthy: dynamodb.eu-central-1.amazonaws.com ")
                } else {
                    ("application/x-amz-json-1.0", "{}")
                };
                seen.lock().unwrap()[number].push(std::mem::take(&mut request));
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                connection.write_all((head + body).as_bytes()).await.unwrap();
            }
        }
    }

    fn sdk(url: String) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "key",
                "secret",
                Some("token".to_owned()),
                None,
                "test",
            )))
            .http_client(http_client(TrustStore::empty()))
            .endpoint_url(url)
            .build()
    }

    /// There was one connection, with a warm-up request and a real one on it.
    #[track_caller]
    fn assert_warmed_up(connections: &[Vec<String>]) {
        let [requests] = connections else { panic!("{connections:?}") };
        let [warm_up, first] = &requests[..] else { panic!("{requests:?}") };
        assert!(warm_up.starts_with("GET / HTTP/1.1\r\n") && warm_up.ends_with("\r\n\r\n"), "{warm_up}");
        for header in ["authorization", "x-amz-security-token", "content-length"] {
            assert!(!warm_up.to_lowercase().contains(&format!("\r\n{header}:")), "{warm_up}");
            assert!(first.to_lowercase().contains(&format!("\r\n{header}:")), "{first}");
        }
        assert!(!warm_up.contains("x-amz-target"), "{warm_up}");
    }

    #[tokio::test]
    async fn the_first_request_finds_an_open_connection() {
        let (url, connections) = endpoint().await;
        let table = || "table".to_owned();
        let tables = Tables { users: table(), codes: table(), limits: table() };
        let store = Store::new(aws_sdk_dynamodb::Client::new(&sdk(url)), tables);
        store.warm_up().await;
        let email = EmailAddress::parse("ada@example.com").unwrap();
        store.read(&email, Wanted::default()).await.unwrap();
        assert_warmed_up(&connections.lock().unwrap());
    }

    #[tokio::test]
    async fn a_connection_idle_for_too_long_is_not_reused() {
        let (url, connections) = endpoint().await;
        let table = || "table".to_owned();
        let tables = Tables { users: table(), codes: table(), limits: table() };
        let store = Store::new(aws_sdk_dynamodb::Client::new(&sdk(url)), tables);
        let ada = EmailAddress::parse("ada@example.com").unwrap();
        for (wait, expected) in
            [(Duration::ZERO, 1), (IDLE_LIMIT / 2, 1), (IDLE_LIMIT + Duration::from_millis(1), 2)]
        {
            tokio::time::pause();
            tokio::time::advance(wait).await;
            tokio::time::resume();
            store.read(&ada, Wanted::default()).await.unwrap();
            assert_eq!(connections.lock().unwrap().len(), expected, "{wait:?}");
            // The answer, which frees the connection, is under way.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    #[tokio::test]
    async fn the_first_mail_finds_an_open_connection() {
        let (url, connections) = endpoint().await;
        let from = EmailAddress::parse("codes@example.com").unwrap();
        let settings = MailSettings::Ses { from, configuration_set: None };
        let mailer = Mailer::new(settings, "Engines", aws_sdk_sesv2::Config::from(&sdk(url)));
        mailer.warm_up_later();
        while connections.lock().unwrap().iter().all(Vec::is_empty) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // The answer, which frees the connection, is under way.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let code = NewCode::for_tests(Timestamp::from_millis(0));
        let message =
            Message::new("Engines", Language::preferred(&HeaderMap::new()), &Mail::ActivationCode(&code));
        mailer.send(&EmailAddress::parse("ada@example.com").unwrap(), &message).await.unwrap();
        assert_warmed_up(&connections.lock().unwrap());
    }
}
