//! A port of this machine, first listened on and then served.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use axum::Router;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time};

use crate::StartError;

/// How long a request that is being answered may hold up the end.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);

/// A port that is listened on. What connects waits until it is served.
pub(crate) struct Port {
    listener: TcpListener,
    address: SocketAddr,
}

impl Port {
    /// Listens on a port, or on any free one for 0.
    pub(crate) async fn open(host: IpAddr, port: u16) -> Result<Self, StartError> {
        let bound = TcpListener::bind((host, port)).await;
        bound.and_then(|listener| Ok(Self { address: listener.local_addr()?, listener })).map_err(|reason| {
            match reason.kind() {
                io::ErrorKind::AddrInUse => StartError::PortTaken { port },
                _ => StartError::Port { port, reason },
            }
        })
    }

    /// Without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers what connects.
    pub(crate) fn serve(self, router: Router) -> Server {
        Server::start(self, |listener, stop| async {
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            let stopped = async {
                let _ = stop.await;
            };
            // It has no error of its own: what goes wrong with a connection ends that connection.
            let _ = axum::serve(listener, service).with_graceful_shutdown(stopped).await;
        })
    }
}

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub(crate) struct Server {
    url: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves until `stop` is sent or dropped.
    pub(crate) fn start<F>(port: Port, serve: impl FnOnce(TcpListener, oneshot::Receiver<()>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        Self { url: port.url(), stop, task: tokio::spawn(serve(port.listener, stopped)) }
    }

    /// Without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Takes no more requests and waits a moment for those that are being answered.
    pub(crate) async fn stop(mut self) {
        drop(self.stop);
        if time::timeout(SHUTDOWN_GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}
