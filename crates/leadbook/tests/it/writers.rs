//! Clients that write in every vendor's words and remember what was acknowledged.
//!
//! Each writes a rising number, twice in one update, to places of the lead that nobody else writes. So a reader
//! knows what must be there (no less than was acknowledged, no more than was sent) and that no update is half
//! there.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Condvar, Mutex};

use serde_json::{Value, json};

use crate::clock::ask_until;
use crate::history;
use crate::http::{Answer, Client, Request};
use crate::server::{Book, Server};
use crate::world::{Lead, Workspace};

/// Whose words a writer speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    Native,
    Autocalls,
    NlPearl,
    JourneyBee,
    DialNexa,
    UserVox,
}

impl Words {
    pub(crate) const ALL: [Self; 6] = [
        Self::Native,
        Self::Autocalls,
        Self::NlPearl,
        Self::JourneyBee,
        Self::DialNexa,
        Self::UserVox,
    ];

    /// Those that set one member of the variables and leave the others, so that many writers can share a lead.
    pub(crate) const MERGING: [Self; 3] = [Self::Native, Self::Autocalls, Self::UserVox];

    /// As our history names them.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Native => "leadbook",
            Self::Autocalls => "autocalls",
            Self::NlPearl => "nlpearl",
            Self::JourneyBee => "journeybee",
            Self::DialNexa => "dialnexa",
            Self::UserVox => "uservox",
        }
    }

    /// An update that puts `value` in two places of the lead that belong to `writer`.
    pub(crate) fn update(self, writer: &str, lead: &Lead, pearl: &str, value: u64) -> Request {
        let mut variables = serde_json::Map::new();
        variables.insert(format!("{writer}_a"), value.into());
        variables.insert(format!("{writer}_b"), value.into());
        let text = value.to_string();
        let number = lead.number;
        let (method, path, body) = match self {
            Self::Native => ("PATCH", lead.path(), json!({"variables": variables})),
            Self::Autocalls => (
                "PUT",
                format!("/api/user/leads/{number}"),
                json!({"variables": variables}),
            ),
            Self::NlPearl => (
                "PUT",
                format!("/v2/Outbound/{pearl}/Lead/{}", lead.object_id),
                json!({"externalId": text, "phoneNumber": format!("+1202{value:07}")}),
            ),
            Self::JourneyBee => (
                "PATCH",
                format!("/api/v1/leads/{number}"),
                json!({"first_name": text, "last_name": text}),
            ),
            Self::DialNexa => (
                "PATCH",
                format!("/v1/campaigns-leads/{}", lead.dialnexa),
                json!({"name": text, "notes": text}),
            ),
            Self::UserVox => (
                "POST",
                "/api/v1/leads/update".to_owned(),
                json!({"leadId": lead.object_id, "metadata": variables}),
            ),
        };
        Request::new(method, &path, Some(&body))
    }

    /// The two values that a shown lead has in the writer's places; 0 where nothing was written yet.
    pub(crate) fn read(self, writer: &str, lead: &Value) -> (u64, u64) {
        let number = |value: &Value| match value {
            Value::String(text) => text.parse().unwrap_or(0),
            value => value.as_u64().unwrap_or(0),
        };
        match self {
            Self::Native | Self::Autocalls | Self::UserVox => (
                number(&lead["variables"][format!("{writer}_a")]),
                number(&lead["variables"][format!("{writer}_b")]),
            ),
            Self::NlPearl => {
                let phone = lead["phone"]
                    .as_str()
                    .and_then(|e164| e164.strip_prefix("+1202"));
                let phone = phone.and_then(|digits| digits.parse().ok());
                // Before the first update the lead has another number and no external id.
                let is_written = !lead["external_id"].is_null();
                (
                    number(&lead["external_id"]),
                    phone.filter(|_| is_written).unwrap_or(0),
                )
            }
            Self::JourneyBee => (number(&lead["first_name"]), number(&lead["last_name"])),
            Self::DialNexa if lead["notes"].is_null() => (0, 0),
            Self::DialNexa => (number(&lead["name"]), number(&lead["notes"])),
        }
    }

    /// Whether the answer is "try again later" as this vendor would say it: its status, its header, its envelope.
    pub(crate) fn says_try_again(self, answer: &Answer) -> bool {
        let body = answer.json();
        let is_its_own = match self {
            Self::Native => body["status"] == 503 && body["type"].is_string(),
            Self::Autocalls => body["message"] == "Service unavailable",
            Self::NlPearl => body["status"] == 503 && body["errors"].is_object(),
            Self::JourneyBee => body["error"] == "Service unavailable",
            Self::DialNexa => body["statusCode"] == 503 && body["message"].is_string(),
            Self::UserVox => body["success"] == false && body["error"] == "Service unavailable",
        };
        answer.status == 503 && answer.header("retry-after").is_some() && is_its_own
    }

    /// The value that an event of this writer set; `None` for another's event.
    pub(crate) fn written(self, writer: &str, event: &Value) -> Option<u64> {
        let key = format!("{writer}_a");
        let (field, key) = match self {
            Self::Native | Self::Autocalls | Self::UserVox => ("variables", Some(key.as_str())),
            Self::NlPearl => ("external_id", None),
            Self::JourneyBee => ("first_name", None),
            Self::DialNexa => ("notes", None),
        };
        if event["dialect"] != self.name() || event["kind"] != "updated" {
            return None;
        }
        let changes = event["changes"].as_array()?;
        let change = changes
            .iter()
            .find(|change| change["field"] == field && change["key"].as_str() == key)?;
        match &change["after"] {
            Value::String(text) => text.parse().ok(),
            value => value.as_u64(),
        }
    }
}

