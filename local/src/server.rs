//! A port of this machine: listening, and serving.
//!
//! Foreign web pages never get an answer.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use axum::{Router, middleware};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time};

use crate::{StartError, foreign};

/// How long requests in progress may delay the shutdown.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);

/// A listening port. Connections wait until it serves.
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

    /// Serves connections, except foreign web pages'.
    pub(crate) fn serve(self, router: Router) -> Server {
        let url = self.url();
        let router = router.layer(middleware::from_fn(foreign::refuse));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async {
            let _ = stopped.await;
        };
        let serving = axum::serve(self.listener, service).with_graceful_shutdown(stopped);
        // It never fails: an error of a connection ends only that connection.
        let task = tokio::spawn(async {
            let _ = serving.await;
        });
        Server { url, stop, task }
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
    /// Without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Accepts no more requests and waits a moment for those in progress.
    pub(crate) async fn stop(mut self) {
        drop(self.stop);
        if time::timeout(SHUTDOWN_GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}
