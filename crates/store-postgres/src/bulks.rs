//! The SQL of bulks: what is staged, whose it is, and what is left of it.
//!
//! Accepting and dropping a bulk wait for each other at its row, and the later one sees what the earlier one did.

use async_trait::async_trait;
use domain::bulk::{Bulk, Chunk};
use domain::command::NewLead;
use domain::{BulkId, Timestamp, WorkspaceId};
use store::{Bulks, codec};

use crate::PostgresStore;
use crate::errors::Failure;
use crate::persist::{ByWorkspace, Form};
use crate::pipeline::{Pipeline, Reach, Step};
use crate::query::limit as sql_limit;
use crate::rows::{Cells, bulk as rows, signed};
use crate::work::Found;

type Answer<T> = Result<T, Failure>;

#[async_trait]
impl Bulks for PostgresStore {
    async fn open_bulk(&self, bulk: &Bulk) -> store::Result<()> {
        let loan = self.readers.borrow().await?;
        let mut table = ByWorkspace::new(&rows::INSERT);
        rows::add(table.of(bulk.workspace_id), bulk);
        let steps: Vec<_> = table.inserts(self.form()).collect();
        loan.pipeline()?.all(&steps).await?;
        Ok(())
    }

    async fn stage_leads(
        &self,
        workspace: WorkspaceId,
        bulk: BulkId,
        chunks: &[Vec<NewLead>],
        leased_until: Timestamp,
    ) -> store::Result<bool> {
        let transaction = self.begin().await?;
        let key = Key::of(workspace, bulk);
        let pipeline = transaction.pipeline()?;
        let is_staged = stage(pipeline, self.form(), &key, chunks, leased_until).await?;
        transaction.commit().await?;
        Ok(is_staged)
    }

    async fn accept_bulk(
        &self,
        workspace: WorkspaceId,
        bulk: BulkId,
        leased_until: Timestamp,
    ) -> store::Result<bool> {
        let sql = "UPDATE bulks SET is_accepted = true, leased_until = $3 \
                   WHERE workspace_id = $1 AND id = $2 RETURNING id";
        let loan = self.readers.borrow().await?;
        let (key, lease) = (Key::of(workspace, bulk), leased_until.as_millis());
        let step = Step::tenant(sql, &[&key.workspace, &key.id, &lease]);
        Ok(!loan.pipeline()?.one(step).await?.is_empty())
    }

    async fn next_chunk(
        &self,
        workspace: WorkspaceId,
        bulk: BulkId,
        after: u32,
    ) -> store::Result<Option<Chunk>> {
        let sql = format!(
            "SELECT {} FROM bulk_chunks WHERE workspace_id = $1 AND bulk_id = $2 AND number > $3 \
             ORDER BY number LIMIT 1",
            rows::CHUNK
        );
        let loan = self.readers.borrow().await?;
        let (key, after) = (Key::of(workspace, bulk), i64::from(after));
        let step = Step::tenant(sql, &[&key.workspace, &key.id, &after]);
        let found = loan.pipeline()?.one(step).await?;
        Ok(found.first().map(|row| rows::chunk(row, 0)).transpose()?)
    }

    async fn finish_chunks(
        &self,
        workspace: WorkspaceId,
        bulk: BulkId,
        through: u32,
        leased_until: Timestamp,
    ) -> store::Result<()> {
        let transaction = self.begin().await?;
        let (key, lease) = (Key::of(workspace, bulk), leased_until.as_millis());
        let through = i64::from(through);
        let steps = [
            Step::tenant(
                "UPDATE bulks SET leased_until = $3 WHERE workspace_id = $1 AND id = $2",
                &[&key.workspace, &key.id, &lease],
            ),
            Step::tenant(
                "DELETE FROM bulk_chunks WHERE workspace_id = $1 AND bulk_id = $2 AND number <= $3",
                &[&key.workspace, &key.id, &through],
            ),
        ];
        transaction.pipeline()?.all(&steps).await?;
        Ok(transaction.commit().await?)
    }

