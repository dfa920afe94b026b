//! The promises of every store, kept by this one, in both forms of its statements; and those of a server that many
//! processes share. Needs a server: see `store_postgres::testing`.

mod bulks;
mod deliveries;
mod equivalence;
mod feed;
mod lists;
mod transfer;

use domain::edit::{Change, Edit};
use store_postgres::PostgresStore;
use store_postgres::testing::TestSchema;
use store_sqlite::SqliteStore;
use tokio_postgres::{Client, NoTls};

/// A process beside others.
async fn open_in(schema: &TestSchema) -> PostgresStore {
    PostgresStore::open(&schema.url).await.expect("opens")
}

/// The same, with the statements that a sharded server takes.
async fn open_routed_in(schema: &TestSchema) -> PostgresStore {
    PostgresStore::open_routed(&schema.url)
        .await
        .expect("opens")
}

/// A session beside the store's.
async fn session(schema: &TestSchema) -> Client {
    let connected = tokio_postgres::connect(&schema.url, NoTls).await;
    let (client, connection) = connected.expect("connects");
    tokio::spawn(connection);
    client
}

fn named(name: &str) -> Edit {
    Edit {
        name: Change::Set(name.to_owned()),
        ..Edit::default()
    }
}

/// A store in a schema of its own for each case.
async fn open() -> (PostgresStore, TestSchema) {
    let schema = TestSchema::create().await;
    (open_in(&schema).await, schema)
}

/// The same in the other form.
async fn open_routed() -> (PostgresStore, TestSchema) {
    let schema = TestSchema::create().await;
    (open_routed_in(&schema).await, schema)
}

/// A store of the other kind.
#[expect(clippy::unused_async, reason = "as the others are opened")]
async fn open_sqlite() -> (SqliteStore, ()) {
    (SqliteStore::open_temporary().expect("opens"), ())
}

mod server;

mod conformance {
    store::conformance_tests!(crate::open);
}

mod conformance_routed {
    store::conformance_tests!(crate::open_routed);
}
