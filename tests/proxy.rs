//! A proxy before an endpoint of AWS: it counts what passes, and makes calls fail on the wire.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{Request, Response},
};
use futures_util::stream;
use tokio::sync::Notify;

/// What happens to a call.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// It is answered with this, and never arrives.
    Answer(u16, &'static str),
    /// It is never answered, and never arrives.
    Hang,
    /// The connection breaks, and it never arrives.
    Break,
    /// It goes no further until this lets it, and may meet another fault then.
    Held(Arc<Notify>),
    /// It takes effect, and the connection breaks before the answer.
    LoseAnswer,
    /// It takes effect, and the answer comes after this time.
    Late(Duration),
}

/// A proxy that runs until its test ends. Clones are the same proxy.
#[derive(Clone)]
pub(crate) struct Proxy {
    url: String,
    target: String,
    http: reqwest::Client,
    calls: Arc<Mutex<Vec<String>>>,
    faults: Arc<Mutex<Vec<(String, usize, Fault)>>>,
}

impl Proxy {
    pub(crate) async fn start(target: String) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let http = reqwest::Client::new();
        let proxy = Self { url, target, http, calls: Arc::default(), faults: Arc::default() };
        let router = Router::new().fallback(pass).with_state(proxy.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        proxy
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The calls since this was last asked, in order: the operation of DynamoDB, the path of SES.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    /// Waits until an operation was called.
    pub(crate) async fn called(&self, operation: &str) {
        while !self.calls.lock().unwrap().iter().any(|call| call == operation) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Makes the next `times` calls of an operation fail.
    pub(crate) fn fail(&self, operation: &str, times: usize, fault: Fault) {
        self.faults.lock().unwrap().push((operation.to_owned(), times, fault));
    }

    fn fault(&self, operation: &str) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        let (_, times, fault) = faults.iter_mut().find(|(name, times, _)| name == operation && *times > 0)?;
        *times -= 1;
        Some(fault.clone())
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
    proxy.calls.lock().unwrap().push(operation.clone());
    let mut fault = proxy.fault(&operation);
    if let Some(Fault::Held(until)) = fault {
        until.notified().await;
        fault = proxy.fault(&operation);
    }
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let request = Request::from_parts(head, body);
    match fault {
        None | Some(Fault::Held(_)) => proxy.forward(request).await,
        Some(Fault::Answer(status, body)) => Response::builder()
            .status(status)
            .header("content-type", "application/x-amz-json-1.0")
            .body(Body::from(body))
            .unwrap(),
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Break) => broken(),
        Some(Fault::LoseAnswer) => {
            proxy.forward(request).await;
            broken()
        }
        Some(Fault::Late(delay)) => {
            let answer = proxy.forward(request).await;
            tokio::time::sleep(delay).await;
            answer
        }
    }
}

/// An answer that breaks off: its body ends in an error, and the connection with it.
fn broken() -> Response<Body> {
    let body = stream::once(async { Err::<Bytes, _>(std::io::Error::other("broken")) });
    Response::builder().header("content-length", "2").body(Body::from_stream(body)).unwrap()
}