    async fn drop_bulk(&self, workspace: WorkspaceId, bulk: BulkId) -> store::Result<()> {
        let transaction = self.begin().await?;
        let key = Key::of(workspace, bulk);
        let own = "DELETE FROM bulks WHERE workspace_id = $1 AND id = $2 AND NOT (is_accepted AND EXISTS ( \
                   SELECT 1 FROM bulk_chunks WHERE workspace_id = $1 AND bulk_id = $2)) RETURNING id";
        let chunks = "DELETE FROM bulk_chunks WHERE workspace_id = $1 AND bulk_id = $2";
        let pipeline = transaction.pipeline()?;
        let own = Step::tenant(own, &[&key.workspace, &key.id]);
        if !pipeline.one(own).await?.is_empty() {
            let chunks = Step::tenant(chunks, &[&key.workspace, &key.id]);
            pipeline.one(chunks).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn lease_bulks(
        &self,
        now: Timestamp,
        leased_until: Timestamp,
        limit: usize,
    ) -> store::Result<Vec<Bulk>> {
        let loan = self.workers.borrow().await?;
        Ok(lease(loan.pipeline()?, now, leased_until, limit).await?)
    }
}

/// Of one bulk, as statements take it.
struct Key {
    workspace_id: WorkspaceId,
    workspace: i64,
    bulk: BulkId,
    id: i64,
}

impl Key {
    const fn of(workspace: WorkspaceId, bulk: BulkId) -> Self {
        Self {
            workspace_id: workspace,
            workspace: signed(workspace.get()),
            bulk,
            id: signed(bulk.get()),
        }
    }
}

/// Inside a transaction: the bulk's row is locked until its end.
async fn stage(
    pipeline: Pipeline<'_>,
    form: Form,
    key: &Key,
    chunks: &[Vec<NewLead>],
    leased_until: Timestamp,
) -> Answer<bool> {
    let sql = "UPDATE bulks SET leased_until = $3, chunk_count = chunk_count + $4 \
               WHERE workspace_id = $1 AND id = $2 AND NOT is_accepted RETURNING id, chunk_count";
    let (lease, count) = (leased_until.as_millis(), sql_limit(chunks.len()));
    let step = Step::tenant(sql, &[&key.workspace, &key.id, &lease, &count]);
    let found = pipeline.one(step).await?;
    let Some(row) = found.first() else {
        return Ok(false);
    };
    let mut cells = Cells::new(row, "bulks");
    cells.integer("id")?;
    let before = cells.integer("chunk_count")? - count;
    let mut table = ByWorkspace::new(&rows::CHUNKS);
    for (number, leads) in (before + 1..).zip(chunks) {
        let leads = codec::encode_new_leads(leads);
        rows::add_chunk(table.of(key.workspace_id), key.bulk, number, leads);
    }
    let steps: Vec<_> = table.inserts(form).collect();
    pipeline.all(&steps).await?;
    Ok(true)
}

async fn lease(
    pipeline: Pipeline<'_>,
    now: Timestamp,
    leased_until: Timestamp,
    limit: usize,
) -> Answer<Vec<Bulk>> {
    let find = "SELECT id, workspace_id FROM bulks WHERE leased_until <= $1 ORDER BY leased_until LIMIT $2";
    let take = format!(
        "UPDATE bulks SET leased_until = $4 WHERE workspace_id = $1 AND id = ANY(ARRAY( \
         SELECT id FROM bulks WHERE workspace_id = $1 AND id = ANY($2) AND leased_until <= $3 \
         FOR UPDATE SKIP LOCKED)) RETURNING {}",
        rows::COLUMNS
    );
    let (now, lease_end, limit) = (now.as_millis(), leased_until.as_millis(), sql_limit(limit));
    let step = Step::new(Reach::Everywhere, find, &[&now, &limit]);
    let found = Found::read(&pipeline.one(step).await?, "bulks")?;
    let taken = found.take(pipeline, &take, now, lease_end).await?;
    taken.iter().map(rows::read).collect()
}
