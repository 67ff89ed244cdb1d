//! The settings: every environment variable that the service reads, its default and its range.
//!
//! Read once at start. A missing or bad value stops the start with its name and what it must be. A variable set to
//! the empty text counts as not set.

mod environment;
mod page;

use std::{num::NonZeroU32, time::Duration};

use self::environment::{Environment, HOUR};
pub use self::{environment::ConfigError, page::PageSettings};
use crate::{
    code::CodeSecret,
    email_address::EmailAddress,
    mailer::{WebhookSecret, WebhookUrl},
};

/// The settings of one deployment.
#[derive(Clone, Debug)]
pub struct Config {
    /// Names of the DynamoDB tables.
    pub tables: Tables,
    /// How activation codes are made, and how many.
    pub codes: CodeRules,
    /// What a new password must be, and what hashing one costs.
    pub passwords: PasswordRules,
    /// The limits keyed on the source IP and on wrong passwords.
    pub limits: RequestLimits,
    /// How mail leaves.
    pub mail: MailSettings,
    /// How long a registration waits for its activation.
    pub pending_for: Duration,
    /// The name that mails give the service.
    pub service_name: String,
}

/// Names of the DynamoDB tables.
#[derive(Clone, Debug)]
pub struct Tables {
    /// The users, keyed on their address.
    pub users: String,
    /// The one live activation code of each address.
    pub codes: String,
    /// The counters of the limits that are not the address's own.
    pub limits: String,
}

/// How activation codes are made, and how many. `None` and zero turn a limit off.
#[derive(Clone, Debug)]
pub struct CodeRules {
    /// The key under which codes are stored.
    pub secret: CodeSecret,
    /// How many digits a code has.
    pub length: usize,
    /// How long a code lives.
    pub lifetime: Duration,
    /// How many attempts a code allows.
    pub attempts: Option<NonZeroU32>,
    /// How long an address waits between two codes.
    pub pause: Duration,
    /// How many codes an address gets in any 24 hours.
    pub per_day: Option<NonZeroU32>,
}

/// What a new password must be, and what hashing one costs.
#[derive(Clone, Debug)]
pub struct PasswordRules {
    /// The fewest code points a new password has.
    pub min_length: usize,
    /// The bcrypt cost of new hashes: 2^cost rounds.
    pub cost: u32,
}

/// The limits keyed on the source IP and on wrong passwords. `None` turns one off.
#[derive(Clone, Debug)]
pub struct RequestLimits {
    /// Registrations per source IP and hour.
    pub registrations_per_hour: Option<NonZeroU32>,
    /// Wrong passwords per address and source IP in 15 minutes.
    pub password_failures_per_quarter_hour: Option<NonZeroU32>,
    /// Wrong passwords per address in 24 hours.
    pub password_failures_per_day: Option<NonZeroU32>,
}

/// How mail leaves.
#[derive(Clone, Debug)]
pub enum MailSettings {
    /// One line of JSON on standard output per mail.
    Console,
    /// Amazon SES, API version 2.
    Ses {
        /// The sender, a verified identity.
        from: EmailAddress,
        /// The configuration set, if one is used.
        configuration_set: Option<String>,
    },
    /// A receiver of webhooks, which sends the mail its own way.
    Webhook {
        /// Where it listens.
        url: WebhookUrl,
        /// The key of its signatures.
        secret: WebhookSecret,
    },
}