/// What one writer knows about one lead.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) sent: u64,
    pub(crate) acknowledged: Vec<u64>,
    /// The version that an acknowledged value made, where the answer says it: only ours does.
    versions: Vec<(u64, u64)>,
}

/// A client that writes.
pub(crate) struct Writer {
    pub(crate) name: String,
    pub(crate) words: Words,
    key: String,
    pearl: String,
    leads: Vec<Lead>,
    client: Client,
    next: usize,
    pub(crate) known: BTreeMap<u64, Known>,
}

impl Writer {
    pub(crate) fn new(
        name: &str,
        words: Words,
        workspace: &Workspace,
        leads: &[Lead],
        address: SocketAddr,
    ) -> Self {
        let known = leads.iter().map(|lead| (lead.number, Known::default()));
        Self {
            name: name.to_owned(),
            words,
            key: workspace.key.clone(),
            pearl: workspace.campaign.object_id.clone(),
            leads: leads.to_vec(),
            client: Client::new(address, &workspace.key),
            next: 0,
            known: known.collect(),
        }
    }

    /// Speaks to a server that was started anew.
    pub(crate) fn reconnect(&mut self, address: SocketAddr) {
        self.client = Client::new(address, &self.key);
    }

    /// One update of the next lead, which must succeed. An error: nobody knows whether it was stored.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        let answer = self.try_to_write()?;
        assert!(
            answer.is_success(),
            "{:?}: {} {}",
            self.words,
            answer.status,
            answer.text()
        );
        Ok(())
    }

    /// One update of the next lead, whatever is answered. Of one that was refused, too, nobody knows.
    pub(crate) fn try_to_write(&mut self) -> io::Result<Answer> {
        let lead = &self.leads[self.next % self.leads.len()];
        self.next += 1;
        let known = self.known.get_mut(&lead.number).expect("one of its leads");
        known.sent += 1;
        let value = known.sent;
        let answer = self
            .client
            .send(&self.words.update(&self.name, lead, &self.pearl, value))?;
        if answer.is_success() {
            known.acknowledged.push(value);
            if self.words == Words::Native {
                let version = answer.json()["version"].as_u64().expect("a version");
                known.versions.push((version, value));
            }
        }
        Ok(answer)
    }

    /// Checks what a lead shows of this writer's updates.
    pub(crate) fn check_lead(&self, lead: &Value) {
        let number = lead["id"].as_u64().expect("an id");
        let Some(known) = self.known.get(&number) else {
            return;
        };
        let (a, b) = self.words.read(&self.name, lead);
        let least = known.acknowledged.last().copied().unwrap_or(0);
        let what = format!("{} ({:?}) on lead {number}", self.name, self.words);
        assert_eq!(a, b, "{what}: half an update is there");
        assert!(a >= least, "{what}: {least} was acknowledged, {a} is there");
        assert!(a <= known.sent, "{what}: {a} was never sent");
    }

    /// Checks that every acknowledged update is in the history once, in order, and no other but what was sent.
    pub(crate) fn check_history(&self, lead: u64, events: &[Value]) {
        let Some(known) = self.known.get(&lead) else {
            return;
        };
        let written: Vec<_> = events
            .iter()
            .filter_map(|event| self.words.written(&self.name, event))
            .collect();
        let what = format!("{} ({:?}) on lead {lead}", self.name, self.words);
        assert!(
            written.windows(2).all(|pair| pair[0] < pair[1]),
            "{what}: twice or out of order: {written:?}"
        );
        for value in &known.acknowledged {
            assert!(
                written.binary_search(value).is_ok(),
                "{what}: {value} was acknowledged and is not in the history"
            );
        }
        assert!(
            written.last().is_none_or(|last| *last <= known.sent),
            "{what}"
        );
        for (version, value) in &known.versions {
            let index = usize::try_from(version - 1).expect("few");
            let event = events.get(index).unwrap_or(&Value::Null);
            let found = self.words.written(&self.name, event);
            assert_eq!(found, Some(*value), "{what}: version {version}");
        }
    }
}

