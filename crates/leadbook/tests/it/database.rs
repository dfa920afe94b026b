//! `--database`: which book it names, what is said when it cannot be reached, and that nothing shows its password.

use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Output};
use std::time::Duration;

use crate::clock::now;
use crate::http::Request;
use crate::server::{Book, Server, failure, leadbook};
use crate::world::Workspace;

const PASSWORD: &str = "hunter2-and-more";

fn text(output: &Output) -> String {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&said).into_owned()
}

/// A book in a folder of this machine, whatever the tests' store is: it says which one was meant.
fn folder_with(name: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().display().to_string();
    let mut create = leadbook();
    create.args(["--database", &format!("sqlite://{path}")]);
    let created = create
        .args(["workspace", "create", "--name", name])
        .output();
    let created = created.expect("the binary runs");
    assert!(created.status.success(), "{}", text(&created));
    (folder, path)
}

fn workspaces(command: &mut Command) -> String {
    let listed = command.args(["workspace", "list"]).output();
    let listed = listed.expect("the binary runs");
    assert!(listed.status.success(), "{}", text(&listed));
    text(&listed)
}

#[test]
fn what_is_typed_wins_over_the_environment_and_a_database_over_a_folder() {
    let (_red, red) = folder_with("Red");
    let (_blue, blue) = folder_with("Blue");
    let url = |path: &str| format!("sqlite://{path}");
    assert!(workspaces(leadbook().args(["--data-dir", &red])).contains("Red"));
    assert!(workspaces(leadbook().args(["--database", &url(&red)])).contains("Red"));
    assert!(workspaces(leadbook().env("LEADBOOK_DATABASE", url(&red))).contains("Red"));
    let both = || {
        let mut command = leadbook();
        command.env("LEADBOOK_DATABASE", url(&red));
        command.env("LEADBOOK_DATA_DIR", &blue);
        command
    };
    assert!(workspaces(&mut both()).contains("Red"));
    assert!(workspaces(both().args(["--data-dir", &blue])).contains("Blue"));
    assert!(workspaces(both().args(["--database", &url(&blue)])).contains("Blue"));
    // Set to nothing is not set.
    assert!(workspaces(both().env("LEADBOOK_DATABASE", "")).contains("Blue"));
    let mut two = leadbook();
    two.args(["--database", &url(&red), "--data-dir", &blue, "doctor"]);
    let said = failure(&mut two);
    assert!(said.contains("leave one of them out"), "{said}");
}

#[test]
fn a_file_is_not_spread_over_a_cluster() {
    let (_folder, path) = folder_with("One");
    let said = failure(leadbook().args(["migrate", "--citus", "--data-dir", &path]));
    assert!(said.contains("--database postgres://"), "{said}");
}

/// One line that names host and port and what to do, exit code 1, soon.
fn assert_unreachable(address: SocketAddr) {
    let url = format!("postgres://me:{PASSWORD}@{address}/leads");
    let try_it = |command: &str| {
        let started = now();
        let mut tried = leadbook();
        tried.env("LEADBOOK_DATABASE", &url);
        let tried = tried.args(command.split(' ')).output();
        let tried = tried.expect("the binary runs");
        let said = text(&tried);
        assert_eq!(tried.status.code(), Some(1), "{command}: {said}");
        let start = format!("leadbook: cannot reach the database leads on {address};");
        assert!(said.starts_with(&start), "{command}: {said}");
        assert!(said.contains("--database"), "{command}: {said}");
        assert_eq!(said.lines().count(), 1, "{command}: {said}");
        assert!(!said.contains(PASSWORD), "{command}: {said}");
        let took = started.elapsed();
        assert!(took < Duration::from_secs(15), "{command} took {took:?}");
    };
    std::thread::scope(|scope| {
        for command in [
            "serve --listen 127.0.0.1:0",
            "doctor",
            "key list",
            "migrate",
        ] {
            scope.spawn(move || try_it(command));
        }
    });
}

#[test]
fn a_server_that_is_not_there_is_said_in_a_sentence() {
    let taken = TcpListener::bind("127.0.0.78:0").expect("a free port");
    let address = taken.local_addr().expect("an address");
    drop(taken);
    assert_unreachable(address);
}

/// As behind a firewall that drops, or a proxy whose server is gone.
#[test]
fn a_server_that_says_nothing_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.78:0").expect("a free port");
    assert_unreachable(silent.local_addr().expect("an address"));
}

#[test]
fn help_shows_no_password() {
    let url = format!("postgres://me:{PASSWORD}@db/leads");
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["serve", "--help"],
        &["nonsense"],
    ] {
        let mut command = leadbook();
        let shown = command
            .env("LEADBOOK_DATABASE", &url)
            .args(arguments)
            .output();
        let shown = text(&shown.expect("the binary runs"));
        assert!(shown.contains("Usage"), "{shown}");
        assert!(!shown.contains(PASSWORD), "{shown}");
    }
}

/// The URL with a password, and that: a server that trusts whoever comes takes any.
fn with_password(url: &str) -> (String, String) {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (user, rest) = rest.split_once('@').expect("a user");
    if let Some((_, password)) = user.split_once(':') {
        return (url.to_owned(), password.to_owned());
    }
    let url = format!("{scheme}://{user}:{PASSWORD}@{rest}");
    (url, PASSWORD.to_owned())
}

/// Nor what the tables hold: PostgreSQL's client would log the parameters of every statement.
#[test]
fn neither_password_nor_lead_is_logged() {
    let book = Book::in_postgres();
    let schema = book.schema.as_ref().expect("it is in PostgreSQL");
    let (url, password) = with_password(&schema.url);
    let log = ["--log", "trace,tokio_postgres=trace"];
    let command = |arguments: &[&str]| {
        let mut command = book.command(&[&log, arguments].concat());
        command.env("LEADBOOK_DATABASE", &url);
        command
    };
    let migrated = text(&command(&["migrate"]).output().expect("the binary runs"));
    assert!(migrated.contains("schema version"), "{migrated}");
    assert!(!migrated.contains(&password), "{migrated}");
    let workspace = Workspace::create(&book, "Log");
    let server = Server::start(command(&["serve"]));
    assert!(!server.welcome.contains(&password), "{}", server.welcome);
    let mut client = server.client(&workspace.key);
    let lead = workspace.lead(&mut client);
    let body =
        serde_json::json!({"name": "Nobody Elses-Business", "variables": {"pin": "90210-x"}});
    client.ask(&Request::new("PATCH", &lead.path(), Some(&body)));
    let shown = client.get(&lead.path());
    assert_eq!(shown["variables"]["pin"], "90210-x");
    let log = server.log();
    assert!(
        log.contains("tokio_postgres"),
        "the filter was not heard: {log}"
    );
    for secret in [&*password, "Elses-Business", "90210-x"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[test]
fn a_database_that_does_not_exist_is_named() {
    let book = Book::in_postgres();
    let schema = book.schema.as_ref().expect("it is in PostgreSQL");
    let (url, password) = with_password(&schema.url);
    let (base, _) = url.split_once('?').expect("a parameter");
    let (server, _) = base.rsplit_once('/').expect("a database");
    let said = failure(
        leadbook()
            .env("LEADBOOK_DATABASE", format!("{server}/nowhere"))
            .arg("doctor"),
    );
    assert!(said.contains("the database nowhere on "), "{said}");
    assert!(said.contains("does not exist"), "{said}");
    assert!(!said.contains(&password), "{said}");
}
