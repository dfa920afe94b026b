//! The two servers of a bench: the release binary on a data directory of its own with its leads written, and the floor.
//!
//! The workspace, the campaign and the key are made by the command line before the server starts; the leads go through the
//! API, as a user's would.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};

use super::http::Connection;
use super::requests::{AllIds, Ids, Subject};
use crate::server::Server;
use crate::tools::{cargo, now, output, run as run_command, target_dir};

const WRITERS: usize = 64;

pub(crate) struct Subjects {
    pub(crate) server: Server,
    floor: Server,
    pub(crate) data_dir: PathBuf,
    pub(crate) key: String,
    pub(crate) ids: AllIds,
}

impl Subjects {
    pub(crate) fn server(&self, subject: Subject) -> &Server {
        if subject.is_ours() {
            &self.server
        } else {
            &self.floor
        }
    }

    /// Stops the server as an operator would, and takes its data away.
    pub(crate) fn end(self) -> Result<()> {
        self.server.stop()?;
        Ok(fs::remove_dir_all(&self.data_dir)?)
    }

    pub(crate) fn connect(&self, subject: Subject) -> Result<Connection> {
        Connection::open(self.server(subject).address())
    }
}

/// Builds both, starts both, and writes the leads.
pub(crate) fn start(folder: &Path, leads: usize) -> Result<Subjects> {
    let binary = build()?;
    let floor = binary.with_file_name("examples").join("floor");
    let data_dir = folder.join("data");
    if data_dir.exists() {
        fs::remove_dir_all(&data_dir)?;
    }
    fs::create_dir_all(&data_dir)?;
    let book = Book::Folder(&data_dir);
    let (campaign, key) = prepare(&binary, book)?;
    let mut serve = Command::new(&binary);
    serve.arg("serve").args(book.arguments());
    let server = Server::start("leadbook", folder, serve)?;
    let mut command = Command::new(floor);
    command.args(["--leads", &leads.to_string()]);
    let floor = Server::start("floor", folder, command)?;
    let ids = fill(server.address(), &key, campaign, leads)?;
    Ok(Subjects {
        server,
        floor,
        data_dir,
        key,
        ids,
    })
}

/// Where the server under test has its book.
#[derive(Clone, Copy)]
pub(crate) enum Book<'a> {
    Folder(&'a Path),
    Database(&'a str),
}

impl<'a> Book<'a> {
    pub(crate) fn arguments(self) -> [&'a OsStr; 2] {
        match self {
            Self::Folder(folder) => [OsStr::new("--data-dir"), folder.as_os_str()],
            Self::Database(url) => [OsStr::new("--database"), OsStr::new(url)],
        }
    }
}

/// Builds the server and the floor; where the server is.
pub(crate) fn build() -> Result<PathBuf> {
    let arguments = ["build", "--release", "--package", "leadbook"];
    run_command(
        cargo()
            .args(arguments)
            .args(["--bin", "leadbook", "--example", "floor"]),
    )?;
    Ok(target_dir()?.join("release/leadbook"))
}

/// Makes a workspace, a campaign and a key that may do everything.
pub(crate) fn prepare(binary: &Path, book: Book<'_>) -> Result<(Campaign, String)> {
    Admin { binary, book }.prepare()
}

/// Makes a workspace with campaigns and a user, and a key that may do everything.
pub(crate) fn prepare_lists(
    binary: &Path,
    book: Book<'_>,
    campaigns: usize,
) -> Result<(Vec<Campaign>, u64, String)> {
    Admin { binary, book }.prepare_lists(campaigns)
}

/// Writes the leads through the API.
pub(crate) fn fill(address: &str, key: &str, campaign: Campaign, leads: usize) -> Result<AllIds> {
    let started = now();
    let leads = write_leads(address, key, campaign.id, leads)?;
    println!(
        "{} leads written through the API in {:.0?}.",
        leads.len(),
        started.elapsed()
    );
    Ok(AllIds {
        pearl: campaign.pearl,
        leads,
    })
}

pub(crate) struct Campaign {
    pub(crate) id: u64,
    pub(crate) pearl: String,
    /// As DialNexa writes it.
    pub(crate) code: String,
}

/// The server's own command line.
struct Admin<'a> {
    binary: &'a Path,
    book: Book<'a>,
}

