//! `cargo xtask bench growth`: what an update and a claim cost in a book that grows, on both stores.
//!
//! One book per store, filled through the API to each size in turn; at each size a fixed number of callers update leads
//! picked at random over the whole book, then claim leads and report outcomes. What counts is the ratio of the last line
//! to the first: the store's own trees get deeper and its caches too small, and nothing else may grow.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use test_cluster::{Binaries, Cluster, Options as ClusterOptions};

use super::http::Connection;
use super::process::peak_memory_bytes;
use super::subjects::{self, Book, Campaign};
use crate::server::Server;
use crate::tools::{now, output, target_dir};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The sizes, in leads, separated by commas. One that the volume has no room for is passed over.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 1_000_000, 10_000_000])]
    sizes: Vec<u64>,
    /// How long updates, and then claims, are measured at each size.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Callers at once.
    #[arg(long, default_value_t = 16)]
    callers: u64,
    /// The stores, separated by commas.
    #[arg(long, value_delimiter = ',', default_values_t = ["sqlite".to_owned(), "postgres".to_owned()])]
    stores: Vec<String>,
}

const MAJOR: u32 = 18;
const WRITERS: u64 = 64;
/// What a lead, its first event, their indexes and the log of writing them take at most, measured on both stores.
const LEAD_BYTES_MAX: u64 = 3_500;

pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = target_dir()?.join("bench");
    let binary = subjects::build()?;
    let mut lines = Vec::new();
    for store in &options.stores {
        let mut measured = match store.as_str() {
            "sqlite" => sqlite(options, &folder, &binary)?,
            "postgres" => postgres(options, &folder, &binary)?,
            other => bail!("--stores {other}: write sqlite or postgres"),
        };
        lines.append(&mut measured);
    }
    print(&lines);
    Ok(())
}

fn sqlite(options: &Options, folder: &Path, binary: &Path) -> Result<Vec<Line>> {
    let data_dir = folder.join("growth");
    let _ = std::fs::remove_dir_all(&data_dir);
    std::fs::create_dir_all(&data_dir)?;
    let book = Book::Folder(&data_dir);
    let lines = grow(options, folder, binary, book, "sqlite", &|| Ok(()));
    std::fs::remove_dir_all(&data_dir)?;
    lines
}

fn postgres(options: &Options, folder: &Path, binary: &Path) -> Result<Vec<Line>> {
    let binaries = Binaries::fetch(MAJOR, &test_cluster::cache()?)?;
    let settings = ClusterOptions::default()
        .set("shared_buffers", "512MB")
        .set("min_wal_size", "2GB")
        .set("max_wal_size", "4GB");
    let cluster = Cluster::start(&binaries, &settings)?;
    let url = cluster.url();
    // What a server does by itself in the minutes after so many leads were written; not what is measured.
    let settle = || -> Result<()> {
        cluster.query("VACUUM ANALYZE")?;
        cluster.query("CHECKPOINT").map(drop)
    };
    let book = Book::Database(&url);
    grow(options, folder, binary, book, "postgres", &settle)
}

/// What was measured at one size.
struct Line {
    store: &'static str,
    leads: u64,
    update: Latencies,
    claim: Latencies,
    memory_mb: u64,
}

/// Of one kind of request.
struct Latencies {
    p50: Duration,
    p99: Duration,
    count: usize,
}

fn grow(
    options: &Options,
    folder: &Path,
    binary: &Path,
    book: Book<'_>,
    store: &'static str,
    settle: &dyn Fn() -> Result<()>,
) -> Result<Vec<Line>> {
    let (campaign, key) = subjects::prepare(binary, book)?;
    let mut serve = Command::new(binary);
    serve.arg("serve").args(book.arguments());
    let server = Server::start(&format!("growth-{store}"), folder, serve)?;
    let mut growing = Growing {
        address: server.address().to_owned(),
        key,
        campaign,
        first: 0,
        leads: 0,
        turns: AtomicU64::new(0),
    };
    let mut lines = Vec::new();
    for &size in &options.sizes {
        let needed = (size - growing.leads.min(size)) * LEAD_BYTES_MAX;
        if free_bytes(folder)? < needed {
            println!("{store}: no room for {size} leads on this volume; left out.");
            continue;
        }
        growing.fill(store, size)?;
        settle()?;
        let length = Duration::from_secs(options.seconds);
        // Once to warm up: the caches of a size are part of it.
        growing.callers(options.callers, length / 4, Growing::update)?;
        lines.push(Line {
            store,
            leads: size,
            update: growing.callers(options.callers, length, Growing::update)?,
            claim: growing.callers(options.callers, length, Growing::claim)?,
            memory_mb: peak_memory_bytes(server.pid())? / 1_000_000,
        });
        lines.last().into_iter().for_each(print_line);
    }
    server.stop()?;
    Ok(lines)
}

struct Growing {
    address: String,
    key: String,
    campaign: Campaign,
    /// The first lead's number; the others follow, because one server made them all.
    first: u64,
    leads: u64,
    turns: AtomicU64,
}

type Call = fn(&Growing, &mut Connection) -> Result<Duration>;

