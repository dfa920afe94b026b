//! The SQL of bulks. Their leads are made by batches, like all others.

use async_trait::async_trait;
use domain::bulk::{Bulk, Chunk};
use domain::command::NewLead;
use domain::{BulkId, Timestamp, WorkspaceId};
use rusqlite::{Connection, params};
use store::{Bulks, Result, codec};

use crate::SqliteStore;
use crate::errors::Failure;
use crate::query::{limit as sql_limit, many, one, select};
use crate::rows::{bulk, signed};

type Answer<T> = std::result::Result<T, Failure>;

#[async_trait]
impl Bulks for SqliteStore {
    async fn open_bulk(&self, bulk: &Bulk) -> Result<()> {
        let bulk = bulk.clone();
        self.write(move |c| insert(c, &bulk)).await
    }

    async fn stage_leads(
        &self,
        workspace: WorkspaceId,
        bulk: BulkId,
        chunks: &[Vec<NewLead>],
        leased_until: Timestamp,
    ) -> Result<bool> {
        // Written out before the writer is waited for.
        let chunks: Vec<_> = chunks
            .iter()
            .map(|leads| codec::encode_new_leads(leads))
            .collect();
        self.write(move |c| stage(c, workspace, bulk, &chunks, leased_until))
            .await
    }

    async fn accept_bulk(
        &self,
        workspace: WorkspaceId,
        bulk: BulkId,
        leased_until: Timestamp,
    ) -> Result<bool> {
        self.write(move |c| accept(c, workspace, bulk, leased_until))
            .await
    }

    async fn next_chunk(
        &self,
        workspace: WorkspaceId,
        bulk: BulkId,
        after: u32,
    ) -> Result<Option<Chunk>> {
        self.read(move |c| next_chunk(c, workspace, bulk, after))
            .await
    }

    async fn finish_chunks(
        &self,
        workspace: WorkspaceId,
        bulk: BulkId,
        through: u32,
        leased_until: Timestamp,
    ) -> Result<()> {
        self.write(move |c| finish(c, workspace, bulk, through, leased_until))
            .await
    }

    async fn drop_bulk(&self, workspace: WorkspaceId, bulk: BulkId) -> Result<()> {
        self.write(move |c| drop_bulk(c, workspace, bulk)).await
    }

