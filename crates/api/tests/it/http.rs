//! HTTP/1.1 by hand over one TCP connection per request, so that a transcript can also send what no client
//! library would.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A parsed answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Sends `head` (request line and headers) and `body`, and reads the answer to its end.
pub(crate) async fn send(address: SocketAddr, head: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the server listens");
    let head = format!("{head}Host: {address}\r\nConnection: close\r\n\r\n");
    stream
        .write_all(head.as_bytes())
        .await
        .expect("the head is sent");
    // A server may answer and close before it has read a body that is too large.
    let _ = stream.write_all(body).await;
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    parse(&bytes)
}

/// An answer that is read as it comes. The request says HTTP/1.0, so that there is no framing between the lines.
pub(crate) struct Lines(tokio::io::Lines<BufReader<TcpStream>>);

impl Lines {
    /// Sends a request and reads the answer's head; `head` is the request line without its version, and headers.
    pub(crate) async fn open(address: SocketAddr, path: &str, headers: &str) -> (u16, Self) {
        let mut stream = TcpStream::connect(address)
            .await
            .expect("the server listens");
        let head = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n{headers}\r\n");
        stream
            .write_all(head.as_bytes())
            .await
            .expect("the head is sent");
        let mut lines = Self(BufReader::new(stream).lines());
        let status = lines.next().await.expect("a status line");
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        while lines.next().await.is_some_and(|line| !line.is_empty()) {}
        (status.expect("a status"), lines)
    }

    /// `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<String> {
        self.0.next_line().await.ok().flatten()
    }
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no HTTP answer: {:?}", String::from_utf8_lossy(bytes)));
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.to_owned(), value.trim().to_owned()))
        .collect();
    let answer = Answer {
        status: status.expect("a status line"),
        headers,
        body: bytes[end + 4..].to_vec(),
    };
    assert!(
        answer.header("transfer-encoding").is_none(),
        "answers are small and have a length"
    );
    answer
}
