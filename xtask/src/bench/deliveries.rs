//! `cargo xtask bench deliveries`: how many webhooks one server delivers, how old news is when it arrives under load, and
//! what subscriptions cost that hear nothing.
//!
//! The receiver and the load generator share the machine with the server. Every delivery is durable: its row is written
//! with the lead, and its end is recorded before the lead's next one goes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use test_cluster::{Binaries, Cluster, Options as ClusterOptions};

use super::figures::{float, median};
use super::http::Connection;
use super::receiver::Receiver;
use super::requests::{self, AllIds, Subject};
use super::subjects::{self, Book};
use super::wrk::{self, Load, Measured};
use crate::server::Server;
use crate::tools::target_dir;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many leads the server holds.
    #[arg(long, default_value_t = 50_000)]
    leads: usize,
    /// How often each figure is taken; medians are shown.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How long each load lasts.
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Subscriptions at rest.
    #[arg(long, default_value_t = 10_000)]
    resting: usize,
    /// Updates per second that are told, of those that come at half the maximum.
    #[arg(long, default_value_t = 2_000)]
    told: u32,
    /// Over a private PostgreSQL cluster instead of SQLite.
    #[arg(long)]
    postgres: bool,
}

const MAJOR: u32 = 18;
const CONNECTIONS: u32 = 64;
const WRITERS: usize = 32;

pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = target_dir()?.join("bench");
    let binary = subjects::build()?;
    if options.postgres {
        let binaries = Binaries::fetch(MAJOR, &test_cluster::cache()?)?;
        let settings = ClusterOptions::default()
            .set("shared_buffers", "512MB")
            .set("max_wal_size", "4GB");
        let cluster = Cluster::start(&binaries, &settings)?;
        return measure(options, &folder, &binary, Book::Database(&cluster.url()));
    }
    let data_dir = folder.join("deliveries");
    let _ = std::fs::remove_dir_all(&data_dir);
    std::fs::create_dir_all(&data_dir)?;
    let measured = measure(options, &folder, &binary, Book::Folder(&data_dir));
    std::fs::remove_dir_all(&data_dir)?;
    measured
}

fn measure(options: &Options, folder: &Path, binary: &Path, book: Book<'_>) -> Result<()> {
    let (campaign, key) = subjects::prepare(binary, book)?;
    let mut serve = Command::new(binary);
    serve.arg("serve").args(book.arguments());
    serve.args(["--allow-webhook-to", "127.0.0.1/32"]);
    if let Book::Database(_) = book {
        // 32 bytes of digits, in base64: secrets of a bench.
        let key = folder.join("secret.key");
        std::fs::write(&key, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n")?;
        serve.arg("--secret-key-file").arg(key);
    }
    let server = Server::start("deliveries", folder, serve)?;
    let ids = subjects::fill(server.address(), &key, campaign, options.leads)?;
    let mut bench = Bench {
        options,
        server: &server,
        folder: folder.to_owned(),
        key,
        ids,
        receiver: Receiver::start()?,
        runs: 0,
    };
    let maximum = bench.rates()?;
    println!("\nUpdates alone, {CONNECTIONS} connections:            {maximum:>8.0} /s");
    bench.rest()?;
    let with_resting = bench.rates()?;
    println!(
        "With {} subscriptions at rest:             {with_resting:>8.0} /s, {:.2} of it",
        options.resting,
        with_resting / maximum
    );
    bench.backlog()?;
    bench.ages("some", &["autocalls"], maximum / 2.0, options.told)?;
    bench.ages("all", &[], maximum / 2.0, options.told)?;
    server.stop()
}

struct Bench<'a> {
    options: &'a Options,
    server: &'a Server,
    folder: PathBuf,
    key: String,
    ids: AllIds,
    receiver: Receiver,
    /// Every run writes values of its own.
    runs: u64,
}

