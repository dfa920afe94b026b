//! What is staged of bulks, looked at in the store beside the server, as `doctor` looks: no API shows it, and what a dead
//! process left there would lie there for ever without a test that sees it. It changes nothing.

use std::sync::Arc;

use domain::{BulkId, WorkspaceId};
use store::Store;
use store_postgres::PostgresStore;
use store_sqlite::SqliteStore;
use tokio::runtime::Runtime;

use crate::server::Book;
use crate::world::Workspace;

/// A look into the store; to be let go before the server is killed, so that nobody else has the book open.
pub(super) struct Staged {
    store: Arc<dyn Store>,
    workspace: WorkspaceId,
    runtime: Runtime,
}

impl Staged {
    pub(super) fn of(book: &Book, workspace: &Workspace) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let store: Arc<dyn Store> = match &book.schema {
            None => Arc::new(SqliteStore::open(&book.file()).expect("a book")),
            Some(schema) => {
                let opened = runtime.block_on(PostgresStore::open(&schema.url));
                Arc::new(opened.expect("a book"))
            }
        };
        Self {
            store,
            workspace: WorkspaceId::new(workspace.number).expect("a number"),
            runtime,
        }
    }

    /// Whether there is anything of the bulk that was opened at this place, the first being 1: so they are numbered.
    pub(super) fn has(&self, place: u64) -> bool {
        let bulk = BulkId::new(place).expect("a number");
        let chunk = self.store.next_chunk(self.workspace, bulk, 0);
        let chunk = self.runtime.block_on(chunk).expect("the store answers");
        chunk.is_some()
    }
}
