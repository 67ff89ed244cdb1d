//! The application: the settings, and both edges to AWS, made once at start.

use crate::{
    aws,
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
    /// The application with these settings, on these ways to AWS.
    #[must_use]
    pub fn new(
        config: Config,
        dynamodb: aws_sdk_dynamodb::Client,
        ses: aws_sdk_sesv2::Config,
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
        let sdk = aws::config().await;
        let dynamodb = aws_sdk_dynamodb::Client::new(&sdk);
        Ok(Self::new(config, dynamodb, aws_sdk_sesv2::Config::from(&sdk), Clock::System))
    }
}

/// What the `main` of a function begins with: the panic hook, the application from the environment, and a connection
/// to DynamoDB, so that the first request waits for no handshake.
///
/// # Errors
/// Names the setting that is missing or out of range; it is in the log too.
pub async fn start() -> Result<App, ConfigError> {
    telemetry::install_panic_hook();
    let app = App::from_env().await.inspect_err(|error| telemetry::write_start_failure(error))?;
    app.store.connect().await;
    Ok(app)
}

/// The same for a function that sends mail: its provider is connected to as well, but nothing waits for that. The first
/// mail comes after the first hash. Where mails go to the log, a line there warns of it.
///
/// # Errors
/// Names the setting that is missing or out of range; it is in the log too.
pub async fn start_with_mail() -> Result<App, ConfigError> {
    let app = start().await?;
    if matches!(app.mailer, Mailer::Console) {
        telemetry::write_warning("MAILER=console writes each code to the log: for trying out only");
    }
    app.mailer.connect_soon();
    Ok(app)
}
