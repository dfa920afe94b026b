//! The promises of every store, kept by this one, and those of a file: reopening, copies, several handles.

mod deliveries;
mod feed;
mod files;
mod lists;
mod transfer;

use store_sqlite::SqliteStore;

/// A store of its own for each case; its directory goes with it.
#[expect(clippy::unused_async, reason = "other stores are opened by waiting")]
async fn open() -> (SqliteStore, ()) {
    (SqliteStore::open_temporary().expect("opens"), ())
}

mod conformance {
    store::conformance_tests!(crate::open);
}
