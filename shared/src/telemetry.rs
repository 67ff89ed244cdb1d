//! What is written of a request: one line of JSON, which is its log entry and its metrics at once.
//!
//! The line is in CloudWatch's embedded metric format: Lambda stores it as a log line, and CloudWatch reads the
//! metrics out of it. It holds what this file puts there and nothing else. No subscriber for the traces of other
//! crates is installed, so no setting and no log level can bring a request's data into the log.

use std::{
    collections::BTreeMap,
    error::Error,
    io::Write,
    panic::PanicHookInfo,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};

use crate::{clock::Timestamp, email_address, http::Reply, problem::Problem};

/// The CloudWatch namespace of all metrics.
pub const NAMESPACE: &str = "UserRegistration";

/// The one dimension of all metrics: the name of the service.
pub const DIMENSION: &str = "Service";

/// What is counted or timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Registrations that were stored.
    Registered,
    /// Mails with a code that the provider took.
    CodesSent,
    /// Accounts that became active.
    Activated,
    /// Codes that were wrong or dead.
    CodesRefused,
    /// Credentials that were missing, malformed, unknown or wrong.
    CredentialsRefused,
    /// Requests beyond a limit.
    LimitsHit,
    /// Mails that the provider refused, or did not answer for.
    MailFailures,
    /// Requests that were answered 500: our fault.
    Faults,
    /// How long a password hash took, in milliseconds.
    HashTime,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 9] = [
        Self::Registered,
        Self::CodesSent,
        Self::Activated,
        Self::CodesRefused,
        Self::CredentialsRefused,
        Self::LimitsHit,
        Self::MailFailures,
        Self::Faults,
        Self::HashTime,
    ];

    /// The metric's name in CloudWatch.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Registered => "Registered",
            Self::CodesSent => "CodesSent",
            Self::Activated => "Activated",
            Self::CodesRefused => "CodesRefused",
            Self::CredentialsRefused => "CredentialsRefused",
            Self::LimitsHit => "LimitsHit",
            Self::MailFailures => "MailFailures",
            Self::Faults => "Faults",
            Self::HashTime => "HashTime",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::HashTime => "Milliseconds",
            _ => "Count",
        }
    }

    fn of(problem: &Problem) -> Option<Self> {
        match problem {
            Problem::CodeIncorrect { .. } | Problem::CodeExpired => Some(Self::CodesRefused),
            Problem::Unauthorized => Some(Self::CredentialsRefused),
            Problem::TooManyCodes { .. }
            | Problem::TooManyRequests { .. }
            | Problem::TooManyAttempts { .. } => Some(Self::LimitsHit),
            Problem::Internal(_) => Some(Self::Faults),
            _ => None,
        }
    }
}

/// The log entry of one request while it is on its way.
pub struct Entry {
    service: String,
    route: Option<String>,
    request_id: Option<String>,
    noted: Mutex<Noted>,
}

#[derive(Default)]
struct Noted {
    /// One value of a count, and each that was timed.
    metrics: BTreeMap<Metric, Vec<f64>>,
    cause: Option<String>,
}

impl Entry {
    pub(crate) fn new(service: &str, route: Option<String>, request_id: Option<String>) -> Self {
        Self { service: service.to_owned(), route, request_id, noted: Mutex::default() }
    }

    pub(crate) fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Counts one.
    pub fn count(&self, metric: Metric) {
        self.note(|noted| noted.metrics.entry(metric).or_insert_with(|| vec![0.0])[0] += 1.0);
    }

    /// Records how long something takes.
    pub async fn timed<T>(&self, metric: Metric, work: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let done = work.await;
        self.note(|noted| noted.metrics.entry(metric).or_default().push(millis(started.elapsed())));
        done
    }

