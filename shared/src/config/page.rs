//! The settings of the web page: the few that it shows, and no table and no secret.
//!
//! What both kinds of settings read has one default and one range, in `environment.rs`.

use std::time::Duration;

use super::{ConfigError, Environment};

/// The settings that the web page shows: the name of the service, and what a person has to know of its rules.
#[derive(Clone, Debug)]
pub struct PageSettings {
    /// The name of the service.
    pub service_name: String,
    /// How many digits a code has.
    pub code_length: usize,
    /// How long an address waits between two codes.
    pub code_cooldown: Duration,
    /// The fewest code points a new password has.
    pub password_min_length: usize,
    /// Where the mails can be read, on a machine for development.
    pub inbox_url: Option<String>,
}

impl PageSettings {
    /// Reads the settings from the environment of this process.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads the settings through `lookup`, which answers for one variable.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Environment(lookup);
        Ok(Self {
            service_name: env.service_name()?,
            code_length: env.code_length()?,
            code_cooldown: env.code_cooldown()?,
            password_min_length: env.password_min_length()?,
            inbox_url: env.optional("INBOX_URL"),
        })
    }
}
