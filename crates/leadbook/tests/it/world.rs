//! What most tests need in a book: a workspace with a process, keys, and leads under every vendor's name.

use serde_json::{Value, json};

use crate::http::Client;
use crate::server::Book;

/// A workspace and what the command line made in it.
pub(crate) struct Workspace {
    pub(crate) number: u64,
    /// As UserVox writes it.
    pub(crate) project: String,
    pub(crate) campaign: Campaign,
    pub(crate) key: String,
}

/// A campaign under every vendor's name.
#[derive(Clone)]
pub(crate) struct Campaign {
    pub(crate) number: u64,
    /// As NLPearl and UserVox write it.
    pub(crate) object_id: String,
    pub(crate) dialnexa: String,
}

/// A lead under every vendor's name.
#[derive(Clone, Debug)]
pub(crate) struct Lead {
    pub(crate) number: u64,
    /// As NLPearl and UserVox write it.
    pub(crate) object_id: String,
    pub(crate) dialnexa: String,
}

impl Workspace {
    /// Makes a workspace with one process and one key that may do everything.
    pub(crate) fn create(book: &Book, name: &str) -> Self {
        Self::with_process(book, name, &[])
    }

    /// The same, with options for the process.
    pub(crate) fn with_process(book: &Book, name: &str, options: &[&str]) -> Self {
        let made = book.json(&["workspace", "create", "--name", name, "--region", "US"]);
        let number = number(&made);
        let process = ["process", "create", "--name", "Process"];
        let campaign = Campaign::of(&create(book, number, &[&process, options].concat()));
        Self {
            number,
            project: text(&made["ids"]["uservox"]),
            campaign,
            key: create_key(book, number, &[]).1,
        }
    }

    /// A lead of the process.
    pub(crate) fn lead(&self, client: &mut Client) -> Lead {
        let body =
            json!({"campaign_id": self.campaign.number, "phone": "+12025550123", "name": "Ada"});
        Lead::of(&client.ok("POST", "/leadbook/v1/leads", Some(&body)))
    }

    pub(crate) fn leads(&self, client: &mut Client, count: usize) -> Vec<Lead> {
        (0..count).map(|_| self.lead(client)).collect()
    }
}

impl Campaign {
    pub(crate) fn of(made: &Value) -> Self {
        Self {
            number: number(made),
            object_id: text(&made["ids"]["uservox"]),
            dialnexa: text(&made["ids"]["dialnexa"]),
        }
    }
}

impl Lead {
    pub(crate) fn of(shown: &Value) -> Self {
        Self {
            number: number(shown),
            object_id: text(&shown["ids"]["nlpearl"]),
            dialnexa: text(&shown["ids"]["dialnexa"]),
        }
    }

    /// Where our own API shows it.
    pub(crate) fn path(&self) -> String {
        format!("/leadbook/v1/leads/{}", self.number)
    }
}

/// The key's number and its text.
pub(crate) fn create_key(book: &Book, workspace: u64, options: &[&str]) -> (u64, String) {
    let made = create(book, workspace, &[&["key", "create"], options].concat());
    (number(&made), text(&made["key"]))
}

/// What a command in this workspace made.
pub(crate) fn create(book: &Book, workspace: u64, arguments: &[&str]) -> Value {
    let workspace = workspace.to_string();
    book.json(&[arguments, &["--workspace", &workspace]].concat())
}

fn number(made: &Value) -> u64 {
    made["id"]
        .as_u64()
        .unwrap_or_else(|| panic!("no id in {made}"))
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}
