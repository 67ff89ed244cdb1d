//! The metrics, by their names in CloudWatch.

use strum::VariantArray;

/// The CloudWatch namespace of all metrics.
pub const NAMESPACE: &str = "UserRegistration";

/// The one dimension of all metrics: the name of the service.
pub const DIMENSION: &str = "Service";

/// A metric. Its name in CloudWatch is the variant's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr, VariantArray)]
pub enum Metric {
    /// Registrations that were stored.
    Registered,
    /// Mails with a code that the provider accepted.
    CodesSent,
    /// Accounts that became active.
    Activated,
    /// Codes that were wrong or expired.
    CodesRefused,
    /// Credentials that were missing, malformed, unknown or wrong.
    CredentialsRefused,
    /// Requests beyond a limit.
    LimitsHit,
    /// Mails that the provider refused, or for which it gave no answer.
    MailFailures,
    /// Mails that bounced.
    Bounces,
    /// Mails that were reported as spam.
    Complaints,
    /// New passwords that could not be looked up among breached ones.
    BreachCheckFailures,
    /// Requests that were answered 500.
    Faults,
    /// How long a password hash took, in milliseconds.
    HashTime,
}

impl Metric {
    /// Every metric.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The metric's name in CloudWatch.
    pub fn name(self) -> &'static str {
        self.into()
    }

    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::HashTime => "Milliseconds",
            _ => "Count",
        }
    }
}
