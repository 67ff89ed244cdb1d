//! One request, from event to answer.
//!
//! A function's `handle` makes a [`RequestContext`] and runs its steps under it. A handler never fails: every refusal,
//! fault and panic becomes a problem response and one log line.

mod body;
mod reply;

use std::{
    net::{IpAddr, SocketAddr},
    panic::AssertUnwindSafe,
    time::Duration,
};

use futures_util::FutureExt;
use lambda_http::{
    Body, Request, RequestExt, Response,
    http::{HeaderMap, StatusCode},
    request::RequestContext as EventContext,
};

pub use self::{
    body::JsonObject,
    reply::{CHALLENGE, PROTECTION, Reply, STRICT_TRANSPORT, problem_members},
};
use crate::{
    App,
    clock::Timestamp,
    edge,
    password::{InvalidPassword, Password},
    password_hash::PasswordHash,
    problem::{FieldError, Problem},
    telemetry::{Metric, RequestLog},
};

/// The largest body that is read, in bytes.
const MAX_BODY: usize = 4 * 1024;

/// The values of `Sec-Fetch-Mode` that a browser sends with requests that bypass CORS.
const CROSS_SITE_MODES: [&str; 3] = ["navigate", "no-cors", "websocket"];

/// How long the steps may take. A second later Lambda would end the request without an answer from the service.
const TIME_LIMIT: Duration = Duration::from_secs(14);

/// One request: what its steps read, and what they use to answer.
pub struct RequestContext<'a> {
    /// The application.
    pub app: &'a App,
    /// The log entry of this request.
    pub log: RequestLog,
    request: Request,
    now: Timestamp,
}

impl<'a> RequestContext<'a> {
    /// Takes a request, at the time that the clock shows.
    pub fn new(app: &'a App, request: Request) -> Self {
        let now = app.clock.now();
        Self { app, log: RequestLog::new(&app.service_name, &request, now), request, now }
    }

    /// The instant at which the request arrived: the only time that its steps know.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The headers of the request.
    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// The source IP of the request. Behind the edge it is the viewer's; otherwise it is the address that API Gateway
    /// saw, with or without a port, and no header can change it.
    pub fn source_ip(&self) -> Option<IpAddr> {
        if self.app.edge.is_some() {
            return edge::viewer(self.headers());
        }
        let EventContext::ApiGatewayV2(context) = self.request.request_context_ref()? else { return None };
        let source = context.http.source_ip.as_deref()?;
        source.parse().or_else(|_| source.parse().map(|address: SocketAddr| address.ip())).ok()
    }

    /// Whether another page made a browser send this request in a way that bypasses CORS: by a form, a link, an image.
    /// The service's own page and permitted origins use `cors` (Fetch Metadata, 2.2; OWASP ASVS 5.0, 3.5.1).
    fn is_cross_site(&self) -> bool {
        let mode = self.headers().get("sec-fetch-mode");
        mode.is_some_and(|mode| CROSS_SITE_MODES.iter().any(|refused| mode == refused))
    }

    /// The JSON object in the body.
    pub fn json(&self) -> Result<JsonObject, Problem> {
        JsonObject::parse(&self.request)
    }

    /// Runs the steps, and makes the answer and the one log line from their result.
    pub async fn answer(&self, steps: impl Future<Output = Result<Reply, Problem>>) -> Response<Body> {
        let outcome = self.outcome(steps).await;
        let response = match &outcome {
            Ok(reply) => reply.to_response(),
            Err(problem) => reply::problem_response(problem, self.log.request_id()),
        };
        self.write_log(outcome.as_ref().err(), response.status());
        response
    }

    /// Runs the steps of a function that answers no client, and makes the one log line from their result.
    pub async fn decide<T>(&self, steps: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
        let outcome = self.outcome(steps).await;
        let problem = outcome.as_ref().err();
        self.write_log(problem, problem.map_or(StatusCode::OK, |problem| problem.kind().status));
        outcome
    }

