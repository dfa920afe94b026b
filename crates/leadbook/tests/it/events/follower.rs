//! Clients that follow the change feed: by pages with a cursor, and as a stream.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use crate::clock::PATIENCE;
use crate::history::Checked;
use crate::http::{Client, Request};

/// One that reads pages, and goes on where it was, wherever it asks.
pub(crate) struct Follower {
    key: String,
    cursor: String,
    /// Lead and version, in the order in which they came.
    seen: Vec<(u64, u64)>,
    client: Option<(SocketAddr, Client)>,
}

impl Follower {
    pub(crate) fn from_the_beginning(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            cursor: "0".to_owned(),
            seen: Vec::new(),
            client: None,
        }
    }

    pub(crate) fn seen(&self) -> &[(u64, u64)] {
        &self.seen
    }

    /// The next page, waited for a little; how many events it had. An error: the server is gone.
    pub(crate) fn read(&mut self, address: SocketAddr, wait_seconds: u64) -> io::Result<usize> {
        let mut client = match self.client.take() {
            Some((at, client)) if at == address => client,
            _ => Client::new(address, &self.key),
        };
        let path = format!(
            "/leadbook/v1/events?after={}&limit=100&wait_seconds={wait_seconds}",
            self.cursor
        );
        let answer = client.send(&Request::new("GET", &path, None))?;
        assert!(answer.is_success(), "{path}: {}", answer.text());
        let page = answer.json();
        let events = page["events"].as_array().expect("events");
        for event in events {
            let number = |name: &str| event[name].as_u64().expect("a number");
            self.seen.push((number("lead_id"), number("version")));
        }
        let next = page["next"].as_str().expect("a cursor");
        next.clone_into(&mut self.cursor);
        self.client = Some((address, client));
        Ok(events.len())
    }

    /// Reads on until nothing more comes.
    pub(crate) fn read_to_the_end(&mut self, address: SocketAddr) {
        while self.read(address, 1).expect("the server answers") > 0 {}
    }

    /// Every event of these leads once, each lead's in the order of its versions, and no other event.
    pub(crate) fn check(&self, leads: &[Checked]) {
        let mut of_lead = BTreeMap::<u64, Vec<u64>>::new();
        for (lead, version) in &self.seen {
            of_lead.entry(*lead).or_default().push(*version);
        }
        for checked in leads {
            let lead = checked.lead["id"].as_u64().expect("an id");
            let seen = of_lead.remove(&lead).unwrap_or_default();
            let all: Vec<_> = (1..=checked.version()).collect();
            assert_eq!(seen, all, "the feed of lead {lead}");
        }
        assert!(of_lead.is_empty(), "events of nobody: {of_lead:?}");
    }
}

/// Server-sent events.
pub(crate) struct Stream {
    reader: BufReader<TcpStream>,
    /// What was read of the body and not used, without the framing of chunks.
    body: Vec<u8>,
}

impl Stream {
    pub(crate) fn open(address: SocketAddr, key: &str, last_event_id: &str) -> Self {
        let mut socket = TcpStream::connect(address).expect("a server");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let head = format!(
            "GET /leadbook/v1/events HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
             Accept: text/event-stream\r\nLast-Event-ID: {last_event_id}\r\n\r\n"
        );
        socket.write_all(head.as_bytes()).expect("an open socket");
        let mut reader = BufReader::new(socket);
        let mut answer = String::new();
        while !answer.ends_with("\r\n\r\n") {
            assert!(
                reader.read_line(&mut answer).expect("a head") > 0,
                "{answer}"
            );
        }
        let answer = answer.to_ascii_lowercase();
        assert!(answer.starts_with("http/1.1 200"), "{answer}");
        assert!(
            answer.contains("content-type: text/event-stream"),
            "{answer}"
        );
        let body = Vec::new();
        Self { reader, body }
    }

    /// The next event and its id.
    pub(crate) fn next(&mut self) -> (String, Value) {
        loop {
            let block = self.block();
            let member = |name: &str| {
                let mut lines = block.lines();
                lines.find_map(|line| Some(line.strip_prefix(name)?.trim_start().to_owned()))
            };
            // A block without data is a comment that keeps the connection alive.
            if let Some(data) = member("data:") {
                let event = serde_json::from_str(&data).expect("an event is JSON");
                return (member("id:").expect("an id"), event);
            }
        }
    }

    /// What comes before the next empty line.
    fn block(&mut self) -> String {
        loop {
            if let Some(end) = self.body.windows(2).position(|two| two == b"\n\n") {
                let block = self.body.drain(..end + 2).collect();
                return String::from_utf8(block).expect("UTF-8");
            }
            self.chunk();
        }
    }

    fn chunk(&mut self) {
        let mut size = String::new();
        self.reader.read_line(&mut size).expect("a chunk");
        let size = usize::from_str_radix(size.trim_end(), 16).expect("the size of a chunk");
        assert!(size > 0, "the stream ended");
        let mut chunk = vec![0; size + 2];
        self.reader.read_exact(&mut chunk).expect("a whole chunk");
        self.body.extend(&chunk[..size]);
    }
}
