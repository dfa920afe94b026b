//! `cargo xtask bench update --postgres`: updates through full HTTP over a private PostgreSQL cluster, beside `pgbench` doing
//! the same work on the same cluster with as many clients.
//!
//! The log segments are made before anything is measured: both sides would pay for them, and it would be all one sees of
//! the slowest answers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use test_cluster::{Binaries, Cluster, Options as ClusterOptions};

use super::figures::median;
use super::pgbench::{self, Script};
use super::requests::{self, AllIds, Subject};
use super::subjects::{self, Book};
use super::update::Options;
use super::wrk::{self, Load, Measured};
use crate::server::Server;
use crate::tools::target_dir;

const MAJOR: u32 = 18;
/// Servers started; a cell uses the first so many.
const PROCESSES: [usize; 2] = [1, 2];

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Pgbench(Script),
    Leadbook { dialect: Subject, processes: usize },
}

impl Side {
    fn all() -> Vec<Self> {
        let scripts = [Script::Transaction, Script::Statement].map(Self::Pgbench);
        let ours = PROCESSES.iter().flat_map(|&processes| {
            [Subject::Nlpearl, Subject::Autocalls]
                .map(|dialect| Self::Leadbook { dialect, processes })
        });
        scripts.into_iter().chain(ours).collect()
    }

    fn name(self) -> String {
        match self {
            Self::Pgbench(Script::Transaction) => "pgbench, transaction".to_owned(),
            Self::Pgbench(Script::Statement) => "pgbench, one statement".to_owned(),
            Self::Leadbook { dialect, processes } => format!("{dialect} x{processes}"),
        }
    }
}

struct Cell {
    side: Side,
    connections: u32,
    samples: Vec<Sample>,
}

#[derive(Clone, Copy)]
struct Sample {
    per_second: f64,
    /// The mean for pgbench.
    p50_ms: f64,
    p99_ms: Option<f64>,
}

impl Cell {
    fn per_second(&self) -> f64 {
        median(
            self.samples
                .iter()
                .map(|sample| sample.per_second)
                .collect(),
        )
    }
}

struct Bench<'a> {
    options: &'a Options,
    folder: PathBuf,
    binaries: Binaries,
    cluster: Cluster,
    servers: Vec<Server>,
    key: String,
    ids: AllIds,
    /// Every run writes values of its own.
    runs: u64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut bench = Bench::start(options)?;
    for side in Side::all() {
        bench.one(side, 16, 1)?;
    }
    let mut cells = Vec::new();
    for &connections in &options.connections {
        cells.extend(Side::all().into_iter().map(|side| Cell {
            side,
            connections,
            samples: Vec::new(),
        }));
    }
    for round in 1..=options.rounds {
        println!("Round {round} of {}.", options.rounds);
        for cell in &mut cells {
            cell.samples
                .push(bench.one(cell.side, cell.connections, options.seconds)?);
        }
    }
    print(&cells, &bench.binaries.version()?);
    for server in bench.servers {
        server.stop()?;
    }
    Ok(())
}

impl<'a> Bench<'a> {
    fn start(options: &'a Options) -> Result<Self> {
        let folder = target_dir()?.join("bench");
        fs::create_dir_all(&folder)?;
        let binaries = Binaries::fetch(MAJOR, &test_cluster::cache()?)?;
        let settings = ClusterOptions::default()
            .set("shared_buffers", "512MB")
            .set("max_connections", "600")
            .set("min_wal_size", "4GB")
            .set("max_wal_size", "8GB");
        let cluster = Cluster::start(&binaries, &settings)?;
        pgbench::prepare(&cluster, options.leads)?;
        let url = cluster.url();
        let binary = subjects::build()?;
        let book = Book::Database(&url);
        let (campaign, key) = subjects::prepare(&binary, book)?;
        let mut servers = Vec::new();
        for number in 1..=PROCESSES.into_iter().max().unwrap_or(1) {
            let mut serve = Command::new(&binary);
            serve.arg("serve").args(book.arguments());
            servers.push(Server::start(
                &format!("leadbook-{number}"),
                &folder,
                serve,
            )?);
        }
        let ids = subjects::fill(servers[0].address(), &key, campaign, options.leads)?;
        let bench = Self {
            options,
            folder,
            binaries,
            cluster,
            servers,
            key,
            ids,
            runs: 0,
        };
        bench.make_log_segments()?;
        Ok(bench)
    }

    /// Writes log until as much is there as is kept for reuse, and lets a checkpoint hand it back.
    fn make_log_segments(&self) -> Result<()> {
        let fill = "SELECT count(pg_logical_emit_message(false, 'bench', repeat('x', 1000000))) \
                    FROM generate_series(1, 3000)";
        self.cluster.query("VACUUM ANALYZE")?;
        self.cluster.query(fill)?;
        self.cluster.query("CHECKPOINT")?;
        self.cluster.query("SELECT pg_switch_wal()")?;
        self.cluster.query("CHECKPOINT").map(drop)
    }

