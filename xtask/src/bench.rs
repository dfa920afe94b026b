//! bench
use anyhow::Result;
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Update,
}
pub(crate) fn run(_: &Command) -> Result<()> {
    Ok(())
}