impl Config {
    /// Reads the settings from the environment of this process.
    ///
    /// # Errors
    /// Names the first variable that is missing or out of range, and what it must be.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads the settings through `lookup`, which answers for one variable.
    ///
    /// # Errors
    /// Names the first variable that is missing or out of range, and what it must be.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Environment(lookup);
        let (attempts, per_day) =
            (env.limit("CODE_ATTEMPTS", 3, 100)?, env.limit("CODES_PER_DAY", 10, 1000)?);
        Ok(Self {
            tables: Tables {
                users: env.required("USERS_TABLE")?,
                codes: env.required("CODES_TABLE")?,
                limits: env.required("LIMITS_TABLE")?,
            },
            codes: CodeRules {
                secret: CodeSecret::parse(&env.required("CODE_SECRET")?)
                    .ok_or(ConfigError::new("CODE_SECRET", "a random text of at least 32 bytes"))?,
                length: env.code_length()?,
                lifetime: Duration::from_secs(env.number("CODE_LIFETIME_SECONDS", 60, 1..=24 * HOUR)?),
                attempts,
                pause: env.code_pause()?,
                per_day,
            },
            passwords: PasswordRules {
                min_length: env.password_min_length()?,
                cost: env.number("BCRYPT_COST", 12, 4..=16)?,
            },
            limits: RequestLimits {
                registrations_per_hour: env.limit("REGISTRATIONS_PER_HOUR", 60, 1_000_000)?,
                password_failures_per_quarter_hour: env.limit(
                    "PASSWORD_FAILURES_PER_QUARTER_HOUR",
                    10,
                    1_000_000,
                )?,
                password_failures_per_day: env.limit("PASSWORD_FAILURES_PER_DAY", 100, 1_000_000)?,
            },
            mail: mail_settings(&env)?,
            pending_for: Duration::from_secs(HOUR * env.number("PENDING_HOURS", 24, 1..=24 * 365)?),
            service_name: env.service_name()?,
        })
    }
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
            url: WebhookUrl::parse(&env.required("WEBHOOK_URL")?)
                .ok_or(ConfigError::new("WEBHOOK_URL", "an https URL, or an http URL of this machine"))?,
            secret: WebhookSecret::parse(&env.required("WEBHOOK_SECRET")?).ok_or(ConfigError::new(
                "WEBHOOK_SECRET",
                "24 to 64 bytes in base64, with or without whsec_",
            ))?,
        }),
        _ => Err(ConfigError::new("MAILER", "console, ses or webhook")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUIRED: [(&str, &str); 4] = [
        ("USERS_TABLE", "users"),
        ("CODES_TABLE", "codes"),
        ("LIMITS_TABLE", "limits"),
        ("CODE_SECRET", "0123456789abcdef0123456789abcdef"),
    ];

    fn read(set: &[(&str, &str)]) -> Result<Config, String> {
        let lookup = |name: &str| {
            let found = set.iter().chain(&REQUIRED).find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Config::read(lookup).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        let config = read(&[("CODE_LENGTH", "")]).unwrap();
        assert_eq!(config.codes.length, 4);
        assert_eq!(config.codes.lifetime, Duration::from_mins(1));
        assert_eq!(config.codes.attempts, NonZeroU32::new(3));
        assert_eq!(config.codes.pause, Duration::from_secs(30));
        assert_eq!(config.codes.per_day, NonZeroU32::new(10));
        assert_eq!(config.passwords.cost, 12);
        assert_eq!(config.passwords.min_length, 8);
        assert_eq!(config.pending_for, Duration::from_hours(24));
        assert!(matches!(config.mail, MailSettings::Console));
    }

    #[test]
    fn a_bad_value_is_named_with_what_it_must_be() {
        for (name, value, must_be) in [
            ("USERS_TABLE", "", "set"),
            ("CODE_SECRET", "short", "a random text of at least 32 bytes"),
            ("CODE_LENGTH", "3", "a whole number from 4 to 10"),
            ("BCRYPT_COST", "17", "a whole number from 4 to 16"),
            ("BCRYPT_COST", "twelve", "a whole number from 4 to 16"),
            ("CODE_ATTEMPTS", "-1", "a whole number from 0 to 100"),
            ("MAILER", "pigeon", "console, ses or webhook"),
            ("SERVICE_NAME", "two\nlines", "a line of at most 100 characters"),
        ] {
            let expected = format!("the environment variable {name} must be {must_be}");
            assert_eq!(read(&[(name, value)]).unwrap_err(), expected);
        }
    }

    #[test]
    fn ses_needs_a_sender() {
        assert!(read(&[("MAILER", "ses")]).unwrap_err().contains("MAIL_FROM"));
        assert!(read(&[("MAILER", "ses"), ("MAIL_FROM", "codes@example.com")]).is_ok());
    }

    #[test]
    fn a_webhook_needs_a_url_that_nobody_can_read_along() {
        let webhook =
            |url, secret| read(&[("MAILER", "webhook"), ("WEBHOOK_URL", url), ("WEBHOOK_SECRET", secret)]);
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        for url in [
            "https://example.com/mail?key=1",
            "HTTPS://example.com:8443",
            "http://localhost:9000/mail",
            "http://127.1.2.3/",
            "http://[::1]:9000/",
        ] {
            assert!(webhook(url, secret).is_ok(), "{url}");
        }
        for url in [
            "",
            "/mail",
            "example.com",
            "ftp://example.com/",
            "http://example.com/",
            "http://localhost.example.com/",
            "http://127.0.0.1.example.com/",
            "http://127.0.0.1@example.com/",
            "http://10.0.0.1/",
            "https://name:password@example.com/",
            "https://",
            "https://example.com/a b",
            "https://example.com/\r\nX: y",
        ] {
            assert!(webhook(url, secret).unwrap_err().contains("WEBHOOK_URL"), "{url}");
        }
        for secret in ["", "whsec_", "c2hvcnQ="] {
            let refused = webhook("https://example.com/", secret).unwrap_err();
            assert!(refused.contains("WEBHOOK_SECRET"), "{secret}");
        }
    }

    #[test]
    fn zero_turns_a_limit_off() {
        let config = read(&[("CODE_ATTEMPTS", "0"), ("CODES_PER_DAY", "0")]).unwrap();
        assert_eq!((config.codes.attempts, config.codes.per_day), (None, None));
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!(
            "{:?}",
            read(&[
                ("MAILER", "webhook"),
                ("WEBHOOK_URL", "https://example.com/hidden"),
                ("WEBHOOK_SECRET", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            ])
            .unwrap()
        );
        for secret in ["0123456789abcdef", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "hidden"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