    fn one(&mut self, side: Side, connections: u32, seconds: u32) -> Result<Sample> {
        match side {
            Side::Pgbench(script) => {
                let (url, leads) = (self.cluster.url(), self.options.leads);
                let run = pgbench::run(&self.binaries, &url, script, leads, connections, seconds)?;
                Ok(Sample {
                    per_second: run.per_second,
                    p50_ms: run.mean_ms,
                    p99_ms: None,
                })
            }
            Side::Leadbook { dialect, processes } => {
                self.ours(dialect, processes, connections, seconds)
            }
        }
    }

    /// The connections shared out among the servers, one generator for each.
    fn ours(
        &mut self,
        dialect: Subject,
        processes: usize,
        connections: u32,
        seconds: u32,
    ) -> Result<Sample> {
        self.runs += 1;
        let file = self.folder.join("requests.txt");
        requests::write(&file, dialect, &self.ids, self.runs)?;
        let share = connections / u32::try_from(processes)?;
        let key = &self.key;
        let measured: Vec<_> = thread::scope(|scope| {
            let servers = self.servers.iter().take(processes);
            let generators: Vec<_> = servers
                .map(|server| {
                    let file = &file;
                    scope.spawn(move || generate(server, dialect, file, key, share.max(1), seconds))
                })
                .collect();
            let join = |generator: thread::ScopedJoinHandle<'_, Result<Measured>>| {
                generator
                    .join()
                    .map_err(|_| anyhow!("a generator panicked"))?
            };
            generators.into_iter().map(join).collect::<Result<_>>()
        })?;
        sum(&measured)
    }
}

fn generate(
    server: &Server,
    dialect: Subject,
    file: &Path,
    key: &str,
    connections: u32,
    seconds: u32,
) -> Result<Measured> {
    let method = dialect.method().context("an update has a method")?;
    wrk::run(&Load {
        url: &format!("{}{}", server.base_url, dialect.path()),
        connections,
        seconds,
        key,
        prepared: Some(wrk::Prepared { method, file }),
        pace: None,
    })
}

/// Rates add up; of the times the worst counts.
fn sum(measured: &[Measured]) -> Result<Sample> {
    let worst = |of: fn(&Measured) -> u64| {
        let micros = measured.iter().map(of).max();
        micros.map(|micros| float(micros) / 1e3)
    };
    let rates = measured
        .iter()
        .map(|run| float(run.requests) * 1e6 / float(run.micros));
    let (Some(p50_ms), p99_ms) = (worst(|run| run.p50_micros), worst(|run| run.p99_micros)) else {
        bail!("nothing was measured");
    };
    Ok(Sample {
        per_second: rates.sum(),
        p50_ms,
        p99_ms,
    })
}

#[expect(clippy::cast_precision_loss, reason = "no count here comes near 2^52")]
fn float(number: u64) -> f64 {
    number as f64
}

fn print(cells: &[Cell], version: &str) {
    println!(
        "\n{:>5}  {:<24}{:>9}{:>8}{:>9}{:>9}{:>13}{:>13}",
        "conns", "what", "per s", "spread", "p50 ms", "p99 ms", "of the trans.", "of the stmt."
    );
    for cell in cells {
        let bar = |script| {
            let bar = cells.iter().find(|other| {
                other.side == Side::Pgbench(script) && other.connections == cell.connections
            });
            cell.per_second() / bar.map_or(f64::NAN, Cell::per_second)
        };
        let rates: Vec<_> = cell
            .samples
            .iter()
            .map(|sample| sample.per_second)
            .collect();
        let best = rates.iter().copied().fold(0.0, f64::max);
        let worst = rates.iter().copied().fold(f64::MAX, f64::min);
        let p50 = median(cell.samples.iter().map(|sample| sample.p50_ms).collect());
        let p99: Vec<_> = cell
            .samples
            .iter()
            .filter_map(|sample| sample.p99_ms)
            .collect();
        let p99 = if p99.is_empty() {
            "-".to_owned()
        } else {
            format!("{:.1}", median(p99))
        };
        println!(
            "{:>5}  {:<24}{:>9.0}{:>7.0}%{:>9.2}{:>9}{:>13.2}{:>13.2}",
            cell.connections,
            cell.side.name(),
            cell.per_second(),
            (best - worst) / 2.0 / cell.per_second() * 100.0,
            p50,
            p99,
            bar(Script::Transaction),
            bar(Script::Statement),
        );
    }
    println!(
        "\nPostgreSQL {version}, private cluster, fsync on, shared_buffers 512 MB, log segments made beforehand. \
         pgbench: prepared, 1 thread; its p50 is the mean. wrk: 1 thread per server. All on the same cores."
    );
}
