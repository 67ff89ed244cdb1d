//! The application: the settings, and both edges to AWS, made once at start.

use aws_config::{
    BehaviorVersion, SdkConfig,
    environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
    timeout::TimeoutConfig,
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use std::time::Duration;

use crate::{
    clock::Clock,
    config::{Config, ConfigError},
    mailer::Mailer,
    password_hash::PasswordHash,
    store::Store,
    telemetry,
};

/// What every handler is given.
pub struct App {
    /// The settings.
    pub config: Config,
    /// Where a request's time comes from.
    pub clock: Clock,
    /// The tables.
    pub store: Store,
    /// The way mail leaves.
    pub mailer: Mailer,
    /// What is verified for an address that nobody registered.
    pub(crate) nobody: PasswordHash,
}

impl App {
    /// The application with these settings, on these clients.
    #[must_use]
    pub fn new(
        config: Config,
        dynamodb: aws_sdk_dynamodb::Client,
        ses: aws_sdk_sesv2::Client,
        clock: Clock,
    ) -> Self {
        Self {
            store: Store::new(dynamodb, config.clone()),
            mailer: Mailer::new(&config, ses),
            nobody: PasswordHash::of_nobody(config.passwords.cost),
            clock,
            config,
        }
    }

    /// The application as Lambda starts it: settings, credentials, region and endpoints from the environment.
    ///
    /// # Errors
    /// Names the setting that is missing or out of range.
    async fn from_env() -> Result<Self, ConfigError> {
        let config = Config::from_env()?;
        let sdk = sdk_config().await;
        let dynamodb = aws_sdk_dynamodb::Client::new(&sdk);
        Ok(Self::new(config, dynamodb, aws_sdk_sesv2::Client::new(&sdk), Clock::System))
    }
}

/// What each function's `main` begins with: the panic hook, then the application from the environment.
///
/// # Errors
/// Names the setting that is missing or out of range; it is in the log too.
pub async fn start() -> Result<App, ConfigError> {
    telemetry::install_panic_hook();
    App::from_env().await.inspect_err(|error| telemetry::write_start_failure(error))
}

/// What the SDK needs, from the environment alone: in Lambda there is nowhere else to look.
async fn sdk_config() -> SdkConfig {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .region(EnvironmentVariableRegionProvider::new())
        .timeout_config(timeouts())
        .load()
        .await
}

/// How long a call of AWS may take: an attempt is given up early enough for a retry within the function's time-out.
#[must_use]
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(Duration::from_secs(5))
        .build()
}