    /// Records the cause of a problem, whether or not a client is told about it.
    pub fn note(&self, problem: &Problem) {
        problem.cause().into_iter().for_each(|cause| self.log.error(cause));
    }

    /// The hash of a new password, unless it is a breached one. The lookup runs while the hash is computed.
    pub async fn hash_new(&self, password: &Password) -> Result<PasswordHash, Problem> {
        let Some(breached_passwords) = &self.app.breached_passwords else { return self.hash(password).await };
        let (hash, breached) = tokio::join!(self.hash(password), breached_passwords.contain(password));
        match breached {
            Ok(true) => {
                return Err(Problem::InvalidInput(vec![FieldError::at(
                    "password",
                    &InvalidPassword::Breached,
                )]));
            }
            Ok(false) => {}
            // A password that could not be looked up is accepted: otherwise nobody could choose one during an outage.
            Err(error) => {
                self.log.count(Metric::BreachCheckFailures);
                self.log.warning(&error);
            }
        }
        hash
    }

    /// The hash of a password.
    pub async fn hash(&self, password: &Password) -> Result<PasswordHash, Problem> {
        let hashing = PasswordHash::of(password, self.app.passwords()?.bcrypt_cost, rand::random());
        self.log.timed(Metric::HashTime, hashing).await.map_err(Problem::internal)
    }

    fn write_log(&self, problem: Option<&Problem>, status: StatusCode) {
        if let Some(problem) = problem {
            problem.kind().metric.into_iter().for_each(|metric| self.log.count(metric));
            self.note(problem);
        }
        self.log.write(problem.map_or("success", |problem| problem.kind().slug), status.as_u16());
    }

    async fn outcome<T>(&self, steps: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
        if self.app.edge.as_ref().is_some_and(|edge| !edge.is_in(self.headers())) {
            return Err(Problem::DirectAccess);
        }
        if self.is_cross_site() {
            return Err(Problem::CrossSiteRequest);
        }
        if self.request.body().len() > MAX_BODY {
            return Err(Problem::BodyTooLarge);
        }
        // The panic hook has logged the panic; here it becomes a fault like any other.
        let steps = AssertUnwindSafe(steps).catch_unwind();
        let outcome = tokio::time::timeout(TIME_LIMIT, steps).await;
        let outcome = outcome.map_err(|elapsed| Problem::Unavailable(elapsed.into()))?;
        outcome.unwrap_or_else(|_| Err(Problem::internal("a handler panicked")))
    }
}

#[cfg(test)]
mod tests {
    use std::{panic, sync::mpsc};

    use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;
    use serde_json::{Value, json};

    use super::*;
    use crate::telemetry;

    #[test]
    fn the_source_ip_is_read_with_or_without_a_port() {
        let app = App::for_tests();
        let seen = |source: &str| {
            let context = json!({"http": {"method": "GET", "sourceIp": source}, "timeEpoch": 0});
            let context: ApiGatewayV2httpRequestContext = serde_json::from_value(context).unwrap();
            let request = Request::new(Body::Empty).with_request_context(EventContext::ApiGatewayV2(context));
            RequestContext::new(&app, request).source_ip()
        };
        for (source, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1:46532", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
        ] {
            assert_eq!(seen(source), expected.parse().ok(), "{source}");
        }
        assert_eq!(seen("nobody"), None);
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_fault_that_shows_nothing() {
        let (hooked, lines) = mpsc::channel();
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| _ = hooked.send(telemetry::panic_line(panic))));
        let steps = async {
            tokio::task::yield_now().await;
            panic!("the password is {}", "hunter2hunter2");
        };
        let app = App::for_tests();
        let response = RequestContext::new(&app, Request::new(Body::Empty)).answer(steps).await;
        panic::set_hook(before);

        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(body["type"], json!("/problems/internal"));

        let line = lines.try_recv().unwrap();
        assert!(line["location"].as_str().unwrap().starts_with("shared/src/http/mod.rs:"), "{line}");
        for shown in [body, line] {
            assert!(!shown.to_string().contains("hunter2"), "{shown}");
        }
    }
}
