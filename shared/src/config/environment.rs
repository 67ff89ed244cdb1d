//! Reading of environment variables, each with its default and its range.
//!
//! An error says a variable's name and what it must be; its value, which may be a secret, is never shown.

use std::{fmt, num::NonZeroU32, ops::RangeInclusive, str::FromStr, time::Duration};

/// The seconds of an hour.
pub(super) const HOUR: u64 = 3600;

/// The variables, behind a lookup function.
#[derive(Clone, Copy)]
pub(super) struct Environment<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

impl Environment<'_> {
    pub(super) fn optional(self, name: &'static str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    pub(super) fn required(self, name: &'static str) -> Result<String, ConfigError> {
        self.optional(name).ok_or(ConfigError::new(name, "set"))
    }

    pub(super) fn number<T>(
        &self,
        name: &'static str,
        default: T,
        range: RangeInclusive<T>,
    ) -> Result<T, ConfigError>
    where
        T: FromStr + PartialOrd + fmt::Display,
    {
        let Some(text) = self.optional(name) else { return Ok(default) };
        text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            ConfigError::new(name, format!("a whole number from {} to {}", range.start(), range.end()))
        })
    }

    /// A setting that `parse` reads, if it is set.
    pub(super) fn parsed<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
        must_be: &str,
    ) -> Result<Option<T>, ConfigError> {
        let read = |text: String| parse(&text).ok_or_else(|| ConfigError::new(name, must_be));
        self.optional(name).map(read).transpose()
    }

    pub(super) fn service_name(self) -> Result<String, ConfigError> {
        let name = self.optional("SERVICE_NAME").unwrap_or_else(|| "User Registration".to_owned());
        if name.chars().count() > 100 || name.chars().any(char::is_control) {
            return Err(ConfigError::new("SERVICE_NAME", "a line of at most 100 characters"));
        }
        Ok(name)
    }

    pub(super) fn code_length(self) -> Result<usize, ConfigError> {
        self.number("CODE_LENGTH", 4, 4..=10)
    }

    pub(super) fn code_lifetime(self) -> Result<Duration, ConfigError> {
        self.number("CODE_LIFETIME_SECONDS", 60, 1..=24 * HOUR).map(Duration::from_secs)
    }

    pub(super) fn code_cooldown(self) -> Result<Duration, ConfigError> {
        self.number("CODE_COOLDOWN_SECONDS", 30, 0..=24 * HOUR).map(Duration::from_secs)
    }

    pub(super) fn password_min_length(self) -> Result<usize, ConfigError> {
        self.number("PASSWORD_MIN_LENGTH", 8, 8..=128)
    }

    pub(super) fn limit(
        &self,
        name: &'static str,
        default: u32,
        max: u32,
    ) -> Result<Option<NonZeroU32>, ConfigError> {
        self.number(name, default, 0..=max).map(NonZeroU32::new)
    }
}

/// An invalid or missing setting. `Display` and `Debug` show its name and what it must be, never its value.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {name} must be {must_be}")]
pub struct ConfigError {
    name: &'static str,
    must_be: String,
}

impl ConfigError {
    pub(super) fn new(name: &'static str, must_be: impl Into<String>) -> Self {
        Self { name, must_be: must_be.into() }
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
