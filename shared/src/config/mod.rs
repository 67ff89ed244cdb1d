//! The settings: every environment variable that the service reads, its default and its range.
//!
//! They are read once at start, and each function reads only those that it needs. If a value is missing or invalid, the
//! function does not start, and the log says the variable's name and what it must be. An empty variable counts as
//! unset.

pub mod accent;
mod environment;
mod page;

use std::{num::NonZeroU32, time::Duration};

use self::environment::{Environment, HOUR};
pub use self::{
    environment::ConfigError,
    page::{Logo, PageLink, PageSettings},
};
use crate::{
    breached_passwords::RANGE_API,
    code::{CodeRules, CodeSecret, Purpose},
    edge::EdgeSecret,
    email_address::EmailAddress,
    http_client::HttpsUrl,
    limits::{CodeLimits, MailLimit, PasswordLimits},
    mailer::{MailSettings, WebhookSecret},
    password::PasswordRules,
    store::Tables,
};

/// A group of settings. A function lists those that it needs in its `NEEDS`, and reads no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The edge's secret. Each route needs it, because without it a route answers requests that bypass the edge.
    Edge,
    /// The users, the cost of their hashes, and the limits on wrong passwords.
    Users,
    /// How long a registration waits for its activation.
    Registrations,
    /// The codes for this purpose, and the secret under which they are stored.
    Codes(Purpose),
    /// The table of the codes, without their secret.
    CodesTable,
    /// The limits on codes.
    CodeRequests,
    /// How mail is sent, and the limit on it.
    Mail,
    /// The rules for a new password.
    NewPasswords,
}

/// The settings of one function.
#[derive(Clone, Debug)]
pub struct Config {
    /// The name that mails give the service, and the dimension of its metrics.
    pub service_name: String,
    /// The edge's secret; `None` without an edge.
    pub edge: Option<EdgeSecret>,
    /// Names of the DynamoDB tables; empty for one that the function does not need.
    pub tables: Tables,
    /// How passwords are hashed and verified.
    pub passwords: Option<PasswordConfig>,
    /// How long a registration waits for its activation.
    pub registration_ttl: Option<Duration>,
    /// How codes are made, and what they allow.
    pub codes: Option<CodeRules>,
    /// How often codes may be asked for.
    pub code_requests: Option<CodeRequests>,
    /// How mail is sent.
    pub mail: Option<MailConfig>,
    /// The rules for a new password.
    pub new_passwords: Option<PasswordRules>,
    /// The range API in which new passwords are looked up.
    pub breached_passwords: Option<HttpsUrl>,
}

/// How passwords are hashed and verified.
#[derive(Clone, Debug)]
pub struct PasswordConfig {
    /// The bcrypt cost of new hashes: 2^cost rounds.
    pub bcrypt_cost: u32,
    /// The limits on wrong passwords.
    pub limits: PasswordLimits,
}

/// How often codes may be asked for.
#[derive(Clone, Debug)]
pub struct CodeRequests {
    /// The limits on the codes of an address.
    pub limits: CodeLimits,
    /// How many registrations and codes a client may ask for in an hour; `None` turns it off.
    pub per_hour: Option<NonZeroU32>,
}

/// How mail is sent, and how much of it.
#[derive(Clone, Debug)]
pub struct MailConfig {
    /// The mailer.
    pub settings: MailSettings,
    /// The limit on the mails of a mailbox.
    pub limit: MailLimit,
}

/// The service's name, for a function that reads no other setting.
#[expect(clippy::disallowed_methods, reason = "settings are read from it here")]
pub fn service_name_from_env() -> Result<String, ConfigError> {
    service_name(|name| std::env::var(name).ok())
}

/// The same through `lookup`, which answers for one variable.
pub fn service_name(lookup: impl Fn(&str) -> Option<String>) -> Result<String, ConfigError> {
    Environment(&lookup).service_name()
}

impl Config {
    /// Reads the settings from the environment of this process.
    #[expect(clippy::disallowed_methods, reason = "settings are read from it here")]
    pub fn from_env(needs: &[Need]) -> Result<Self, ConfigError> {
        Self::read(needs, |name| std::env::var(name).ok())
    }

    /// Reads the settings through `lookup`, which answers for one variable.
    pub fn read(needs: &[Need], lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Environment(&lookup);
        let has = |need| needs.contains(&need);
        let purpose = needs.iter().find_map(|need| match need {
            Need::Codes(purpose) => Some(*purpose),
            _ => None,
        });
        Ok(Self {
            service_name: env.service_name()?,
            edge: if has(Need::Edge) { edge(env)? } else { None },
            tables: Tables {
                users: if has(Need::Users) { env.required("USERS_TABLE")? } else { String::new() },
                codes: if has(Need::CodesTable) || purpose.is_some() {
                    env.required("CODES_TABLE")?
                } else {
                    String::new()
                },
                limits: env.required("LIMITS_TABLE")?,
            },
            passwords: has(Need::Users).then(|| passwords(env)).transpose()?,
            registration_ttl: has(Need::Registrations).then(|| registration_ttl(env)).transpose()?,
            codes: purpose.map(|purpose| code_rules(env, purpose)).transpose()?,
            code_requests: has(Need::CodeRequests).then(|| code_requests(env)).transpose()?,
            mail: has(Need::Mail).then(|| mail_config(env)).transpose()?,
            new_passwords: has(Need::NewPasswords).then(|| new_passwords(env)).transpose()?,
            breached_passwords: if has(Need::NewPasswords) { breached_passwords(env)? } else { None },
        })
    }
}