    /// Records a fault of ours: the entry becomes an error with this cause.
    pub fn fault(&self, cause: &(dyn Error + 'static)) {
        let text = with_sources(cause);
        self.note(|noted| match &mut noted.cause {
            Some(earlier) => *earlier = format!("{earlier}; {text}"),
            None => noted.cause = Some(text),
        });
    }

    /// Records the cause of a problem, if it is a fault of ours.
    pub fn fault_of(&self, problem: &Problem) {
        if let Problem::Internal(cause) | Problem::Unavailable(cause) = problem {
            self.fault(&**cause);
        }
    }

    fn note(&self, write: impl FnOnce(&mut Noted)) {
        write(&mut self.noted.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn write(&self, at: Timestamp, outcome: &Result<Reply, Problem>, status: u16, took: Duration) {
        let problem = outcome.as_ref().err();
        if let Some(metric) = problem.and_then(Metric::of) {
            self.count(metric);
        }
        if let Some(problem) = problem {
            self.fault_of(problem);
        }
        write_line(&self.line(at, problem.map_or("success", Problem::slug), status, took));
    }

    /// For an answer that is a file, or says that there is none.
    pub(crate) fn write_file(&self, at: Timestamp, status: u16, took: Duration) {
        write_line(&self.line(at, if status == 404 { "not-found" } else { "success" }, status, took));
    }

    fn line(&self, at: Timestamp, outcome: &str, status: u16, took: Duration) -> Value {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let mut line = Map::from_iter([
            ("level".to_owned(), json!(if noted.cause.is_some() { "error" } else { "info" })),
            ("timestamp".to_owned(), json!(at)),
            ("route".to_owned(), json!(self.route)),
            ("outcome".to_owned(), json!(outcome)),
            ("status".to_owned(), json!(status)),
            ("duration_ms".to_owned(), json!(millis(took))),
            ("request_id".to_owned(), json!(self.request_id)),
        ]);
        if let Some(cause) = &noted.cause {
            line.insert("cause".to_owned(), json!(cause));
        }
        if !noted.metrics.is_empty() {
            let definitions: Vec<_> = noted
                .metrics
                .keys()
                .map(|metric| json!({"Name": metric.name(), "Unit": metric.unit()}))
                .collect();
            let directive =
                json!({"Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": definitions});
            let metadata = json!({"Timestamp": at.as_millis(), "CloudWatchMetrics": [directive]});
            line.insert("_aws".to_owned(), metadata);
            line.insert(DIMENSION.to_owned(), json!(self.service));
            line.extend(noted.metrics.iter().map(|(metric, values)| {
                let value = if let [one] = values[..] { json!(one) } else { json!(values) };
                (metric.name().to_owned(), value)
            }));
        }
        Value::Object(line)
    }
}

/// Makes a panic one line that says where it happened. What it says may hold a request's data, and is not written.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|panic| {
        // Not printed like other lines: printing can panic, and a panic in here would end the process.
        let _ = std::io::stderr().lock().write_all(format!("{}\n", panic_line(panic)).as_bytes());
    }));
}

pub(crate) fn panic_line(panic: &PanicHookInfo<'_>) -> Value {
    let location = panic.location().map(ToString::to_string);
    json!({"level": "error", "message": "panic", "location": location})
}

/// Writes why the service can't start.
pub fn write_start_failure(cause: &(dyn Error + 'static)) {
    write_line(&json!({"level": "error", "message": "cannot start", "cause": with_sources(cause)}));
}

/// Writes what an operator should know of a start.
pub(crate) fn write_warning(message: &str) {
    write_line(&json!({"level": "warn", "message": message}));
}

#[expect(
    clippy::print_stderr,
    reason = "a test's runner keeps what is printed with the test, and shows it when that fails"
)]
fn write_line(line: &Value) {
    // In one piece, so that lines of requests side by side don't mix.
    let line = format!("{line}\n");
    // It panics when nobody reads the log any more: no reason to end a request.
    let _ = std::panic::catch_unwind(|| eprint!("{line}"));
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

/// An error and its sources in one line. `Debug` forms are never used: they may hold whole items and requests.
fn with_sources(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let shown = error.to_string();
        // The SDK's errors say what their sources say.
        if !text.ends_with(&shown) {
            text.push_str(": ");
            text.push_str(&shown);
        }
        source = error.source();
    }
    mask_addresses(&text)
}

