//! The application: the settings, and the clients for DynamoDB and mail, made once at start.

use std::time::Duration;

use crate::{
    aws,
    breached_passwords::BreachedPasswords,
    clock::Clock,
    code::CodeRules,
    config::{CodeRequests, Config, ConfigError, Need, PasswordConfig},
    edge::EdgeSecret,
    limits::{MailLimit, PasswordLimits},
    mailer::Mailer,
    password::PasswordRules,
    password_hash::PasswordHash,
    problem::Problem,
    store::Store,
    telemetry,
};

/// Every handler gets it. It has only the parts that the function names in its `NEEDS`.
pub struct App {
    /// The name that mails give the service.
    pub service_name: String,
    /// Where a request's time comes from.
    pub clock: Clock,
    /// The tables.
    pub store: Store,
    /// The secret by which requests from the edge are recognised.
    pub(crate) edge: Option<EdgeSecret>,
    /// Where breached passwords are looked up.
    pub(crate) breached_passwords: Option<BreachedPasswords>,
    passwords: Option<Passwords>,
    registration_ttl: Option<Duration>,
    codes: Option<CodeRules>,
    code_requests: Option<CodeRequests>,
    mail: Option<Mail>,
    new_passwords: Option<PasswordRules>,
}

/// How passwords are hashed and verified.
pub struct Passwords {
    /// The bcrypt cost of new hashes.
    pub bcrypt_cost: u32,
    /// The limits on wrong passwords.
    pub limits: PasswordLimits,
    /// The hash that is verified for an address that nobody registered.
    pub dummy_hash: PasswordHash,
}

/// How mail is sent, and how much of it.
pub struct Mail {
    /// The mailer.
    pub mailer: Mailer,
    /// The limit on the mails of a mailbox.
    pub limit: MailLimit,
}

impl App {
    /// The application with these settings and clients.
    pub fn new(
        config: Config,
        dynamodb: aws_sdk_dynamodb::Client,
        ses: aws_sdk_sesv2::Config,
        clock: Clock,
    ) -> Self {
        let mail = config.mail.map(|mail| Mail {
            mailer: Mailer::new(mail.settings, &config.service_name, ses),
            limit: mail.limit,
        });
        Self {
            service_name: config.service_name,
            clock,
            store: Store::new(dynamodb, config.tables),
            edge: config.edge,
            breached_passwords: config.breached_passwords.map(BreachedPasswords::at),
            passwords: config.passwords.map(Passwords::from),
            registration_ttl: config.registration_ttl,
            codes: config.codes,
            code_requests: config.code_requests,
            mail,
            new_passwords: config.new_passwords,
        }
    }

    /// Starts a function in Lambda: installs the panic hook, makes the application, and opens connections, so that the
    /// first request waits for no handshake. If it can't start, the log says why.
    pub async fn start(needs: &[Need]) -> Result<Self, ConfigError> {
        telemetry::install_panic_hook();
        let config = Config::from_env(needs).inspect_err(|error| telemetry::write_start_failure(error))?;
        let sdk = aws::config().await;
        let dynamodb = aws_sdk_dynamodb::Client::new(&sdk);
        let app = Self::new(config, dynamodb, aws_sdk_sesv2::Config::from(&sdk), Clock::System);
        app.store.warm_up().await;
        if let Some(Mail { mailer, .. }) = &app.mail {
            if matches!(mailer, Mailer::Console) {
                telemetry::write_warning("MAILER=console writes each code to the log: for trials only");
            }
            // Not awaited: the first mail comes after the first hash.
            mailer.warm_up_later();
        }
        Ok(app)
    }

    /// How passwords are hashed and verified.
    pub fn passwords(&self) -> Result<&Passwords, Problem> {
        needed(self.passwords.as_ref(), "Users")
    }

    /// How long a registration waits for its activation.
    pub fn registration_ttl(&self) -> Result<Duration, Problem> {
        needed(self.registration_ttl, "Registrations")
    }

    /// How codes are made, and what they allow.
    pub fn codes(&self) -> Result<&CodeRules, Problem> {
        needed(self.codes.as_ref(), "Codes")
    }

    /// How often codes may be asked for.
    pub fn code_requests(&self) -> Result<&CodeRequests, Problem> {
        needed(self.code_requests.as_ref(), "CodeRequests")
    }

    /// How mail is sent.
    pub fn mail(&self) -> Result<&Mail, Problem> {
        needed(self.mail.as_ref(), "Mail")
    }

    /// Whether breached passwords are refused, for which another service is called.
    pub fn refuses_breached_passwords(&self) -> bool {
        self.breached_passwords.is_some()
    }

    /// The rules for a new password.
    pub fn new_passwords(&self) -> Result<&PasswordRules, Problem> {
        needed(self.new_passwords.as_ref(), "NewPasswords")
    }
}

/// The part of the application that comes with this need.
fn needed<T>(part: Option<T>, need: &str) -> Result<T, Problem> {
    part.ok_or_else(|| Problem::internal(format!("the function's NEEDS lack {need}")))
}

impl From<PasswordConfig> for Passwords {
    fn from(PasswordConfig { bcrypt_cost, limits }: PasswordConfig) -> Self {
        Self { bcrypt_cost, limits, dummy_hash: PasswordHash::dummy(bcrypt_cost) }
    }
}

#[cfg(test)]
impl App {
    /// An application that has only what every function has, and whose clients reach nothing.
    pub(crate) fn for_tests() -> Self {
        let table = |name: &str| Some("table".to_owned()).filter(|_| name.ends_with("_TABLE"));
        let sdk =
            aws_config::SdkConfig::builder().behavior_version(aws_config::BehaviorVersion::latest()).build();
        let config = Config::read(&[], table).unwrap();
        Self::new(
            config,
            aws_sdk_dynamodb::Client::new(&sdk),
            aws_sdk_sesv2::Config::from(&sdk),
            Clock::System,
        )
    }
}
