//! The log line of one request, which also carries its metrics.
//!
//! It is in CloudWatch's embedded metric format: Lambda stores it as a log line, and CloudWatch reads the metrics out
//! of it.

use std::{
    collections::BTreeMap,
    error::Error,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use lambda_http::{Request, RequestExt, request::RequestContext};
use serde_json::{Map, Value, json};

use super::{DIMENSION, Metric, NAMESPACE, cause::with_sources, write_line};
use crate::clock::Timestamp;

/// The log entry of one request while it is processed.
pub struct RequestLog {
    service: String,
    route: Option<String>,
    request_id: Option<String>,
    began_at: Timestamp,
    began: Instant,
    recorded: Mutex<Recorded>,
}

#[derive(Default)]
struct Recorded {
    /// The value of a counter, or each measured time.
    metrics: BTreeMap<Metric, Vec<f64>>,
    level: Level,
    cause: Option<String>,
}

/// The level of a line.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
enum Level {
    #[default]
    Info,
    Warn,
    Error,
}

impl RequestLog {
    /// Begins the line of a request to this service that arrived at this time.
    pub fn new(service: &str, request: &Request, now: Timestamp) -> Self {
        let (mut route, mut request_id) = (None, None);
        if let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() {
            route.clone_from(&context.route_key);
            request_id.clone_from(&context.request_id);
        }
        Self {
            service: service.to_owned(),
            route,
            request_id,
            began_at: now,
            began: Instant::now(),
            recorded: Mutex::default(),
        }
    }

    /// API Gateway's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// How long the request has taken so far.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Counts one.
    pub fn count(&self, metric: Metric) {
        self.record(|recorded| recorded.metrics.entry(metric).or_insert_with(|| vec![0.0])[0] += 1.0);
    }

    /// Records how long something took.
    pub async fn timed<T>(&self, metric: Metric, work: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let done = work.await;
        self.record(|recorded| recorded.metrics.entry(metric).or_default().push(millis(started.elapsed())));
        done
    }

    /// Records an internal fault: the line becomes an error with this cause.
    pub fn error(&self, cause: &(dyn Error + 'static)) {
        self.concern(Level::Error, cause);
    }

    /// Records a failure that does not fail the request: the line becomes a warning with this cause, unless it is an
    /// error.
    pub fn warning(&self, cause: &(dyn Error + 'static)) {
        self.concern(Level::Warn, cause);
    }

    fn concern(&self, level: Level, cause: &(dyn Error + 'static)) {
        let text = with_sources(cause);
        self.record(|recorded| {
            recorded.level = recorded.level.max(level);
            match &mut recorded.cause {
                Some(earlier) => *earlier = format!("{earlier}; {text}"),
                None => recorded.cause = Some(text),
            }
        });
    }

    fn record(&self, write: impl FnOnce(&mut Recorded)) {
        write(&mut self.recorded.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Writes the line.
    pub fn write(&self, outcome: &str, status: u16) {
        write_line(&self.line(outcome, status, self.elapsed()));
    }

    fn line(&self, outcome: &str, status: u16, took: Duration) -> Value {
        let recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        let mut line = Map::from_iter([
            ("level".to_owned(), json!(<&str>::from(recorded.level))),
            ("timestamp".to_owned(), json!(self.began_at)),
            ("route".to_owned(), json!(self.route)),
            ("outcome".to_owned(), json!(outcome)),
            ("status".to_owned(), json!(status)),
            ("duration_ms".to_owned(), json!(millis(took))),
            ("request_id".to_owned(), json!(self.request_id)),
        ]);
        if let Some(cause) = &recorded.cause {
            line.insert("cause".to_owned(), json!(cause));
        }
        if !recorded.metrics.is_empty() {
            let names = recorded.metrics.keys();
            let definitions: Vec<_> =
                names.map(|metric| json!({"Name": metric.name(), "Unit": metric.unit()})).collect();
            let directive =
                json!({"Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": definitions});
            let metadata = json!({"Timestamp": self.began_at.as_millis(), "CloudWatchMetrics": [directive]});
            line.insert("_aws".to_owned(), metadata);
            line.insert(DIMENSION.to_owned(), json!(self.service));
            line.extend(recorded.metrics.iter().map(|(metric, values)| {
                let value = if let [one] = values[..] { json!(one) } else { json!(values) };
                (metric.name().to_owned(), value)
            }));
        }
        Value::Object(line)
    }
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use lambda_http::Body;

    use super::*;

    fn log(now: i64) -> RequestLog {
        let log = RequestLog::new("Service", &Request::new(Body::Empty), Timestamp::from_millis(now));
        RequestLog {
            route: Some("POST /api/register".to_owned()),
            request_id: Some("id-1".to_owned()),
            ..log
        }
    }

    #[test]
    fn a_line_says_the_outcome_of_the_request() {
        let line = log(0).line("already-registered", 409, Duration::from_micros(1500));
        assert_eq!(
            line,
            json!({"level": "info", "timestamp": "1970-01-01T00:00:00Z", "route": "POST /api/register",
                   "outcome": "already-registered", "status": 409, "duration_ms": 1.5, "request_id": "id-1"})
        );
    }

    #[test]
    fn metrics_are_in_embedded_metric_format() {
        let log = log(1_700_000_000_000);
        log.count(Metric::Registered);
        log.record(|recorded| _ = recorded.metrics.insert(Metric::HashTime, vec![235.0]));
        let line = log.line("success", 201, Duration::ZERO);
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

    #[tokio::test]
    async fn times_are_listed_and_counts_add_up() {
        let log = log(0);
        for _ in 0..2 {
            log.count(Metric::MailFailures);
            log.timed(Metric::HashTime, async {}).await;
        }
        let line = log.line("success", 201, Duration::ZERO);
        assert_eq!(line["MailFailures"], 2.0);
        assert_eq!(line["HashTime"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_fault_is_logged_as_an_error_with_its_whole_cause() {
        let log = log(0);
        log.error(&std::io::Error::other(crate::password_hash::HashError::Thread));
        let line = log.line("internal", 500, Duration::ZERO);
        assert_eq!(line["level"], "error");
        assert_eq!(line["cause"], "the thread that hashes did not finish");
    }

    #[test]
    fn an_error_outranks_a_warning_and_both_causes_are_logged() {
        let log = log(0);
        log.warning(&std::io::Error::other("the first"));
        assert_eq!(log.line("success", 201, Duration::ZERO)["level"], "warn");
        log.error(&std::io::Error::other("the second"));
        log.warning(&std::io::Error::other("the third"));
        let line = log.line("success", 201, Duration::ZERO);
        assert_eq!(
            (&line["level"], &line["cause"]),
            (&json!("error"), &json!("the first; the second; the third"))
        );
    }
}