impl Bench<'_> {
    /// Updates per second, as fast as they go.
    fn rates(&mut self) -> Result<f64> {
        let mut rates = Vec::new();
        for _ in 0..self.options.rounds {
            rates.push(per_second(self.load(Subject::Nlpearl, None)?));
        }
        Ok(median(rates))
    }

    /// Subscriptions that hear nothing of what happens here, each with a filter of its own.
    fn rest(&self) -> Result<()> {
        let count = self.options.resting;
        thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|first| {
                    scope.spawn(move || -> Result<()> {
                        let mut connection = Connection::open(self.server.address())?;
                        for at in (first..count).step_by(WRITERS) {
                            let resting = json!({
                                "dialects": ["uservox"], "except_sources": [format!("crm-{at}")],
                            });
                            self.subscribe(&mut connection, resting)?;
                        }
                        Ok(())
                    })
                })
                .collect();
            for writer in writers {
                writer.join().map_err(|_| anyhow!("a writer panicked"))??;
            }
            Ok(())
        })
    }

    /// A burst of updates that are all told, and how fast the backlog is delivered afterwards.
    fn backlog(&mut self) -> Result<()> {
        let mut connection = Connection::open(self.server.address())?;
        let id = self.subscribe(&mut connection, json!({}))?;
        let mut rates = Vec::new();
        for _ in 0..self.options.rounds {
            self.receiver.hold();
            let loaded = self.load(Subject::Nlpearl, None);
            self.receiver.release();
            loaded?;
            let (count, took) = self.receiver.drain();
            if count < 1_000 {
                bail!("only {count} webhooks were left after the burst: nothing to measure");
            }
            rates.push(float(u64::try_from(count)?) / took.as_secs_f64());
        }
        self.receiver.take();
        println!(
            "Deliveries from a backlog, one endpoint:         {:>8.0} /s",
            median(rates)
        );
        self.unsubscribe(&mut connection, id)
    }

    /// Updates at a pace, and the age of what of them is told.
    fn ages(&mut self, what: &str, dialects: &[&str], pace: f64, told: u32) -> Result<()> {
        let mut connection = Connection::open(self.server.address())?;
        let id = self.subscribe(&mut connection, json!({"dialects": dialects}))?;
        for _ in 0..self.options.rounds {
            let quiet = pace - f64::from(told);
            let (plain, heard) = (
                self.prepare(Subject::Nlpearl)?,
                self.prepare(Subject::Autocalls)?,
            );
            let (plain, heard) = thread::scope(|scope| {
                let this = &*self;
                let plain = scope.spawn(|| this.generate(Subject::Nlpearl, &plain, Some(quiet)));
                let heard = this.generate(Subject::Autocalls, &heard, Some(f64::from(told)));
                let plain = plain.join().map_err(|_| anyhow!("a load panicked"));
                Ok::<_, anyhow::Error>((plain??, heard?))
            })?;
            let during = self.receiver.count();
            let (late, drained) = self.receiver.drain();
            let ages = self.receiver.take();
            let quantile = |percent: usize| ages.get((ages.len().max(1) - 1) * percent / 100);
            println!(
                "Told of {what}: {:>6.0} updates/s, {:>6.0} of them of Autocalls (p99 {:.1} ms); {during} delivered meanwhile, \
                 {late} in {drained:.1?} after; age p50 {} ms, p99 {} ms",
                per_second(plain) + per_second(heard),
                per_second(heard),
                float(heard.p99_micros) / 1e3,
                quantile(50).context("nothing was delivered")?,
                quantile(99).context("nothing was delivered")?,
            );
        }
        self.unsubscribe(&mut connection, id)
    }

    fn load(&mut self, subject: Subject, pace: Option<f64>) -> Result<Measured> {
        let file = self.prepare(subject)?;
        self.generate(subject, &file, pace)
    }

    fn prepare(&mut self, subject: Subject) -> Result<PathBuf> {
        self.runs += 1;
        let file = self.folder.join(format!("requests-{}.txt", self.runs % 4));
        requests::write(&file, subject, &self.ids, self.runs)?;
        Ok(file)
    }

    fn generate(&self, subject: Subject, file: &Path, pace: Option<f64>) -> Result<Measured> {
        let url = format!("{}{}", self.server.base_url, subject.path());
        wrk::run(&Load {
            url: &url,
            connections: CONNECTIONS,
            seconds: self.options.seconds,
            key: &self.key,
            prepared: subject
                .method()
                .map(|method| wrk::Prepared { method, file }),
            pace,
        })
    }

    fn subscribe(&self, connection: &mut Connection, mut filter: Value) -> Result<u64> {
        filter["url"] = json!(self.receiver.url());
        filter["format"] = json!("standard");
        filter["at_once_max"] = json!(64);
        let path = "/leadbook/v1/subscriptions";
        let answer = connection.send("POST", path, &self.key, &filter.to_string())?;
        if answer.status != 201 {
            bail!(
                "a subscription was refused with {}: {}",
                answer.status,
                answer.body
            );
        }
        let made: Value = serde_json::from_str(&answer.body)?;
        made["id"].as_u64().context("a subscription without an id")
    }

    fn unsubscribe(&self, connection: &mut Connection, id: u64) -> Result<()> {
        // Disabled rather than deleted: what still waits becomes a dead letter, and the next figure starts clean.
        let path = format!("/leadbook/v1/subscriptions/{id}");
        let answer = connection.send("PATCH", &path, &self.key, r#"{"is_enabled":false}"#)?;
        if answer.status != 200 {
            bail!("a subscription stays: {}", answer.body);
        }
        Ok(())
    }
}

fn per_second(measured: Measured) -> f64 {
    float(measured.requests) * 1e6 / float(measured.micros)
}