    async fn lease_bulks(
        &self,
        now: Timestamp,
        leased_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Bulk>> {
        // Almost always there is none: a look, without the writer.
        if self.read(move |c| ended(c, now, 1)).await?.is_empty() {
            return Ok(Vec::new());
        }
        self.write(move |c| lease(c, now, leased_until, limit))
            .await
    }
}

pub(crate) fn insert(connection: &Connection, bulk: &Bulk) -> Answer<()> {
    let mut statement = connection.prepare_cached(bulk::INSERT)?;
    bulk::write(&mut statement, bulk).map_err(Failure::or_conflict("bulk"))?;
    Ok(())
}

fn stage(
    connection: &Connection,
    workspace: WorkspaceId,
    bulk: BulkId,
    chunks: &[String],
    leased_until: Timestamp,
) -> Answer<bool> {
    let mut open = connection.prepare_cached(
        "UPDATE bulks SET leased_until = ?3 WHERE id = ?1 AND workspace_id = ?2 AND is_accepted = 0",
    )?;
    if open.execute(key(workspace, bulk, leased_until))? == 0 {
        return Ok(false);
    }
    let mut statement = connection.prepare_cached(
        "INSERT INTO bulk_chunks (bulk_id, number, leads) VALUES (?1, 1 + coalesce(\
         (SELECT max(number) FROM bulk_chunks WHERE bulk_id = ?1), 0), ?2)",
    )?;
    for leads in chunks {
        statement.execute(params![signed(bulk.get()), leads])?;
    }
    Ok(true)
}

/// One chunk of a bulk that may be there already, as another store has it.
pub(crate) fn restore(connection: &Connection, bulk: &Bulk, chunk: &Chunk) -> Answer<()> {
    let mut known = connection.prepare_cached("SELECT 1 FROM bulks WHERE id = ?1")?;
    if !known.exists([signed(bulk.id.get())])? {
        insert(connection, bulk)?;
    }
    let mut statement = connection
        .prepare_cached("INSERT INTO bulk_chunks (bulk_id, number, leads) VALUES (?1, ?2, ?3)")?;
    let leads = codec::encode_new_leads(&chunk.leads);
    statement
        .execute(params![signed(bulk.id.get()), chunk.number, leads])
        .map_err(Failure::or_conflict("chunk"))?;
    Ok(())
}

fn accept(
    connection: &Connection,
    workspace: WorkspaceId,
    bulk: BulkId,
    leased_until: Timestamp,
) -> Answer<bool> {
    let mut statement = connection.prepare_cached(
        "UPDATE bulks SET is_accepted = 1, leased_until = ?3 WHERE id = ?1 AND workspace_id = ?2",
    )?;
    Ok(statement.execute(key(workspace, bulk, leased_until))? == 1)
}

fn next_chunk(
    connection: &Connection,
    workspace: WorkspaceId,
    bulk: BulkId,
    after: u32,
) -> Answer<Option<Chunk>> {
    let mut statement = select!(
        connection,
        bulk::CHUNK,
        "bulk_chunks AS c JOIN bulks AS b ON b.id = c.bulk_id AND b.workspace_id = ?2 \
         WHERE c.bulk_id = ?1 AND c.number > ?3 ORDER BY c.number LIMIT 1"
    )?;
    let key = params![signed(bulk.get()), signed(workspace.get()), after];
    one(&mut statement, key, bulk::chunk)
}

fn finish(
    connection: &Connection,
    workspace: WorkspaceId,
    bulk: BulkId,
    through: u32,
    leased_until: Timestamp,
) -> Answer<()> {
    let mut renew = connection
        .prepare_cached("UPDATE bulks SET leased_until = ?3 WHERE id = ?1 AND workspace_id = ?2")?;
    if renew.execute(key(workspace, bulk, leased_until))? == 0 {
        return Ok(());
    }
    let mut statement =
        connection.prepare_cached("DELETE FROM bulk_chunks WHERE bulk_id = ?1 AND number <= ?2")?;
    statement.execute(params![signed(bulk.get()), through])?;
    Ok(())
}

/// One that was accepted goes only when all of it was made.
fn drop_bulk(connection: &Connection, workspace: WorkspaceId, bulk: BulkId) -> Answer<()> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM bulks WHERE id = ?1 AND workspace_id = ?2 AND (is_accepted = 0 \
         OR NOT EXISTS (SELECT 1 FROM bulk_chunks WHERE bulk_id = ?1))",
    )?;
    let key = [signed(bulk.get()), signed(workspace.get())];
    if statement.execute(key)? == 1 {
        let mut chunks = connection.prepare_cached("DELETE FROM bulk_chunks WHERE bulk_id = ?1")?;
        chunks.execute([signed(bulk.get())])?;
    }
    Ok(())
}

fn lease(
    connection: &Connection,
    now: Timestamp,
    leased_until: Timestamp,
    limit: usize,
) -> Answer<Vec<Bulk>> {
    let mut bulks = ended(connection, now, limit)?;
    let mut statement = connection
        .prepare_cached("UPDATE bulks SET leased_until = ?3 WHERE id = ?1 AND workspace_id = ?2")?;
    for bulk in &mut bulks {
        statement.execute(key(bulk.workspace_id, bulk.id, leased_until))?;
        bulk.leased_until = leased_until;
    }
    Ok(bulks)
}

/// Those whose lease has ended.
fn ended(connection: &Connection, now: Timestamp, limit: usize) -> Answer<Vec<Bulk>> {
    let mut statement = select!(
        connection,
        bulk::COLUMNS,
        "bulks AS b WHERE b.leased_until <= ?1 ORDER BY b.leased_until, b.id LIMIT ?2"
    )?;
    let key = [now.as_millis(), sql_limit(limit)];
    many(&mut statement, key, bulk::read)
}

fn key(workspace: WorkspaceId, bulk: BulkId, at: Timestamp) -> [i64; 3] {
    [signed(bulk.get()), signed(workspace.get()), at.as_millis()]
}
