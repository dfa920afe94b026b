//! `cargo xtask`: everything about this repository that is not the product. Testing, checking, measuring.
//!
//! Each subcommand is one module. Nothing here is linked into the server, and the server's crates know nothing of it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool; printing is its answer"
)]
#![expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "the names of this repository's own files are lower case"
)]

mod bench;
mod ci;
mod clients;
mod postgres;
mod server;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Leadbook's toolbox: test, check and measure this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every test: Rust on both stores, then other people's clients against the real server. Installs what it needs.
    Test(test::Options),
    /// Run only the foreign clients (the vendor's own SDK, schemathesis) against the real server.
    Clients(clients::Options),
    /// `test`, and before it fmt, clippy, doc, tidy and cargo-deny: what a change must pass.
    Ci(test::Options),
    /// Run a private PostgreSQL in the foreground, for trying things and for tests run by hand.
    Postgres(postgres::Options),
    /// Check the rules of the house that a compiler does not know.
    Tidy,
    /// Measure this machine and the server side by side.
    #[command(subcommand)]
    Bench(bench::Command),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Test(options) => test::run(&options),
        Command::Clients(options) => clients::run(&options),
        Command::Ci(options) => ci::run(&options),
        Command::Postgres(options) => postgres::run(&options),
        Command::Tidy => tidy::run(),
        Command::Bench(command) => bench::run(&command),
    };
    // Only the sentence: where in the toolbox it arose helps nobody.
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests;
