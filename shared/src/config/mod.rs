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

/// The bcrypt cost of new hashes, unless a setting says otherwise.
const BCRYPT_COST: u32 = 12;

/// What a function needs. It gets no other setting.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a list of what is needed, said by name")]
pub struct Needs {
    /// The edge's secret: every route checks it, and nothing else does.
    pub edge: bool,
    /// The users, their hashes, and the limits on wrong passwords.
    pub users: bool,
    /// How long a registration waits for its activation.
    pub registrations: bool,
    /// The codes for this purpose, and the secret under which they are stored.
    pub codes: Option<Purpose>,
    /// The table of the codes, without their secret.
    pub codes_table: bool,
    /// The limits on codes.
    pub code_requests: bool,
    /// How mail is sent, and the limit on it.
    pub mail: bool,
    /// The rules for a new password.
    pub new_passwords: bool,
}

impl Needs {
    /// Only what every route needs.
    pub const NOTHING: Self = Self {
        edge: true,
        users: true,
        registrations: false,
        codes: None,
        codes_table: false,
        code_requests: false,
        mail: false,
        new_passwords: false,
    };
}

/// The settings of one function.
#[derive(Clone, Debug)]
pub struct Config {
    /// The name that mails give the service, and the dimension of its metrics.
    pub service_name: String,
    /// The edge's secret; `None` without an edge.
    pub edge: Option<EdgeSecret>,
    /// Names of the DynamoDB tables.
    pub tables: Tables,
    /// The bcrypt cost of new hashes: 2^cost rounds.
    pub bcrypt_cost: u32,
    /// How long a registration waits for its activation.
    pub registration_ttl: Option<Duration>,
    /// The limits on wrong passwords.
    pub password_limits: PasswordLimits,
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
    Environment(lookup).service_name()
}

impl Config {
    /// Reads the settings from the environment of this process.
    #[expect(clippy::disallowed_methods, reason = "settings are read from it here")]
    pub fn from_env(needs: Needs) -> Result<Self, ConfigError> {
        Self::read(needs, |name| std::env::var(name).ok())
    }

    /// Reads the settings through `lookup`, which answers for one variable.
    pub fn read(needs: Needs, lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Environment(lookup);
        Ok(Self {
            service_name: env.service_name()?,
            edge: if needs.edge { edge(&env)? } else { None },
            tables: Tables {
                users: if needs.users { env.required("USERS_TABLE")? } else { String::new() },
                codes: if needs.codes_table || needs.codes.is_some() {
                    env.required("CODES_TABLE")?
                } else {
                    String::new()
                },
                limits: env.required("LIMITS_TABLE")?,
            },
            bcrypt_cost: if needs.users {
                env.number("BCRYPT_COST", BCRYPT_COST, 4..=16)?
            } else {
                BCRYPT_COST
            },
            registration_ttl: needs
                .registrations
                .then(|| env.number("PENDING_HOURS", 24, 1..=24 * 365))
                .transpose()?
                .map(|hours| Duration::from_secs(HOUR * hours)),
            password_limits: if needs.users {
                password_limits(&env)?
            } else {
                PasswordLimits { per_quarter_hour: None, per_day: None }
            },
            codes: needs.codes.map(|purpose| code_rules(&env, purpose)).transpose()?,
            code_requests: needs.code_requests.then(|| code_requests(&env)).transpose()?,
            mail: needs.mail.then(|| mail_config(&env)).transpose()?,
            new_passwords: needs
                .new_passwords
                .then(|| Ok(PasswordRules { min_length: env.password_min_length()? }))
                .transpose()?,
            breached_passwords: if needs.new_passwords { breached_passwords(&env)? } else { None },
        })
    }
}

fn password_limits(
    env: &Environment<impl Fn(&str) -> Option<String>>,
) -> Result<PasswordLimits, ConfigError> {
    Ok(PasswordLimits {
        per_quarter_hour: env.limit("PASSWORD_FAILURES_PER_QUARTER_HOUR", 10, 1_000_000)?,
        per_day: env.limit("PASSWORD_FAILURES_PER_DAY", 100, 1_000_000)?,
    })
}

fn edge(env: &Environment<impl Fn(&str) -> Option<String>>) -> Result<Option<EdgeSecret>, ConfigError> {
    let must_be = "one or two secrets of 32 to 128 visible ASCII characters, separated by a comma";
    let parse = |text: String| EdgeSecret::parse(&text).ok_or(ConfigError::new("EDGE_SECRET", must_be));
    env.optional("EDGE_SECRET").map(parse).transpose()
}

fn code_rules(
    env: &Environment<impl Fn(&str) -> Option<String>>,
    purpose: Purpose,
) -> Result<CodeRules, ConfigError> {
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

fn code_requests(env: &Environment<impl Fn(&str) -> Option<String>>) -> Result<CodeRequests, ConfigError> {
    Ok(CodeRequests {
        limits: CodeLimits {
            cooldown: env.code_cooldown()?,
            per_day: env.limit("CODES_PER_DAY", 10, 1000)?,
            per_client: env.limit("CODES_PER_CLIENT_PER_DAY", 5, 1000)?,
        },
        per_hour: env.limit("CODES_PER_HOUR", 60, 1_000_000)?,
    })
}

fn mail_config(env: &Environment<impl Fn(&str) -> Option<String>>) -> Result<MailConfig, ConfigError> {
    Ok(MailConfig {
        settings: mail_settings(env)?,
        limit: MailLimit { per_day: env.limit("MAILS_PER_DAY", 50, 10_000)? },
    })
}

fn mail_settings(env: &Environment<impl Fn(&str) -> Option<String>>) -> Result<MailSettings, ConfigError> {
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

fn breached_passwords(
    env: &Environment<impl Fn(&str) -> Option<String>>,
) -> Result<Option<HttpsUrl>, ConfigError> {
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