fn passwords(env: Environment<'_>) -> Result<PasswordConfig, ConfigError> {
    Ok(PasswordConfig {
        bcrypt_cost: env.number("BCRYPT_COST", 12, 4..=16)?,
        limits: PasswordLimits {
            per_quarter_hour: env.limit("PASSWORD_FAILURES_PER_QUARTER_HOUR", 10, 1_000_000)?,
            per_day: env.limit("PASSWORD_FAILURES_PER_DAY", 100, 1_000_000)?,
        },
    })
}

fn registration_ttl(env: Environment<'_>) -> Result<Duration, ConfigError> {
    Ok(Duration::from_secs(HOUR * env.number("PENDING_HOURS", 24, 1..=24 * 365)?))
}

fn new_passwords(env: Environment<'_>) -> Result<PasswordRules, ConfigError> {
    Ok(PasswordRules { min_length: env.password_min_length()? })
}

fn edge(env: Environment<'_>) -> Result<Option<EdgeSecret>, ConfigError> {
    let must_be = "one or two secrets of 32 to 128 visible ASCII characters, separated by a comma";
    let parse = |text: String| EdgeSecret::parse(&text).ok_or(ConfigError::new("EDGE_SECRET", must_be));
    env.optional("EDGE_SECRET").map(parse).transpose()
}

fn code_rules(env: Environment<'_>, purpose: Purpose) -> Result<CodeRules, ConfigError> {
    let lifetime = match purpose {
        Purpose::Activation => env.code_lifetime()?,
        Purpose::Reset => {
            Duration::from_secs(env.number("RESET_CODE_LIFETIME_SECONDS", 600, 1..=24 * HOUR)?)
        }
    };
    Ok(CodeRules {
        purpose,
        secret: CodeSecret::parse(&env.required("CODE_SECRET")?)
            .ok_or(ConfigError::new("CODE_SECRET", "a random text of at least 32 bytes"))?,
        length: env.code_length()?,
        lifetime,
        attempts: env.limit("CODE_ATTEMPTS", 3, 100)?,
    })
}

fn code_requests(env: Environment<'_>) -> Result<CodeRequests, ConfigError> {
    Ok(CodeRequests {
        limits: CodeLimits {
            cooldown: env.code_cooldown()?,
            per_day: env.limit("CODES_PER_DAY", 10, 1000)?,
            per_client: env.limit("CODES_PER_CLIENT_PER_DAY", 5, 1000)?,
        },
        per_hour: env.limit("CODES_PER_HOUR", 60, 1_000_000)?,
    })
}

fn mail_config(env: Environment<'_>) -> Result<MailConfig, ConfigError> {
    Ok(MailConfig {
        settings: mail_settings(env)?,
        limit: MailLimit { per_day: env.limit("MAILS_PER_DAY", 50, 10_000)? },
    })
}

fn mail_settings(env: Environment<'_>) -> Result<MailSettings, ConfigError> {
    match env.optional("MAILER").as_deref().unwrap_or("console") {
        "console" => Ok(MailSettings::Console),
        "ses" => Ok(MailSettings::Ses {
            from: EmailAddress::parse(&env.required("MAIL_FROM")?)
                .map_err(|_| ConfigError::new("MAIL_FROM", "the e-mail address of the sender"))?,
            configuration_set: env.optional("MAIL_CONFIGURATION_SET"),
        }),
        "webhook" => Ok(MailSettings::Webhook {
            url: HttpsUrl::parse(&env.required("WEBHOOK_URL")?)
                .ok_or(ConfigError::new("WEBHOOK_URL", "an https URL, or an http URL of this machine"))?,
            secret: WebhookSecret::parse(&env.required("WEBHOOK_SECRET")?).ok_or(ConfigError::new(
                "WEBHOOK_SECRET",
                "24 to 64 bytes in base64, with or without whsec_",
            ))?,
        }),
        _ => Err(ConfigError::new("MAILER", "console, ses or webhook")),
    }
}

fn breached_passwords(env: Environment<'_>) -> Result<Option<HttpsUrl>, ConfigError> {
    let setting = env.optional("BREACHED_PASSWORDS");
    let url = match setting.as_deref() {
        None | Some("off") => return Ok(None),
        Some("on") => RANGE_API,
        Some(url) => url,
    };
    let must_be = "off, on, an https URL, or an http URL of this machine";
    HttpsUrl::parse(url).map(Some).ok_or(ConfigError::new("BREACHED_PASSWORDS", must_be))
}

#[cfg(test)]
mod tests;
