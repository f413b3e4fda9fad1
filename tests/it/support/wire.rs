//! The portal over sockets, as it stands on the wire.

use std::net::SocketAddr;
use std::time::Duration;

use entente::http::{Parts, Server};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::Portal;

/// A portal that answers on a port of its own until it is told to stop.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<std::io::Result<()>>,
}

impl Served {
    pub(crate) fn of(portal: &Portal) -> Self {
        let mut parts = Parts::from(&portal.app);
        parts.config.listen = ([127, 0, 0, 1], 0).into();
        let server = Server::bind(parts).unwrap();
        let (stop, stopped) = oneshot::channel();
        Self {
            address: server.address(),
            stop,
            running: tokio::spawn(server.run(async move {
                let _ = stopped.await;
            })),
        }
    }

    pub(crate) async fn send(&self, head: &str, body: &str) -> Answer {
        send(self.address, head, body).await
    }

    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.running.await.unwrap().unwrap();
    }
}

/// Sends a request as it stands on the wire, without the blank line.
pub(crate) async fn send(to: SocketAddr, head: &str, body: &str) -> Answer {
    let mut socket = TcpStream::connect(to).await.unwrap();
    let text = format!(
        "{head}\r\nhost: portal.example\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(text.as_bytes()).await.unwrap();
    read(&mut socket).await
}

/// An answer as it came.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In small letters.
    pub(crate) head: String,
    /// The cookie that it sets, and its tag, as they stand.
    pub(crate) cookie: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) body: String,
}

/// Reads until the connection ends.
pub(crate) async fn read(socket: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let reading = socket.read_to_end(&mut bytes);
    let ended = tokio::time::timeout(Duration::from_secs(15), reading).await;
    let so_far = String::from_utf8_lossy(&bytes);
    ended
        .unwrap_or_else(|_| panic!("the connection does not end after {so_far}"))
        .unwrap();
    let at = bytes.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..at].to_vec()).unwrap();
    let said = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
    let cookie = said("set-cookie: ").map(str::to_owned);
    let tag = said("etag: ").map(str::to_owned);
    let head = head.to_lowercase();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head,
        cookie,
        tag,
        body: String::from_utf8_lossy(&bytes[at + 4..]).into_owned(),
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    pub(crate) fn code(&self) -> String {
        let code = &self.json()["errors"][0]["extensions"]["code"];
        code.as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status, &*self.code()),
            (status, code),
            "{}",
            self.body
        );
        let error = &self.json()["errors"][0];
        let id = error["extensions"]["requestId"]
            .as_str()
            .unwrap_or_default();
        assert_eq!(self.header("x-request-id"), Some(id), "{}", self.body);
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
    }
}
