//! A whole book, read and filled: what `leadbook copy` needs of this store. `export` reads pages, `import` writes them.
//!
//! While a book is being filled it is marked, and a marked book does not open: half of a book must not be served.

mod export;
mod history;
mod import;

use async_trait::async_trait;
use store::Result;
use store::transfer::{Cursor, Record, RecordKind, RecordPage, Transfer, Watch};

use crate::connection::Target;
use crate::errors::Failure;
use crate::pipeline::{Pipeline, Reach, Step};
use crate::writer::Transaction;
use crate::{PostgresStore, form};

/// One that reads and one that writes.
pub(crate) const CONNECTIONS: usize = 2;

#[async_trait]
impl Transfer for PostgresStore {
    async fn count(&self, kind: RecordKind) -> Result<u64> {
        let copying = Transaction::begin(&self.copying).await?;
        let count = export::count(copying.pipeline()?, kind).await?;
        copying.ended();
        Ok(count)
    }

    async fn export(
        &self,
        kind: RecordKind,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<RecordPage> {
        let copying = Transaction::begin(&self.copying).await?;
        let after = after.unwrap_or_default();
        let page = export::page(copying.pipeline()?, kind, &after, limit).await?;
        copying.ended();
        Ok(page)
    }

    async fn begin_import(&self) -> Result<()> {
        let copying = Transaction::begin(&self.copying).await?;
        import::mark(copying.pipeline()?).await?;
        copying.ended();
        Ok(())
    }

    async fn import(&self, kind: RecordKind, records: Vec<Record>) -> Result<()> {
        let transaction = Transaction::begin(&self.copying).await?;
        let importing = import::Importing {
            pipeline: transaction.pipeline()?,
            target: &self.target,
            form: form(self.is_distributed),
        };
        importing.page(kind, &records).await?;
        transaction.ended();
        Ok(())
    }

    async fn end_import(&self, _: Watch<'_>) -> Result<()> {
        Ok(import::unmark(&self.target).await?)
    }
}

/// Refuses a book that a copy began to fill and did not finish.
pub(crate) async fn refuse_unfinished(
    pipeline: Pipeline<'_>,
    target: &Target,
) -> std::result::Result<(), Failure> {
    let mark = Step::new(Reach::Shared, "SELECT id FROM copy_mark", &[]);
    if pipeline.one(mark).await?.is_empty() {
        return Ok(());
    }
    Err(Failure::refused(format!(
        "{} holds half a book: a `leadbook copy` into it is under way or was interrupted. If none is under way, drop \
         the database (or the schema) and copy again into an empty one",
        target.description()
    )))
}
