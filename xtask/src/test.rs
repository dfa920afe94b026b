//! `cargo xtask test`: the gate. Every Rust test on both stores, then the foreign clients against the real server.
//!
//! Three passes over the Rust tests: all of them, with SQLite as the store of the end-to-end suites; these suites again on
//! PostgreSQL; the tests of the PostgreSQL store on the oldest server it promises to run on. The servers are private ones
//! (`test/servers.rs`), unless a URL is given. The closing line counts everything: `N passed, N failed`.

mod report;
mod runner;
mod servers;

use anyhow::{Context, Result};

use crate::{clients, postgres};
use report::Report;
pub(crate) use report::Tally;
use runner::{Pass, Runner, Selection};
use servers::Server;

// Its name would be that of the clients' group.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Options {
    #[command(flatten)]
    clients: clients::Options,
    /// Run the suites on this PostgreSQL (or managed service, or Citus coordinator) instead of a private one.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let runner = Runner::choose()?;
    let mut report = Report::default();
    everything_and_end_to_end(&runner, options, &mut report)?;
    if options.database_url.is_some() {
        let left_out = format!(
            "PostgreSQL {} left out (--database-url is given)",
            postgres::OLDEST
        );
        report.cover(left_out);
    } else {
        conformance(&runner, &mut report);
    }
    report.add("Foreign clients", clients::tally(&options.clients));
    report.close()
}

/// Passes 1 and 2, on one server. Only what does not build ends the run: then nothing else would.
fn everything_and_end_to_end(
    runner: &Runner,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    let server = options.database_url.as_deref().map_or_else(
        || Server::private(postgres::NEWEST, "private cluster"),
        Server::given,
    );
    if let Err(error) = &server {
        println!("Going on without it, to fail at the end: {error:#}");
    }
    let mut pass = Pass {
        selection: Selection::Everything,
        postgres: server.as_ref().ok().map(Server::url),
    };
    let tally = runner.run(&pass).context("the Rust tests could not run")?;
    if report.add("Rust tests", Ok(tally)) {
        report.cover("SQLite".to_owned());
    }
    pass.selection = Selection::EndToEnd;
    report.add_on("End-to-end tests", server, |_| runner.run(&pass));
    Ok(())
}

/// Pass 3.
fn conformance(runner: &Runner, report: &mut Report) {
    let server = Server::private(postgres::OLDEST, "conformance");
    report.add_on("Conformance tests", server, |server| {
        runner.run(&Pass {
            selection: Selection::Conformance,
            postgres: Some(server.url()),
        })
    });
}
