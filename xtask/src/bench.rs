//! `cargo xtask bench`: what this server costs on this machine, beside what HTTP alone costs in the same minutes.
//!
//! One module per question; `update` is the first. Shared below it: the load generator, the small HTTP client, the
//! process figures, the disk floor. It measures and prints; it passes no judgement on the figures.

mod deliveries;
mod disk;
mod figures;
mod growth;
mod http;
mod lists;
mod pgbench;
mod postgres;
mod process;
mod receiver;
mod report;
mod requests;
mod subjects;
mod update;
mod wrk;

use anyhow::Result;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Durable updates through two dialects, beside an empty answer and an update in memory.
    Update(update::Options),
    /// Webhooks: how many, how old, and what subscriptions at rest cost.
    Deliveries(deliveries::Options),
    /// An update and a claim in a book that grows to millions of leads, on both stores.
    Growth(growth::Options),
    /// Pages of lists in a book of a million leads, and bulks of fifty thousand.
    Lists(lists::Options),
}

pub(crate) fn run(command: &Command) -> Result<()> {
    match command {
        Command::Update(options) => update::run(options),
        Command::Deliveries(options) => deliveries::run(options),
        Command::Growth(options) => growth::run(options),
        Command::Lists(options) => lists::run(options),
    }
}
