//! Somebody's webhook endpoint: one that answers when told to, and one that answers everybody and keeps what it heard.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::clock::PATIENCE;

/// An endpoint that waits to be told.
pub(crate) struct Receiver {
    listener: TcpListener,
    pub(crate) address: SocketAddr,
}

/// What was sent.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) head: String,
    pub(crate) body: Value,
}

impl Receiver {
    pub(crate) fn new() -> Self {
        // Not where the other tests take their ports, so that one that is let go can be had again.
        Self::at("127.0.0.77:0".parse().expect("an address"))
    }

    pub(crate) fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        let address = listener.local_addr().expect("an address");
        Self { listener, address }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hooks/uservox?a=b", self.address)
    }

    /// Waits for one request and answers it.
    pub(crate) fn take(&self, status: &str) -> Webhook {
        let (stream, _) = self.listener.accept().expect("a webhook");
        let mut reader = BufReader::new(stream);
        let webhook = read(&mut reader).expect("a whole webhook");
        answer(reader, status).expect("an open connection");
        webhook
    }
}

/// Reads one request whole.
fn read(reader: &mut BufReader<TcpStream>) -> io::Result<Webhook> {
    reader.get_ref().set_read_timeout(Some(PATIENCE))?;
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.expect("a length")];
    reader.read_exact(&mut body)?;
    Ok(Webhook {
        head,
        body: serde_json::from_slice(&body).expect("a webhook is JSON"),
    })
}

fn answer(reader: BufReader<TcpStream>, status: &str) -> io::Result<()> {
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    reader.into_inner().write_all(answer.as_bytes())
}

/// An endpoint that takes everything, in the order in which it came.
pub(crate) struct Recorder {
    address: SocketAddr,
    heard: Arc<Heard>,
    listening: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Heard {
    webhooks: Mutex<Vec<Webhook>>,
    more: Condvar,
    is_over: Mutex<bool>,
}

impl Recorder {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.77:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let heard = Arc::new(Heard::default());
        let listening = {
            let heard = Arc::clone(&heard);
            std::thread::spawn(move || heard.listen(&listener))
        };
        Self {
            address,
            heard,
            listening: Some(listening),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Waits until it has heard so much; not for ever.
    pub(crate) fn wait_for(&self, least: usize, patience: Duration) {
        let webhooks = self.heard.webhooks.lock().expect("no thread panics here");
        let is_short = |webhooks: &mut Vec<Webhook>| webhooks.len() < least;
        let more = &self.heard.more;
        let (webhooks, _) = more
            .wait_timeout_while(webhooks, patience, is_short)
            .expect("no thread panics here");
        assert!(
            webhooks.len() >= least,
            "{} of {least} webhooks after {patience:?}",
            webhooks.len()
        );
    }

    /// Everything so far that was sent to the path.
    pub(crate) fn sent_to(&self, path: &str) -> Vec<Webhook> {
        let start = format!("POST {path} ");
        let webhooks = self.heard.webhooks.lock().expect("no thread panics here");
        let sent = webhooks
            .iter()
            .filter(|webhook| webhook.head.starts_with(&start));
        sent.cloned().collect()
    }
}

impl Heard {
    fn listen(&self, listener: &TcpListener) {
        for stream in listener.incoming().map_while(Result::ok) {
            if *self.is_over.lock().expect("no thread panics here") {
                return;
            }
            let mut reader = BufReader::new(stream);
            // A sender that was killed has sent half of it, or nothing, and hears no answer.
            if let Ok(webhook) = read(&mut reader) {
                let mut webhooks = self.webhooks.lock().expect("no thread panics here");
                webhooks.push(webhook);
                self.more.notify_all();
                drop(webhooks);
                let _ = answer(reader, "200 OK");
            }
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        *self.heard.is_over.lock().expect("no thread panics here") = true;
        let _ = TcpStream::connect(self.address);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}