impl Admin<'_> {
    fn prepare(&self) -> Result<(Campaign, String)> {
        let workspace = self.json(&["workspace", "create", "--name", "bench"])?;
        let workspace = number(&workspace, "id")?.to_string();
        let of = ["--workspace", &workspace];
        let campaign = self.campaign(&of)?;
        Ok((campaign, self.key(&of)?))
    }

    fn campaign(&self, of: &[&str]) -> Result<Campaign> {
        let made = self.json(&[&["campaign", "create", "--name", "bench"], of].concat())?;
        Ok(Campaign {
            id: number(&made, "id")?,
            pearl: text(&made["ids"], "nlpearl")?,
            code: text(&made["ids"], "dialnexa")?,
        })
    }

    fn key(&self, of: &[&str]) -> Result<String> {
        let key = ["key", "create", "--permissions", "read,write"];
        let key = self.json(&[key.as_slice(), of].concat())?;
        text(&key, "key")
    }

    /// Several campaigns, and a user whom lists ask for.
    fn prepare_lists(&self, campaigns: usize) -> Result<(Vec<Campaign>, u64, String)> {
        let workspace = self.json(&["workspace", "create", "--name", "bench"])?;
        let workspace = number(&workspace, "id")?.to_string();
        let of = ["--workspace", &workspace];
        let campaigns = (0..campaigns).map(|_| self.campaign(&of));
        let campaigns = campaigns.collect::<Result<_>>()?;
        let user = ["user", "create", "--email", "bench@example.com"];
        let user = self.json(&[user.as_slice(), of.as_slice()].concat())?;
        Ok((campaigns, number(&user, "id")?, self.key(&of)?))
    }

    fn json(&self, arguments: &[&str]) -> Result<Value> {
        let mut command = Command::new(self.binary);
        let printed = output(
            command
                .args(arguments)
                .arg("--json")
                .args(self.book.arguments()),
        )?;
        serde_json::from_str(&printed)
            .with_context(|| format!("leadbook printed no JSON: {printed}"))
    }
}

/// Many writers at once, each on one connection; the ids come back in no order.
fn write_leads(address: &str, key: &str, campaign: u64, count: usize) -> Result<Vec<Ids>> {
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|first| scope.spawn(move || write_some(address, key, campaign, first..count)))
            .collect();
        let mut all = Vec::with_capacity(count);
        for writer in writers {
            all.extend(
                writer
                    .join()
                    .map_err(|_| anyhow!("a writer of leads panicked"))??,
            );
        }
        Ok(all)
    })
}

/// Every `WRITERS`th lead of the range.
fn write_some(
    address: &str,
    key: &str,
    campaign: u64,
    range: std::ops::Range<usize>,
) -> Result<Vec<Ids>> {
    let mut connection = Connection::open(address)?;
    let write = |at: usize| {
        let body = lead(campaign, at).to_string();
        let answer = connection.send("POST", "/leadbook/v1/leads", key, &body)?;
        if !matches!(answer.status, 200 | 201) {
            bail!("a lead was refused with {}: {}", answer.status, answer.body);
        }
        let made: Value = serde_json::from_str(&answer.body)?;
        let ids = &made["ids"];
        Ok(Ids {
            autocalls: number(ids, "autocalls")?,
            nlpearl: text(ids, "nlpearl")?,
        })
    };
    range.step_by(WRITERS).map(write).collect()
}

/// About 378 bytes in eight variables, as in the floor.
pub(crate) fn lead(campaign: u64, at: usize) -> Value {
    json!({
        "campaign_id": campaign, "phone": format!("+1555{at:07}"),
        "variables": {
            "score": "0", "city": "Lisbon", "plan": "basic",
            "email": format!("lead{at}@example.com"),
            "company": "Example Trading Company Limited, Second Branch",
            "street": "1 Long Example Street, third floor, ring twice",
            "interest": "Asked for a quote for twelve seats and a callback after lunch",
            "source": "Partner web form, spring campaign, landing page two, variant blue",
        },
    })
}

fn number(value: &Value, name: &str) -> Result<u64> {
    value[name]
        .as_u64()
        .with_context(|| format!("no number {name} in {value}"))
}

fn text(value: &Value, name: &str) -> Result<String> {
    let found = value[name]
        .as_str()
        .with_context(|| format!("no text {name} in {value}"))?;
    Ok(found.to_owned())
}
