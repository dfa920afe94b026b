//! A schema of its own for each test, so that tests on one server share nothing and any server will do: a private one,
//! a managed one, Citus. Behind the feature `testing`; no part of the product.
//!
//! The store's own tests use it, and those of the crates above, whose tests are not async: everything here can be called
//! from any thread, inside a runtime or outside. It starts no server: `cargo xtask postgres` does.

use std::future::Future;
use std::hash::{BuildHasher, RandomState};

use store::StoreError;
use tokio_postgres::Client;

use crate::connection::{Session, Target};
use crate::errors::Failure;

/// Names the server for tests: a `postgres://` URL, set by `cargo xtask test`.
const SERVER: &str = "LEADBOOK_TEST_POSTGRES";
/// Where `cargo xtask postgres` leaves the URL of the server it started, in cargo's target folder.
const SERVER_FILE: &str = "postgres/url";
/// Names the store that end-to-end tests run on.
const STORE: &str = "LEADBOOK_TEST_STORE";

/// Whether the end-to-end tests are to run on PostgreSQL: `LEADBOOK_TEST_STORE=postgres`.
pub fn is_wanted() -> bool {
    match variable(STORE).as_deref() {
        None | Some("" | "sqlite") => false,
        Some("postgres") => true,
        Some(other) => panic!("{STORE}={other}: write sqlite or postgres"),
    }
}

/// A schema that goes with its value, as far as it can.
pub struct TestSchema {
    /// The server's URL with the schema as the session's only one.
    pub url: String,
    name: String,
    server: String,
}

impl TestSchema {
    /// Makes an empty schema on the tests' server.
    pub async fn create() -> Self {
        let server = server();
        let name = format!(
            "test_{}_{:016x}",
            std::process::id(),
            RandomState::new().hash_one(std::thread::current().id())
        );
        let created = run(&server, &format!("CREATE SCHEMA {name}")).await;
        created.unwrap_or_else(|error| panic!("no schema for a test: {error:?}"));
        Self {
            url: in_schema(&server, &name),
            name,
            server,
        }
    }

    /// The same for a test that is not async.
    pub fn create_blocking() -> Self {
        blocking(Self::create())
    }

    /// Every row of every table as text, for a test that looks for what must not be there. Bytes are in hex.
    pub fn text_blocking(&self) -> String {
        blocking(self.text())
    }

    async fn text(&self) -> String {
        let client = connect(&self.server).await.expect("the server answers");
        let tables = "SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY tablename";
        let tables = client.query(tables, &[&self.name]).await;
        let mut lines = Vec::new();
        for table in tables.expect("tables are listed") {
            let table: String = table.get(0);
            let rows = format!("SELECT t::text FROM {}.{table} t", self.name);
            let rows = client.query(&rows, &[]).await.expect("rows are read");
            lines.push(table);
            lines.extend(rows.iter().map(|row| row.get::<_, String>(0)));
        }
        lines.join("\n")
    }
}

impl Drop for TestSchema {
    #[expect(clippy::print_stdout, reason = "for who looks at a test's output")]
    fn drop(&mut self) {
        // Best effort: a server that died with the test may hold its locks for a moment, and a schema that stays is in
        // nobody's way.
        let drop = format!(
            "SET lock_timeout = '10s'; DROP SCHEMA IF EXISTS {} CASCADE",
            self.name
        );
        if let Err(error) = blocking(run(&self.server, &drop)) {
            println!("the schema {} of a test stays: {error:?}", self.name);
        }
    }
}

/// The URL of the tests' server.
fn server() -> String {
    let given = variable(SERVER).filter(|url| !url.is_empty());
    given.or_else(started_server).unwrap_or_else(|| {
        panic!(
            "this test needs a PostgreSQL server: run `cargo xtask test`, or `cargo xtask postgres` once and this again \
             (or set {SERVER} to the URL of any server)"
        )
    })
}

/// The test's program is in the target folder, wherever cargo was told to have it.
fn started_server() -> Option<String> {
    let program = std::env::current_exe().ok()?;
    let mut files = program.ancestors().map(|folder| folder.join(SERVER_FILE));
    let file = files.find(|file| file.is_file())?;
    let url = std::fs::read_to_string(file).ok()?;
    Some(url.trim().to_owned())
}

#[expect(
    clippy::disallowed_methods,
    reason = "which server tests use is no configuration of the program"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The URL, for sessions whose only schema is this one. Of two `options` PostgreSQL would heed the last.
fn in_schema(server: &str, schema: &str) -> String {
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let mut options = String::new();
    let mut parameters = Vec::new();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.strip_prefix("options=") {
            Some(given) => options = format!("{given}%20"),
            None => parameters.push(parameter.to_owned()),
        }
    }
    parameters.push(format!("options={options}-csearch_path%3D{schema}"));
    format!("{base}?{}", parameters.join("&"))
}

async fn connect(server: &str) -> Result<Client, StoreError> {
    Ok(Target::parse(server)?.connect(Session::Pool).await?)
}

async fn run(server: &str, statements: &str) -> Result<(), StoreError> {
    let client = connect(server).await?;
    let ran = client.batch_execute(statements).await;
    Ok(ran.map_err(Failure::Sql)?)
}

/// Runs to the end on a thread of its own, because the caller's may belong to a runtime.
fn blocking<T: Send>(future: impl Future<Output = T> + Send) -> T {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime starts").block_on(future)
    };
    std::thread::scope(|scope| match scope.spawn(run).join() {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

#[cfg(test)]
mod tests;
