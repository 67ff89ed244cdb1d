//! A port of this machine that can be closed: it then refuses connections, and nobody else can take it.

use std::net::SocketAddr;

use axum::{Router, serve::ListenerExt};
use tokio::{
    net::TcpSocket,
    sync::{Mutex, watch},
    task::JoinHandle,
};

pub(crate) struct SwitchablePort {
    address: SocketAddr,
    /// Bound and never listening: it reserves the port while it is closed.
    _holder: TcpSocket,
    server: Mutex<Option<JoinHandle<()>>>,
    is_open: watch::Sender<bool>,
}

impl SwitchablePort {
    /// A free port, closed.
    pub(crate) fn new() -> Self {
        let holder = socket();
        holder.bind(([127, 0, 0, 1], 0).into()).unwrap();
        Self {
            address: holder.local_addr().unwrap(),
            _holder: holder,
            server: Mutex::default(),
            is_open: watch::Sender::default(),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves connections, unless the port is open already.
    pub(crate) async fn open(&self, router: Router) {
        let mut server = self.server.lock().await;
        if server.is_none() {
            let socket = socket();
            socket.bind(self.address).unwrap();
            // A connection that is closed before its answer is complete is reset.
            let reset = |stream: &mut tokio::net::TcpStream| stream.set_zero_linger().unwrap();
            let listener = socket.listen(128).unwrap().tap_io(reset);
            *server = Some(tokio::spawn(async { axum::serve(listener, router).await.unwrap() }));
            self.is_open.send_replace(true);
        }
    }

    /// Refuses all connections from now on. Existing ones end with the current answer.
    pub(crate) async fn close(&self) {
        if let Some(server) = self.server.lock().await.take() {
            server.abort();
            // It was aborted; what it owned is dropped now.
            drop(server.await);
            self.is_open.send_replace(false);
        }
    }

    /// Waits until it is closed.
    pub(crate) async fn closed(&self) {
        self.is_open.subscribe().wait_for(|is_open| !is_open).await.unwrap();
    }
}

fn socket() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    #[cfg(unix)]
    socket.set_reuseport(true).unwrap();
    socket
}
