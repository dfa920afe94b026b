//! The command line as a whole. clap looks for contradictions in it only when it is used.

use clap::CommandFactory;

use super::Cli;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}
