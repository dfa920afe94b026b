//! Which book the options name, and that no message shows a password.

use clap::{CommandFactory, FromArgMatches};

use super::Location;
use crate::cli::Cli;

/// What the command line says, without the environment's help.
fn choose(arguments: &[&str]) -> anyhow::Result<Location> {
    let matches = Cli::command().get_matches_from([&["leadbook"], arguments].concat());
    let cli = Cli::from_arg_matches(&matches).expect("clap read it");
    cli.site(&matches).map(|site| site.location)
}

fn shown(url: &str) -> String {
    match choose(&["--database", url, "doctor"]) {
        Ok(location) => format!("{location} {location:?}"),
        Err(error) => format!("refused: {error:#} {error:?}"),
    }
}

#[test]
fn a_url_names_a_folder_or_a_database() {
    for (url, expected) in [
        ("sqlite:///var/lib/leadbook", "/var/lib/leadbook/"),
        ("sqlite://books/one", "books/one/"),
        ("postgres://db/leads", "the database leads on db:5432"),
        ("postgresql://db/leads", "the database leads on db:5432"),
        (
            "postgres://me@db:6432/leads?sslmode=verify-full",
            "the database leads on db:6432",
        ),
        (
            "postgres://me:pw@a:1,b,c:3/leads",
            "the database leads on a:1, b:5432, c:3",
        ),
        (
            "postgres://me@[::1]:6432/leads",
            "the database leads on [::1]:6432",
        ),
        (
            "postgres://me@[::1]/leads",
            "the database leads on [::1]:5432",
        ),
        (
            "postgres://%2Frun%2Fpostgresql/leads",
            "the database leads on /run/postgresql",
        ),
        (
            "postgres:///leads?host=/run/postgresql",
            "the database leads on /run/postgresql",
        ),
        (
            "postgres://?host=db&port=6432&dbname=leads",
            "the database leads on db:6432",
        ),
        ("postgres://me@db", "the user's own database on db:5432"),
    ] {
        let location = choose(&["--database", url, "doctor"]).expect(url);
        assert_eq!(location.to_string(), expected, "{url}");
    }
}

#[test]
fn a_url_that_is_none_is_refused_with_a_remedy() {
    for (url, expected) in [
        ("leads.db", "postgres://USER:PASSWORD@HOST:PORT/DATABASE"),
        ("mysql://db/leads", "sqlite://FOLDER"),
        ("sqlite://", "names no folder"),
        ("postgres:///leads", "names no host"),
        ("postgres://db:port/leads", "no port"),
        ("postgres://:pw@db/leads@x", "%40"),
        ("postgres://@db/leads", "no user"),
        ("", "is no URL"),
    ] {
        let said = shown(url);
        assert!(
            said.starts_with("refused: ") && said.contains(expected),
            "{url}: {said}"
        );
    }
}

/// Also where the URL is wrong, and the password stands where something else should.
#[test]
fn no_password_is_shown() {
    for url in [
        "postgres://me:hunter2@db/leads",
        "postgres://me:hunter2@db:x/leads",
        "postgres://me:a@hunter2@db/leads",
        "postgres://me:a/hunter2@db/leads",
        "postgres://me:a?hunter2@db/leads",
        "postgres://me:a%40hunter2@db/leads",
        "postgres://me:hunter2",
        "postgres://me:hunter2/leads",
        "postgres://me@db/leads?password=hunter2",
        "postgres://me@db/leads?password=a@hunter2",
        "postgres://me:hunter2@/leads",
        "mysql://me:hunter2@db/leads",
        "host=db password=hunter2",
    ] {
        assert!(!shown(url).contains("hunter2"), "{url}: {}", shown(url));
    }
    let arguments = ["leadbook", "--database", "postgres://me:hunter2@db/leads"];
    let matches = Cli::command().get_matches_from(arguments);
    let cli = Cli::from_arg_matches(&matches).expect("clap read it");
    assert!(!format!("{cli:?}").contains("hunter2"), "{cli:?}");
}

#[test]
fn of_two_books_one_must_be_meant() {
    let both = [
        "--database",
        "postgres://db/leads",
        "--data-dir",
        "x",
        "doctor",
    ];
    let refused = choose(&both).expect_err("two books").to_string();
    assert!(refused.contains("leave one of them out"), "{refused}");
    // Wherever they stand.
    let apart = ["--data-dir", "x", "doctor", "--database", "sqlite://y"];
    choose(&apart).expect_err("two books");
    let folder = choose(&["doctor", "--data-dir", "x"]).expect("a folder");
    assert_eq!(folder.to_string(), "x/");
    assert_eq!(
        choose(&["doctor"]).expect("the default").to_string(),
        "leadbook-data/"
    );
}
