//! A whole book, read and filled: what `leadbook copy` needs of this store. `export` reads pages, `import` writes them.
//!
//! While a book is being filled it is marked, and a marked book does not open: half of a book must not be served.

mod export;
mod history;
mod import;

use std::path::Path;

use async_trait::async_trait;
use rusqlite::Connection;
use store::Result;
use store::transfer::{Cursor, Record, RecordKind, RecordPage, Transfer, Watch};

use crate::errors::Failure;
use crate::{SqliteStore, texts};

#[async_trait]
impl Transfer for SqliteStore {
    async fn count(&self, kind: RecordKind) -> Result<u64> {
        self.read(move |c| export::count(c, kind)).await
    }

    async fn export(
        &self,
        kind: RecordKind,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<RecordPage> {
        self.read(move |c| export::page(c, kind, &after.unwrap_or_default(), limit))
            .await
    }

    async fn begin_import(&self) -> Result<()> {
        self.write(import::mark).await
    }

    async fn import(&self, kind: RecordKind, records: Vec<Record>) -> Result<()> {
        self.write(move |c| import::page(c, kind, &records)).await
    }

    async fn end_import(&self, watch: Watch<'_>) -> Result<()> {
        self.write(texts::put_in_order).await?;
        let mut place = 0;
        while let Some(last) = self.write(move |c| texts::take_up_behind(c, place)).await? {
            place = last;
            watch(place.unsigned_abs());
        }
        self.write(import::unmark).await
    }
}

/// Refuses a book that a copy began to fill and did not finish.
pub(crate) fn refuse_unfinished(
    connection: &Connection,
    path: &Path,
) -> std::result::Result<(), Failure> {
    let mut mark = connection.prepare_cached("SELECT 1 FROM copy_mark")?;
    if mark.exists([])? {
        return Err(Failure::refused(format!(
            "{path} is half a book: a `leadbook copy` into it is under way or was interrupted. If none is under way, \
             delete the file (and those beside it that end in -wal and -shm) and copy again",
            path = path.display()
        )));
    }
    Ok(())
}
