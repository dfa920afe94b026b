//! The `leadbook` binary: reads the command line, wires the crates, runs one command.
//!
//! No rule and no wire format here. Without a command it serves.

// First, because the others speak through its macro.
#[macro_use]
mod output;

mod administration;
mod book;
mod cli;
mod doctor;
mod first_run;
mod keys;
mod processes;
mod ready_file;
mod serve;
mod serve_demo;
mod telemetry;
mod welcome;

use clap::Parser;

// Measured no slower than the system's, and steadier in memory under many threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    let cli = cli::Cli::parse();
    telemetry::start(&cli.log);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(worker_threads())
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::new(error).context("cannot start the runtime")),
    };
    let ended = runtime.block_on(run(cli));
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

async fn run(cli: cli::Cli) -> anyhow::Result<()> {
    use cli::Command;
    let data_dir = cli.data_dir;
    match cli.command.unwrap_or_default() {
        Command::Serve(options) if options.demo => serve_demo::serve(options).await,
        Command::Serve(options) => serve::serve(&data_dir, options).await,
        Command::Workspace(command) => administration::workspace(&data_dir, command).await,
        Command::Campaign(command) => administration::campaign(&data_dir, command).await,
        Command::Process(command) => processes::process(&data_dir, command).await,
        Command::Tag(command) => administration::tag(&data_dir, command).await,
        Command::User(command) => administration::user(&data_dir, command).await,
        Command::Field(command) => administration::field(&data_dir, command).await,
        Command::Lead(command) => administration::lead(&data_dir, command).await,
        Command::Key(command) => keys::key(&data_dir, command).await,
        Command::Migrate => administration::migrate(&data_dir).await,
        Command::Doctor => doctor::doctor(&data_dir).await,
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
