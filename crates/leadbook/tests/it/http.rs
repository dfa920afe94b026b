//! HTTP/1.1 by hand, so that a test can also send what no client library would, and see every byte that
//! comes back.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use serde_json::Value;

use crate::clock::PATIENCE;

/// A parsed answer.
#[derive(Clone, Debug)]
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

    pub(crate) const fn is_success(&self) -> bool {
        self.status / 100 == 2
    }

    /// Whether its body never ends. Then it is not read, and the connection is of no use any more.
    pub(crate) fn is_stream(&self) -> bool {
        self.header("content-type") == Some("text/event-stream")
    }

    /// The body; `Null` if it is not JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// One TCP connection.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(stream)))
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// Says that nothing more will be sent.
    pub(crate) fn finish_sending(&self) -> io::Result<()> {
        self.0.get_ref().shutdown(Shutdown::Write)
    }

    /// Reads one answer. `is_head`: it has no body, whatever its length says.
    pub(crate) fn read(&mut self, is_head: bool) -> io::Result<Answer> {
        let status = self.line()?;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| broken("a header"))?;
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let mut answer = Answer {
            status: status.ok_or_else(|| broken("a status line"))?,
            headers,
            body: Vec::new(),
        };
        if answer.status == 100 {
            return self.read(is_head);
        }
        if !is_head && answer.status != 204 && answer.status != 304 {
            self.read_body(&mut answer)?;
        }
        Ok(answer)
    }

    fn read_body(&mut self, answer: &mut Answer) -> io::Result<()> {
        if answer.is_stream() {
            return Ok(());
        }
        if answer.header("transfer-encoding").is_some() {
            return Err(broken("a length: answers are small"));
        }
        match answer.header("content-length").map(str::parse::<usize>) {
            Some(Ok(length)) => {
                answer.body.resize(length, 0);
                self.0.read_exact(&mut answer.body)
            }
            Some(Err(_)) => Err(broken("a content length")),
            None => self.0.read_to_end(&mut answer.body).map(drop),
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(&line);
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the answer has not {what}"),
    )
}

/// A caller with a key, on a connection that is kept.
pub(crate) struct Client {
    address: SocketAddr,
    key: String,
    connection: Option<Connection>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr, key: &str) -> Self {
        Self {
            address,
            key: key.to_owned(),
            connection: None,
        }
    }

    /// One request. An error leaves open whether the server has acted on it.
    pub(crate) fn send(&mut self, request: &Request) -> io::Result<Answer> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(self.address)?,
        };
        connection.send(&request.bytes(self.address, &self.key))?;
        let answer = connection.read(request.method == "HEAD")?;
        let closes = answer.header("connection") == Some("close") || answer.is_stream();
        self.connection = (!closes).then_some(connection);
        Ok(answer)
    }

    /// One request that the server must answer.
    pub(crate) fn ask(&mut self, request: &Request) -> Answer {
        match self.send(request) {
            Ok(answer) => answer,
            Err(error) => panic!("no answer to {} {}: {error}", request.method, request.path),
        }
    }

    /// One request that must succeed.
    pub(crate) fn ok(&mut self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let answer = self.ask(&Request::new(method, path, body));
        assert!(
            answer.is_success(),
            "{method} {path} {body:?}: {} {}",
            answer.status,
            answer.text()
        );
        answer.json()
    }

    pub(crate) fn get(&mut self, path: &str) -> Value {
        self.ok("GET", path, None)
    }
}

/// A request as a well-behaved client sends it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Vec<u8>>,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str, body: Option<&Value>) -> Self {
        let body = body.map(|body| body.to_string().into_bytes());
        let headers = match body {
            Some(_) => vec![("Content-Type".to_owned(), "application/json".to_owned())],
            None => Vec::new(),
        };
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers,
            body,
        }
    }

    #[must_use]
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub(crate) fn raw_body(mut self, body: &[u8]) -> Self {
        self.body = Some(body.to_vec());
        self
    }

    /// Without a key, `Authorization` is what `headers` say.
    pub(crate) fn bytes(&self, address: SocketAddr, key: &str) -> Vec<u8> {
        let (method, path) = (&self.method, &self.path);
        let mut lines = vec![
            format!("{method} {path} HTTP/1.1"),
            format!("Host: {address}"),
        ];
        if !key.is_empty() {
            lines.push(format!("Authorization: Bearer {key}"));
        }
        lines.extend(
            self.headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}")),
        );
        if let Some(body) = &self.body {
            lines.push(format!("Content-Length: {}", body.len()));
        }
        let head = lines.join("\r\n") + "\r\n\r\n";
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(self.body.as_deref().unwrap_or_default());
        bytes
    }
}