/// The text with every e-mail address in it masked: SES quotes addresses in its messages.
fn mask_addresses(text: &str) -> String {
    let part = |c: char| c.is_whitespace() || "<>()[],;:\"'".contains(c);
    let mut masked = String::with_capacity(text.len());
    for piece in text.split_inclusive(part) {
        let word = piece.trim_end_matches(part);
        let rest = &piece[word.len()..];
        if word.contains('@') {
            masked.push_str(&email_address::mask(word));
        } else {
            masked.push_str(word);
        }
        masked.push_str(rest);
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry::new("Service", Some("POST /api/register".to_owned()), Some("id-1".to_owned()))
    }

    #[test]
    fn a_line_says_what_came_of_the_request() {
        let line =
            entry().line(Timestamp::from_millis(0), "already-registered", 409, Duration::from_micros(1500));
        assert_eq!(
            line,
            json!({"level": "info", "timestamp": "1970-01-01T00:00:00Z", "route": "POST /api/register",
                   "outcome": "already-registered", "status": 409, "duration_ms": 1.5, "request_id": "id-1"})
        );
    }

    #[test]
    fn metrics_are_in_embedded_metric_format() {
        let entry = entry();
        entry.count(Metric::Registered);
        entry.note(|noted| _ = noted.metrics.insert(Metric::HashTime, vec![235.0]));
        let line = entry.line(Timestamp::from_millis(1_700_000_000_000), "success", 201, Duration::ZERO);
        assert_eq!(line["Registered"], 1.0);
        assert_eq!(line["HashTime"], 235.0);
        assert_eq!(line["_aws"]["Timestamp"], 1_700_000_000_000_i64);
        assert_eq!(
            line["_aws"]["CloudWatchMetrics"][0],
            json!({"Namespace": "UserRegistration", "Dimensions": [["Service"]],
                   "Metrics": [{"Name": "Registered", "Unit": "Count"},
                               {"Name": "HashTime", "Unit": "Milliseconds"}]})
        );
    }

    #[test]
    fn a_fault_of_ours_is_counted_and_a_busy_database_is_none() {
        assert_eq!(Metric::of(&Problem::internal("broken")), Some(Metric::Faults));
        assert_eq!(Metric::of(&Problem::Unavailable("busy".into())), None);
    }

    #[tokio::test]
    async fn each_time_is_a_value_of_its_own_and_counts_add_up() {
        let entry = entry();
        for _ in 0..2 {
            entry.count(Metric::MailFailures);
            entry.timed(Metric::HashTime, async {}).await;
        }
        let line = entry.line(Timestamp::from_millis(0), "success", 201, Duration::ZERO);
        assert_eq!(line["MailFailures"], 2.0);
        assert_eq!(line["HashTime"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_fault_makes_the_line_an_error_with_the_whole_cause() {
        let entry = entry();
        entry.fault(&std::io::Error::other(crate::password_hash::HashError::Thread));
        let line = entry.line(Timestamp::from_millis(0), "internal", 500, Duration::ZERO);
        assert_eq!(line["level"], "error");
        assert_eq!(line["cause"], "the thread that hashes did not finish");
    }

    #[test]
    fn a_cause_is_told_once() {
        use aws_sdk_sesv2::{operation::send_email::SendEmailError, types::error::MessageRejected};
        let rejected = MessageRejected::builder().message("not verified").build();
        let error = SendEmailError::MessageRejected(rejected);
        assert_eq!(with_sources(&error), "MessageRejected: not verified");
    }

    #[test]
    fn addresses_in_a_cause_are_masked() {
        let text = "not verified in region X: ada@example.com, <bob@example.org>";
        assert_eq!(mask_addresses(text), "not verified in region X: a***@example.com, <b***@example.org>");
    }
}
