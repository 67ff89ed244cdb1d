//! A scripted mail provider on this machine, for the tests of the mailers.
//!
//! Each request has its own connection, and each connection is one act of the script.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// Answers with this status and these header lines.
    Answer(u16, &'static str),
    /// Reads the request and closes the connection.
    Drop,
}

/// A request as received.
#[derive(Clone)]
pub(super) struct Received {
    pub(super) head: String,
    pub(super) body: String,
}

impl Received {
    pub(super) fn header(&self, name: &str) -> &str {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).unwrap().1
    }
}

/// The provider. It stops after its last act.
pub(super) struct Provider {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<Received>>>,
}

impl Provider {
    pub(super) async fn start(acts: impl IntoIterator<Item = Act, IntoIter: Send + 'static>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self { url: url(&listener), requests: Arc::default() };
        let (acts, requests) = (acts.into_iter(), Arc::clone(&provider.requests));
        tokio::spawn(async move {
            for act in acts {
                let (mut connection, _) = listener.accept().await.unwrap();
                let Some(request) = read(&mut connection).await else { continue };
                requests.lock().unwrap().push(request);
                if let Act::Answer(status, headers) = act {
                    let answer = format!(
                        "HTTP/1.1 {status} Told\r\n{headers}Content-Type: application/json\r\n\
                         Content-Length: 2\r\nConnection: close\r\n\r\n{{}}"
                    );
                    connection.write_all(answer.as_bytes()).await.unwrap();
                }
            }
        });
        provider
    }

    /// A URL at which nobody listens.
    pub(super) async fn nobody() -> String {
        url(&TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(super) fn requests(&self) -> Vec<Received> {
        self.requests.lock().unwrap().clone()
    }
}

fn url(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().unwrap())
}

/// `None` if it is not a request.
async fn read(connection: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    loop {
        if connection.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text,
            // A character of which only a part has arrived.
            Err(error) if error.error_len().is_none() => continue,
            Err(_) => return None,
        };
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let request = Received { head: format!("{head}\r\n"), body: body.to_owned() };
        if request.header("content-length").parse() == Ok(request.body.len()) {
            return Some(request);
        }
    }
}
