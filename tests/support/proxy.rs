//! A proxy in front of an AWS endpoint: it counts calls, and makes them fail on the wire.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderValue, Request, Response, header::CONNECTION},
};
use futures_util::{StreamExt, stream};
use tokio::sync::{Notify, watch};

use super::{client, switchable_port::SwitchablePort};

/// How long a request may take until the call that a test waits for, on a slow machine.
const CALLED_WITHIN: Duration = Duration::from_secs(30);

/// What happens to a call.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// It is answered with this, and never arrives.
    Answer(u16, &'static str),
    /// It is never answered, and never arrives.
    Hang,
    /// It never arrives, and the connection is reset in the middle of the answer.
    Break,
    /// It is held until released by this, and may meet another fault then.
    Held(Arc<Notify>),
    /// It takes effect, and the connection is reset before the answer.
    LoseAnswer,
    /// It takes effect, and the answer comes after this time.
    Late(Duration),
}

/// What will happen to calls of an operation.
struct Planned {
    operation: String,
    /// How many calls pass before.
    skip: usize,
    times: usize,
    fault: Fault,
}

/// A proxy that runs until its test ends. Clones are the same proxy.
#[derive(Clone)]
pub(crate) struct Proxy {
    target: String,
    http: reqwest::Client,
    calls: watch::Sender<Vec<String>>,
    faults: Arc<Mutex<Vec<Planned>>>,
    port: Arc<SwitchablePort>,
    /// How many more calls are accepted before the port is closed.
    open_for: Arc<AtomicUsize>,
}

impl Proxy {
    pub(crate) async fn start(target: String) -> Self {
        let proxy = Self {
            target,
            http: client::builder().build().unwrap(),
            calls: watch::Sender::default(),
            faults: Arc::default(),
            port: Arc::new(SwitchablePort::new()),
            open_for: Arc::new(AtomicUsize::new(usize::MAX)),
        };
        proxy.heal().await;
        proxy
    }

    pub(crate) fn url(&self) -> String {
        self.port.url()
    }

    /// The calls since the last call of this, in order: the operation of DynamoDB, the path of SES.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        self.calls.send_replace(Vec::new())
    }

    /// Waits until an operation was called, and fails the test if it is not.
    pub(crate) async fn called(&self, operation: &str) {
        let mut calls = self.calls.subscribe();
        let called = calls.wait_for(|calls| calls.iter().any(|call| call == operation));
        let in_time = tokio::time::timeout(CALLED_WITHIN, called).await.is_ok();
        assert!(in_time, "{operation} was not called");
    }

    /// Makes the next `times` calls of an operation fail.
    pub(crate) fn fail(&self, operation: &str, times: usize, fault: Fault) {
        self.fail_after(operation, 0, times, fault);
    }

    /// Lets `skip` calls of an operation pass, and makes `times` calls after them fail.
    pub(crate) fn fail_after(&self, operation: &str, skip: usize, times: usize, fault: Fault) {
        let operation = operation.to_owned();
        self.faults.lock().unwrap().push(Planned { operation, skip, times, fault });
    }

    /// Refuses every connection once this many more calls were answered.
    pub(crate) async fn refuse_after(&self, calls: usize) {
        self.open_for.store(calls, Ordering::SeqCst);
        if calls == 0 {
            self.port.close().await;
        }
    }

    /// Ends a refusal this long after it began. Planned faults stay.
    pub(crate) async fn let_in_after(&self, outage: Duration) {
        self.port.closed().await;
        tokio::time::sleep(outage).await;
        self.let_in().await;
    }

    /// Lets all calls pass again.
    pub(crate) async fn heal(&self) {
        self.faults.lock().unwrap().clear();
        self.let_in().await;
    }

    async fn let_in(&self) {
        self.open_for.store(usize::MAX, Ordering::SeqCst);
        self.port.open(Router::new().fallback(pass).with_state(self.clone())).await;
    }

    fn fault(&self, operation: &str) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        let planned =
            faults.iter_mut().find(|planned| planned.operation == operation && planned.times > 0)?;
        if planned.skip > 0 {
            planned.skip -= 1;
            return None;
        }
        planned.times -= 1;
        Some(planned.fault.clone())
    }

    async fn forward(&self, request: Request<Bytes>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let path = head.uri.path_and_query().map_or("", |path| path.as_str());
        let mut headers = head.headers;
        headers.remove("host");
        let sent = self.http.request(head.method, format!("{}{path}", self.target)).headers(headers);
        let answer = sent.body(body).send().await.unwrap();
        let mut response = Response::builder().status(answer.status());
        *response.headers_mut().unwrap() = answer.headers().clone();
        response.body(Body::from(answer.bytes().await.unwrap())).unwrap()
    }
}

async fn pass(State(proxy): State<Proxy>, request: Request<Body>) -> Response<Body> {
    let operation = match request.headers().get("x-amz-target") {
        Some(target) => target.to_str().unwrap().rsplit('.').next().unwrap().to_owned(),
        None => request.uri().path().to_owned(),
    };
    proxy.calls.send_modify(|calls| calls.push(operation.clone()));
    let mut fault = proxy.fault(&operation);
    if let Some(Fault::Held(until)) = fault {
        until.notified().await;
        fault = proxy.fault(&operation);
    }
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let mut answer = answer(&proxy, Request::from_parts(head, body), fault).await;
    if proxy.open_for.fetch_sub(1, Ordering::SeqCst) == 1 {
        proxy.port.close().await;
        // Otherwise the client would keep using its connection.
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

async fn answer(proxy: &Proxy, request: Request<Bytes>, fault: Option<Fault>) -> Response<Body> {
    match fault {
        None | Some(Fault::Held(_)) => proxy.forward(request).await,
        Some(Fault::Answer(status, body)) => Response::builder()
            .status(status)
            .header("content-type", "application/x-amz-json-1.0")
            .body(Body::from(body))
            .unwrap(),
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Break) => broken("{"),
        Some(Fault::LoseAnswer) => {
            proxy.forward(request).await;
            broken("")
        }
        Some(Fault::Late(delay)) => {
            let answer = proxy.forward(request).await;
            tokio::time::sleep(delay).await;
            answer
        }
    }
}

/// An answer of which only this is sent: its body ends in an error, and so does the connection.
fn broken(start: &'static str) -> Response<Body> {
    let error = async {
        // Data before an error is sent only if there is a pause between them.
        if !start.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err::<Bytes, _>(std::io::Error::other("broken"))
    };
    let start = (!start.is_empty()).then(|| Ok(Bytes::from(start)));
    let body = stream::iter(start).chain(stream::once(error));
    Response::builder().header("content-length", "2").body(Body::from_stream(body)).unwrap()
}
