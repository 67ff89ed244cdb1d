//! One request on its way from event to answer.
//!
//! A function's `handle` makes a [`Call`], runs its steps, and answers with what comes of them. A handler never
//! fails: every refusal, fault and panic becomes a problem response and one log line.

mod body;
mod reply;

use std::{
    net::IpAddr,
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use lambda_http::{Body, Request, RequestExt, Response, http::HeaderMap, request::RequestContext};

pub use self::{
    body::Members,
    reply::{CHALLENGE, Reply, problem_members},
};
use crate::{App, clock::Timestamp, problem::Problem, telemetry::Entry};

/// The largest body that is read, in bytes.
const MAX_BODY: usize = 4 * 1024;

/// How long the steps may take. Lambda would end the request a second later, with no answer of ours.
const TIME_LIMIT: Duration = Duration::from_secs(14);

/// One request: what the steps read of it, and what is logged of it.
pub struct Call {
    request: Request,
    now: Timestamp,
    started: Instant,
    log: Entry,
}

impl Call {
    /// Takes a request, at the time that the clock shows.
    #[must_use]
    pub fn new(app: &App, request: Request) -> Self {
        Self::of(&app.config.service_name, app.clock.now(), request)
    }

    /// Takes a request to a function that needs no [`App`].
    #[must_use]
    pub fn of(service: &str, now: Timestamp, request: Request) -> Self {
        let (mut route, mut request_id) = (None, None);
        if let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() {
            route.clone_from(&context.route_key);
            request_id.clone_from(&context.request_id);
        }
        let log = Entry::new(service, route, request_id);
        Self { request, now, started: Instant::now(), log }
    }

    /// The instant at which the request came: the only time that its steps know.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// How long the request has been on its way here.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The headers of the request.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// Whom API Gateway saw at the other end; no header can change it.
    #[must_use]
    pub fn source_ip(&self) -> Option<IpAddr> {
        match self.request.request_context_ref()? {
            RequestContext::ApiGatewayV2(context) => context.http.source_ip.as_deref()?.parse().ok(),
            _ => None,
        }
    }

    /// The members of the JSON object in the body.
    ///
    /// # Errors
    /// [`Problem::UnsupportedMediaType`] and [`Problem::MalformedJson`].
    pub fn members(&self) -> Result<Members, Problem> {
        Members::parse(&self.request)
    }

    /// What is logged of this request.
    #[must_use]
    pub fn log(&self) -> &Entry {
        &self.log
    }

    /// Runs the steps, and makes the answer and the one log line of what comes of them.
    pub async fn answer(&self, steps: impl Future<Output = Result<Reply, Problem>>) -> Response<Body> {
        let outcome = if self.request.body().len() > MAX_BODY {
            Err(Problem::BodyTooLarge)
        } else {
            // What a panic has to say went to the panic hook; here it is one more fault of ours.
            let steps = AssertUnwindSafe(steps).catch_unwind();
            match tokio::time::timeout(TIME_LIMIT, steps).await {
                Ok(outcome) => outcome.unwrap_or_else(|_| Err(Problem::internal("a handler panicked"))),
                Err(elapsed) => Err(Problem::Unavailable(elapsed.into())),
            }
        };
        let response = match &outcome {
            Ok(reply) => reply.to_response(),
            Err(problem) => reply::problem_response(problem, self.log.request_id()),
        };
        self.log.write(self.now, &outcome, response.status().as_u16(), self.elapsed());
        response
    }

    /// Makes the one log line of an answer that is a file.
    #[must_use]
    pub fn answer_with(&self, response: Response<Body>) -> Response<Body> {
        self.log.write_file(self.now, response.status().as_u16(), self.started.elapsed());
        response
    }
}

#[cfg(test)]
mod tests {
    use std::{panic, sync::mpsc};

    use serde_json::{Value, json};

    use super::*;
    use crate::telemetry;

    fn call() -> Call {
        let log = Entry::new("Service", None, Some("id-1".to_owned()));
        let now = Timestamp::from_millis(0);
        Call { request: Request::new(Body::Empty), now, started: Instant::now(), log }
    }

    #[tokio::test]
    async fn a_panic_is_a_fault_of_ours_that_shows_nothing() {
        let (hooked, lines) = mpsc::channel();
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| _ = hooked.send(telemetry::panic_line(panic))));
        let steps = async {
            tokio::task::yield_now().await;
            panic!("the password is {}", "hunter2hunter2");
        };
        let response = call().answer(steps).await;
        panic::set_hook(before);

        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!((&body["type"], &body["request_id"]), (&json!("/problems/internal"), &json!("id-1")));

        let line = lines.try_recv().unwrap();
        assert!(line["location"].as_str().unwrap().starts_with("shared/src/http/mod.rs:"), "{line}");
        for shown in [body, line] {
            assert!(!shown.to_string().contains("hunter2"), "{shown}");
        }
    }
}