impl Growing {
    fn fill(&mut self, store: &str, size: u64) -> Result<()> {
        const STEP: u64 = 100_000;
        let started = now();
        while self.leads < size {
            let end = size.min(self.leads + STEP);
            let (from, this) = (self.leads, &*self);
            let lowest: Vec<u64> = thread::scope(|scope| {
                let writers: Vec<_> = (0..WRITERS)
                    .map(|writer| scope.spawn(move || this.write(from + writer, end)))
                    .collect();
                let join = |writer: thread::ScopedJoinHandle<'_, Result<u64>>| {
                    writer.join().map_err(|_| anyhow!("a writer panicked"))?
                };
                writers.into_iter().map(join).collect::<Result<_>>()
            })?;
            if self.leads == 0 {
                self.first = lowest.into_iter().min().unwrap_or(0);
            }
            self.leads = end;
            println!(
                "{store}: {end} of {size} leads after {:.0?}",
                started.elapsed()
            );
        }
        Ok(())
    }

    /// Every so manieth lead; the lowest number given.
    fn write(&self, start: u64, end: u64) -> Result<u64> {
        let mut connection = Connection::open(&self.address)?;
        let mut lowest = u64::MAX;
        let mut at = start;
        while at < end {
            let body = subjects::lead(self.campaign.id, usize::try_from(at)?).to_string();
            let answer = connection.send("POST", "/leadbook/v1/leads", &self.key, &body)?;
            if answer.status != 201 {
                bail!("a lead was refused with {}: {}", answer.status, answer.body);
            }
            let made: Value = serde_json::from_str(&answer.body)?;
            lowest = lowest.min(made["id"].as_u64().context("a lead without an id")?);
            at += WRITERS;
        }
        Ok(lowest)
    }

    /// So many callers for so long, each waiting for its answer.
    fn callers(&self, callers: u64, length: Duration, call: Call) -> Result<Latencies> {
        let caller = || -> Result<Vec<Duration>> {
            let mut connection = Connection::open(&self.address)?;
            let started = now();
            let mut all = Vec::new();
            while started.elapsed() < length {
                all.push(call(self, &mut connection)?);
            }
            Ok(all)
        };
        let mut all: Vec<Duration> = thread::scope(|scope| {
            let callers: Vec<_> = (0..callers).map(|_| scope.spawn(caller)).collect();
            let join = |caller: thread::ScopedJoinHandle<'_, Result<Vec<Duration>>>| {
                caller.join().map_err(|_| anyhow!("a caller panicked"))?
            };
            let all: Result<Vec<_>> = callers.into_iter().map(join).collect();
            Ok::<_, anyhow::Error>(all?.concat())
        })?;
        all.sort_unstable();
        let quantile = |percent: usize| all[(all.len() - 1) * percent / 100];
        Ok(Latencies {
            p50: quantile(50),
            p99: quantile(99),
            count: all.len(),
        })
    }

    fn update(&self, connection: &mut Connection) -> Result<Duration> {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        // Scattered over the whole book (Knuth's multiplicative hash).
        let lead = self.first + turn.wrapping_mul(0x9e37_79b9_7f4a_7c15) % self.leads;
        let body = json!({"variables": {"score": turn.to_string(), "plan": "gold"}}).to_string();
        let path = format!("/leadbook/v1/leads/{lead}");
        self.timed(connection, "PATCH", &path, &body)
            .map(|(took, _)| took)
    }

    /// The claim alone is timed; its outcome puts the lead back at the end of the line.
    fn claim(&self, connection: &mut Connection) -> Result<Duration> {
        let path = format!("/leadbook/v1/campaigns/{}/claim", self.campaign.id);
        let (took, claimed) = self.timed(connection, "POST", &path, "{}")?;
        let call = &claimed["call"];
        let id = call["id"].as_u64().context("there was nothing to claim")?;
        let path = format!("/leadbook/v1/calls/{id}/outcome");
        let outcome = json!({"fence_token": call["fence_token"], "outcome": "retry",
            "next_attempt_at": "2020-01-01T00:00:00Z"});
        self.timed(connection, "POST", &path, &outcome.to_string())?;
        Ok(took)
    }

    fn timed(
        &self,
        connection: &mut Connection,
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<(Duration, Value)> {
        let started = now();
        let answer = connection.send(method, path, &self.key, body)?;
        let took = started.elapsed();
        if answer.status != 200 {
            bail!(
                "{method} {path} was answered {}: {}",
                answer.status,
                answer.body
            );
        }
        Ok((took, serde_json::from_str(&answer.body)?))
    }
}

/// What is free on the folder's volume.
fn free_bytes(folder: &Path) -> Result<u64> {
    std::fs::create_dir_all(folder)?;
    let shown = output(
        Command::new("df")
            .args(["--output=avail", "-B1"])
            .arg(folder),
    )?;
    let number = shown.lines().nth(1).map(str::trim);
    number
        .and_then(|number| number.parse().ok())
        .context("df said nothing")
}

fn print(lines: &[Line]) {
    println!(
        "\n{:<10}{:>11}{:>12}{:>10}{:>9}{:>11}{:>10}{:>9}{:>8}",
        "store", "leads", "update p50", "p99 ms", "count", "claim p50", "p99 ms", "count", "rss MB"
    );
    lines.iter().for_each(print_line);
    for store in ["sqlite", "postgres"] {
        let of_store: Vec<_> = lines.iter().filter(|line| line.store == store).collect();
        if let [first, .., last] = of_store[..] {
            println!(
                "{store}: from {} to {} leads the p50 of an update grew {:.2} times, of a claim {:.2} times",
                first.leads,
                last.leads,
                last.update.p50.as_secs_f64() / first.update.p50.as_secs_f64(),
                last.claim.p50.as_secs_f64() / first.claim.p50.as_secs_f64(),
            );
        }
    }
}

fn print_line(line: &Line) {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "{:<10}{:>11}{:>12.2}{:>10.2}{:>9}{:>11.2}{:>10.2}{:>9}{:>8}",
        line.store,
        line.leads,
        ms(line.update.p50),
        ms(line.update.p99),
        line.update.count,
        ms(line.claim.p50),
        ms(line.claim.p99),
        line.claim.count,
        line.memory_mb
    );
}
