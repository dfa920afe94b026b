//! The promises of every store, kept by this one, in both forms of its statements; and those of a server that many
//! processes share. Needs a server: see `store_postgres::testing`.

mod equivalence;
mod transfer;

use store_postgres::PostgresStore;
use store_postgres::testing::TestSchema;
use store_sqlite::SqliteStore;

/// A store in a schema of its own for each case.
async fn open() -> (PostgresStore, TestSchema) {
    let schema = TestSchema::create().await;
    let store = PostgresStore::open(&schema.url).await.expect("opens");
    (store, schema)
}

/// The same, with the statements that a sharded server takes.
async fn open_routed() -> (PostgresStore, TestSchema) {
    let schema = TestSchema::create().await;
    let store = PostgresStore::open_routed(&schema.url)
        .await
        .expect("opens");
    (store, schema)
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