/// Two for each vendor's words that share a lead, one for the others; half of them on the few leads.
pub(crate) fn crew(
    workspace: &Workspace,
    leads: &[Lead],
    few: usize,
    server: &Server,
) -> Vec<Writer> {
    let new = |name: &str, words, leads: &[Lead]| {
        Writer::new(name, words, workspace, leads, server.address)
    };
    let mut writers = Vec::new();
    for words in Words::ALL {
        let name = words.name();
        writers.push(new(&format!("{name}_all"), words, leads));
        if Words::MERGING.contains(&words) {
            writers.push(new(&format!("{name}_few"), words, &leads[..few]));
        }
    }
    writers
}

/// Waits for what was accepted, and checks the leads and their histories against what each writer knows.
pub(crate) fn check_all(
    book: &Book,
    workspace: &Workspace,
    server: &Server,
    writers: &[Writer],
    leads: &[Lead],
) {
    ask_until("every accepted job to end", || {
        let found = book.ok(&["doctor"]);
        assert!(found.contains("All well."), "{found}");
        found.contains("queued updates      0\n").then_some(())
    });
    let mut client = server.client(&workspace.key);
    for lead in leads {
        let checked = history::check(&mut client, lead.number);
        for writer in writers {
            writer.check_lead(&checked.lead);
            writer.check_history(lead.number, &checked.events);
        }
    }
}

/// Counts what happens in many threads, for one that waits for it.
#[derive(Default)]
pub(crate) struct Counter {
    count: Mutex<usize>,
    changed: Condvar,
}

impl Counter {
    pub(crate) fn add(&self) {
        *self.count.lock().expect("no thread panics here") += 1;
        self.changed.notify_all();
    }

    pub(crate) fn wait_for(&self, least: usize) {
        let count = self.count.lock().expect("no thread panics here");
        let patience = crate::clock::PATIENCE;
        let (count, _) = self
            .changed
            .wait_timeout_while(count, patience, |count| *count < least)
            .expect("no thread panics here");
        assert!(*count >= least, "only {} of {least}", *count);
    }
}

/// Lets all writers write until the server is gone; `end` ends it while they do.
pub(crate) fn write_until_gone(
    writers: &mut [Writer],
    server: Server,
    end: impl FnOnce(Server, &Counter),
) {
    let counter = Counter::default();
    std::thread::scope(|scope| {
        for writer in writers.iter_mut() {
            let counter = &counter;
            scope.spawn(move || {
                while writer.write().is_ok() {
                    counter.add();
                }
            });
        }
        end(server, &counter);
    });
}
