//! The promises of every store, kept by this one, and those of a file: reopening, copies, several handles.

mod files;

use store_sqlite::SqliteStore;

/// A store of its own for each case; its directory goes with it.
async fn open() -> (SqliteStore, ()) {
    (SqliteStore::open_temporary().unwrap(), ())
}

mod conformance {
    store::conformance_tests!(crate::open);
}
