//! `cargo xtask bench update`: rounds over a matrix of subjects and connection counts, one table at the end.
//!
//! The rounds go over the whole matrix, so that a slow minute of the machine touches every cell alike.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::disk;
use super::figures::{Cell, Sample};
use super::process::{Meter, Watched};
use super::report::{self, Report};
use super::requests::{self, Subject};
use super::subjects::{self, Subjects};
use super::wrk::{self, Load};
use crate::tools::{apt_install, succeeds, target_dir};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many leads the server holds before it is measured.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) leads: usize,
    /// How often the whole matrix is measured; the table shows medians.
    #[arg(long, default_value_t = 3)]
    pub(crate) rounds: usize,
    /// How long one cell is measured in one round.
    #[arg(long, default_value_t = 3)]
    pub(crate) seconds: u32,
    /// The connection counts, separated by commas.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64, 256])]
    pub(crate) connections: Vec<u32>,
    /// Measure over a private PostgreSQL cluster instead, beside pgbench doing the same work.
    #[arg(long)]
    postgres: bool,
}

const WARM_UP_SECONDS: u32 = 1;

pub(crate) fn run(options: &Options) -> Result<()> {
    if options.leads < 2 || options.rounds == 0 || options.connections.contains(&0) {
        bail!("the bench needs at least 2 leads, 1 round and 1 connection");
    }
    install_wrk()?;
    if options.postgres {
        return super::postgres::run(options);
    }
    let folder = target_dir()?.join("bench");
    let subjects = subjects::start(&folder, options.leads)?;
    let mut bench = Bench {
        options,
        folder: &folder,
        subjects: &subjects,
        runs: 0,
    };
    bench.check_and_warm_up()?;
    let cells = bench.measure()?;
    let disk = disk::floor(&subjects.data_dir)?;
    report::print(&Report {
        cells: &cells,
        disk,
        rounds: options.rounds,
        seconds: options.seconds,
    });
    subjects.end()
}

fn install_wrk() -> Result<()> {
    // wrk has no quiet option that exits with 0; what matters is whether there is one.
    if succeeds(std::process::Command::new("sh").args(["-c", "command -v wrk"])) {
        return Ok(());
    }
    apt_install("the bench", &["wrk"])
}

struct Bench<'a> {
    options: &'a Options,
    folder: &'a Path,
    subjects: &'a Subjects,
    /// Every run writes values of its own, so that no update is a no-op because an earlier run sent the same.
    runs: u64,
}

impl Bench<'_> {
    /// One request by hand, read in full: a bench of refusals would look fast.
    fn check_and_warm_up(&mut self) -> Result<()> {
        for subject in Subject::ALL {
            self.check(subject)?;
            self.one(subject, 16, WARM_UP_SECONDS)?;
        }
        Ok(())
    }

    fn check(&mut self, subject: Subject) -> Result<()> {
        let Some(method) = subject.method() else {
            return Ok(());
        };
        self.runs += 1;
        let lines = requests::lines(subject, &self.subjects.ids, self.runs);
        let (path, body) = lines[0]
            .split_once(' ')
            .context("a prepared request has a body")?;
        let mut connection = self.subjects.connect(subject)?;
        let answer = connection.send(method, path, &self.subjects.key, body)?;
        if answer.status != 200 || !answer.body.contains(subject.expected()) {
            bail!(
                "{subject}: {method} {path} with {body}\nwas answered {}: {}",
                answer.status,
                answer.body
            );
        }
        Ok(())
    }

    fn measure(&mut self) -> Result<Vec<Cell>> {
        let mut cells = Vec::new();
        for &connections in &self.options.connections {
            cells.extend(Subject::ALL.map(|subject| Cell::new(subject, connections)));
        }
        for round in 1..=self.options.rounds {
            println!("Round {round} of {}.", self.options.rounds);
            for cell in &mut cells {
                let sample = self.one(cell.subject, cell.connections, self.options.seconds)?;
                cell.samples.push(sample);
            }
        }
        Ok(cells)
    }

    fn one(&mut self, subject: Subject, connections: u32, seconds: u32) -> Result<Sample> {
        self.runs += 1;
        let file = self.folder.join("requests.txt");
        requests::write(&file, subject, &self.subjects.ids, self.runs)?;
        let server = self.subjects.server(subject);
        let url = format!("{}{}", server.base_url, subject.path());
        let prepared = subject.method().map(|method| wrk::Prepared {
            method,
            file: &file,
        });
        let load = Load {
            url: &url,
            connections,
            seconds,
            prepared,
            key: &self.subjects.key,
            pace: None,
        };
        let watched = Watched {
            pid: server.pid(),
            data_dir: &self.subjects.data_dir,
        };
        let meter = Meter::start(watched)?;
        let result =
            wrk::run(&load).with_context(|| format!("{subject} at {connections} connections"))?;
        Ok(Sample {
            result,
            process: meter.stop()?,
        })
    }
}
