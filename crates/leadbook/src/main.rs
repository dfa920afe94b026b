//! The `leadbook` binary: reads the command line, wires the crates, runs one command.
//!
//! No rule and no wire format here. Without a command it serves.

// First, because the others speak through its macro.
#[macro_use]
mod output;

mod administration;
mod book;
mod cli;
mod copy;
mod doctor;
mod first_run;
mod keys;
mod location;
mod migrate;
mod processes;
mod ready_file;
mod serve;
mod serve_demo;
mod site;
mod telemetry;
mod welcome;

use clap::{CommandFactory, FromArgMatches};

use crate::site::Site;

// Measured no slower than the system's, and steadier in memory under many threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    // Not `Cli::parse`: where the book is depends on what was typed and what the environment says.
    let matches = cli::Cli::command().get_matches();
    let cli = match cli::Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let site = match cli.site(&matches) {
        Ok(site) => site,
        Err(error) => return fail(&error),
    };
    telemetry::start(&cli.log);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(worker_threads())
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::new(error).context("cannot start the runtime")),
    };
    let ended = runtime.block_on(run(cli, site));
    // A name look-up that hangs must not hold the process; everything durable is on disk by now.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match ended {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// One less than the cores: the write queue has a thread of its own, and both at work on one core is what makes the
/// slowest answers slow. Measured on two cores at 64 connections: the same throughput, p99 13 ms instead of 58.
fn worker_threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    cores.saturating_sub(1).max(1)
}

async fn run(cli: cli::Cli, site: Site) -> anyhow::Result<()> {
    use cli::Command;
    match cli.command.unwrap_or_default() {
        Command::Serve(options) if options.demo => serve_demo::serve(options).await,
        Command::Serve(options) => serve::serve(&site, options).await,
        Command::Workspace(command) => administration::workspace(&site, command).await,
        Command::Campaign(command) => administration::campaign(&site, command).await,
        Command::Process(command) => processes::process(&site, command).await,
        Command::Tag(command) => administration::tag(&site, command).await,
        Command::User(command) => administration::user(&site, command).await,
        Command::Field(command) => administration::field(&site, command).await,
        Command::Lead(command) => administration::lead(&site, command).await,
        Command::Key(command) => keys::key(&site, command).await,
        Command::Migrate(options) => migrate::migrate(&site, options).await,
        Command::Copy(options) => copy::copy(options).await,
        Command::Doctor => doctor::doctor(&site).await,
    }
}

#[expect(
    clippy::print_stderr,
    reason = "errors of a command go to standard error"
)]
fn fail(error: &anyhow::Error) -> std::process::ExitCode {
    eprintln!("leadbook: {error:#}");
    std::process::ExitCode::FAILURE
}
