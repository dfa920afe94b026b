//! The command line holds together.

use clap::{CommandFactory, Parser};

use super::{Cli, Command, DEFAULT_LISTEN, Serve};

#[test]
fn clap_finds_no_fault() {
    Cli::command().debug_assert();
}

#[test]
fn no_command_is_serve_with_its_defaults() {
    assert_eq!(Serve::default().listen.to_string(), DEFAULT_LISTEN);
    assert!(matches!(
        Cli::parse_from(["leadbook"]).command.unwrap_or_default(),
        Command::Serve(_)
    ));
}
