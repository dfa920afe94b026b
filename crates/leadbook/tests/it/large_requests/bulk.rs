//! A bulk in NLPearl's words, and what of it is in the book: how it is sent and asked for. What must come of it is the tests'.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::ask_for;
use crate::http::{Answer, Client, Connection, Request};
use crate::world::Workspace;

/// How long 50,000 leads may take to be made where they share a small machine with other tests (alone half a minute), and a lease of
/// half a minute to be over, too.
pub(super) const PATIENCE: Duration = Duration::from_mins(3);
/// Leads, or events, on one page when all of them are read.
const PAGE: usize = 1_000;

/// A number of its own for each, in the form of Washington's.
pub(super) fn phone(index: usize) -> String {
    format!("+1202{:07}", 2_000_000 + index)
}

fn external_id(index: usize) -> String {
    format!("crm-{index}")
}

/// The leads of a bulk as JSON, each with a text.
pub(super) fn leads_that_say(count: usize, text: &str) -> Vec<String> {
    let lead = |index| {
        let (phone, external_id) = (phone(index), external_id(index));
        json!({"phoneNumber": phone, "externalId": external_id, "callData": {"said": text}})
            .to_string()
    };
    (0..count).map(lead).collect()
}

pub(super) fn leads(count: usize) -> Vec<String> {
    leads_that_say(count, "hello")
}

/// The answer, whenever it comes: a connection's own patience is for what does not take minutes.
pub(super) fn hear(connection: &mut Connection) -> io::Result<Answer> {
    ask_for(PATIENCE, "an answer", || match connection.read(false) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => None,
        heard => Some(heard),
    })
}

/// A campaign as NLPearl sees it.
pub(super) struct Pearl {
    path: String,
    key: String,
}

impl Pearl {
    pub(super) fn of(workspace: &Workspace) -> Self {
        Self {
            path: format!("/v2/Outbound/{}", workspace.campaign.object_id),
            key: workspace.key.clone(),
        }
    }

    fn bytes(&self, address: SocketAddr, leads: &[String]) -> Vec<u8> {
        let body = format!("{{\"leads\": [{}]}}", leads.join(","));
        Request::new("POST", &format!("{}/Leads/Add", self.path), None)
            .header("Content-Type", "application/json")
            .raw_body(body.as_bytes())
            .bytes(address, &self.key)
    }

    /// Begins a bulk and sends it but for its last bytes.
    pub(super) fn begin(&self, address: SocketAddr, leads: &[String], left: usize) -> Begun {
        let mut bytes = self.bytes(address, leads);
        let rest = bytes.split_off(bytes.len() - left);
        let mut connection = Connection::open(address).expect("the server listens");
        connection.send(&bytes).expect("the server reads it");
        Begun { connection, rest }
    }

    /// The same with the first half of its bytes.
    pub(super) fn begin_half(&self, address: SocketAddr, leads: &[String]) -> Begun {
        let half = leads.iter().map(String::len).sum::<usize>() / 2;
        self.begin(address, leads, half)
    }

    pub(super) fn add(&self, address: SocketAddr, leads: &[String]) -> Answer {
        let mut begun = self.begin(address, leads, 0);
        hear(&mut begun.connection).expect("it is answered")
    }

    /// Adds what must be taken.
    pub(super) fn add_all(&self, address: SocketAddr, leads: &[String]) {
        let added = self.add(address, leads);
        assert_eq!((added.status, added.json()), (200, json!(true)));
    }

    fn search(&self, client: &mut Client, search: &Value) -> Value {
        client.ok("POST", &format!("{}/Leads", self.path), Some(search))
    }

    pub(super) fn count(&self, client: &mut Client) -> usize {
        let found = self.search(client, &json!({"limit": 0}));
        let count = found["count"].as_u64().expect("a count");
        usize::try_from(count).expect("few")
    }

    /// Whether so many leads are there, those of one bulk, each of them once.
    pub(super) fn assert_whole(&self, client: &mut Client, count: usize) {
        assert_eq!(self.count(client), count);
        for index in [0, count - 1] {
            let path = format!("{}/Lead/External/{}", self.path, external_id(index));
            let shown = client.get(&path);
            assert_eq!(shown["phoneNumber"], phone(index), "{shown}");
        }
        let mut seen = BTreeSet::new();
        for skip in (0..count).step_by(PAGE) {
            let page = json!({"skip": skip, "limit": PAGE, "isAscending": true});
            let found = self.search(client, &page);
            let shown = found["results"].as_array().expect("results").iter();
            seen.extend(shown.map(|lead| lead["externalId"].to_string()));
        }
        assert_eq!(seen.len(), count, "some are there twice, others not at all");
    }
}

/// A bulk of which the server has the first part.
pub(super) struct Begun {
    pub(super) connection: Connection,
    rest: Vec<u8>,
}

impl Begun {
    /// Sends what is left.
    pub(super) fn end(mut self) -> io::Result<Answer> {
        self.connection.send(&self.rest)?;
        hear(&mut self.connection)
    }
}

/// Whether the feed tells of the making of so many leads, once of each, and of nothing else.
pub(super) fn assert_told_once(client: &mut Client, count: usize) {
    let (mut seen, mut events, mut after) = (BTreeSet::new(), 0, "0".to_owned());
    loop {
        let path = format!("/leadbook/v1/events?after={after}&limit={PAGE}");
        let page = client.get(&path);
        let told = page["events"].as_array().expect("events");
        if told.is_empty() {
            break;
        }
        for event in told {
            assert_eq!(event["type"], "lead.created", "{event}");
            seen.insert(event["lead_id"].as_u64());
        }
        events += told.len();
        page["next"]
            .as_str()
            .expect("a cursor")
            .clone_into(&mut after);
    }
    assert_eq!((seen.len(), events), (count, count));
}
