//! A receiver of webhooks, written on bare TCP so that it can be as rude as the real ones.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::book::soon;

/// What a receiver does with a request that it has read.
#[derive(Clone)]
pub(crate) enum Manner {
    /// Writes this and closes.
    Answer(&'static str),
    /// Answers 200 once the test gives a permit.
    Slow(Arc<Semaphore>),
    /// Writes this and no more, and keeps the connection.
    Stall(&'static str),
    /// Answers 200 and then a body without end.
    Flood,
    /// Writes this, and resets the connection.
    Reset(&'static str),
    /// Writes this a byte a second, again and again.
    Drip(&'static str),
    /// Writes this without having read anything, and closes.
    Blurt(&'static str),
}

pub(crate) const OK: Manner =
    Manner::Answer("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
pub(crate) const HANGS: Manner = Manner::Stall("");
pub(crate) const FAILS: Manner = Manner::Answer(
    "HTTP/1.1 500 Internal Server Error\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
);

/// A request as it came.
#[derive(Debug)]
pub(crate) struct Request {
    head: String,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// The value of the one header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.head.lines().skip(1).filter_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        });
        let value = values.next();
        assert!(values.next().is_none(), "two headers {name}");
        value
    }

    /// A number of the body.
    pub(crate) fn number(&self, name: &str) -> u64 {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        body[name].as_u64().unwrap()
    }
}

/// A listener on the loopback.
pub(crate) struct Receiver {
    port: u16,
    requests: mpsc::UnboundedReceiver<Request>,
    _serving: JoinSet<()>,
}

impl Receiver {
    /// Answers the n-th request, from 0, as told.
    pub(crate) async fn start(manner: impl Fn(usize) -> Manner + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (seen, requests) = mpsc::unbounded_channel();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            for number in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                connections.spawn(serve(stream, manner(number), seen.clone()));
            }
        });
        Self {
            port,
            requests,
            _serving: serving,
        }
    }

    /// Answers every request alike.
    pub(crate) async fn always(manner: Manner) -> Self {
        Self::start(move |_| manner.clone()).await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    pub(crate) fn named_url(&self, name: &str) -> String {
        format!("http://{name}:{}/hook", self.port)
    }

    /// The next request.
    pub(crate) async fn request(&mut self) -> Request {
        soon("a webhook", self.requests.recv()).await.unwrap()
    }

    /// Requests that came and were not asked for.
    pub(crate) fn left(&mut self) -> usize {
        let mut left = 0;
        while self.requests.try_recv().is_ok() {
            left += 1;
        }
        left
    }
}

/// One request per connection.
async fn serve(mut stream: TcpStream, manner: Manner, seen: mpsc::UnboundedSender<Request>) {
    if let Manner::Blurt(text) = manner {
        let _ = stream.write_all(text.as_bytes()).await;
        return;
    }
    let Some(request) = read(&mut stream).await else {
        return;
    };
    // The test may be over.
    let _ = seen.send(request);
    match manner {
        Manner::Answer(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
        }
        Manner::Slow(permits) => {
            if let Ok(permit) = permits.acquire().await {
                permit.forget();
            }
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
                .await;
        }
        Manner::Stall(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            std::future::pending::<()>().await;
        }
        Manner::Flood => {
            let head = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n";
            let _ = stream.write_all(head).await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        }
        Manner::Reset(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            stream.set_zero_linger().unwrap();
        }
        Manner::Drip(text) => {
            for byte in text.bytes().cycle() {
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        Manner::Blurt(_) => {}
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).ok()?;
    let mut request = Request {
        head,
        body: String::new(),
    };
    let length: usize = request.header("content-length")?.parse().ok()?;
    while bytes.len() < head_end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    request.body = String::from_utf8(bytes[head_end..].to_vec()).ok()?;
    Some(request)
}
