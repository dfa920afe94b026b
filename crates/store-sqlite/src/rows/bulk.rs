//! Rows of `bulks` and `bulk_chunks`.

use domain::bulk::{Bulk, Chunk};
use domain::{BulkId, WorkspaceId};
use rusqlite::{Row, Statement, params};
use store::codec;

use super::{Cells, signed};
use crate::errors::Failure;

pub(crate) const COLUMNS: &str = "b.id AS id, b.workspace_id AS workspace_id, b.created_at AS created_at, \
     b.origin AS origin, b.is_accepted AS is_accepted, b.leased_until AS leased_until";
pub(crate) const CHUNK: &str = "c.id AS chunk_id, c.number AS number, c.leads AS leads";
pub(crate) const INSERT: &str = "INSERT INTO bulks \
     (id, workspace_id, created_at, origin, is_accepted, leased_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const COLUMN_COUNT: usize = 6;

pub(crate) fn read(row: &Row<'_>) -> Result<Bulk, Failure> {
    let mut cells = Cells::new(row, "bulks");
    // In the order of the columns.
    Ok(Bulk {
        id: cells.id("id", BulkId::new)?,
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        created_at: cells.time("created_at")?,
        origin: cells.json("origin", codec::decode_origin)?,
        is_accepted: cells.boolean("is_accepted")?,
        leased_until: cells.time("leased_until")?,
    })
}

pub(crate) fn chunk(row: &Row<'_>) -> Result<Chunk, Failure> {
    read_chunk(Cells::new(row, "bulk_chunks"))
}

/// A bulk, and one of its chunks behind it.
pub(crate) fn with_chunk(row: &Row<'_>) -> Result<(Bulk, Chunk), Failure> {
    let chunk = Cells::behind(row, "bulk_chunks", COLUMN_COUNT);
    Ok((read(row)?, read_chunk(chunk)?))
}

fn read_chunk(mut cells: Cells<'_>) -> Result<Chunk, Failure> {
    cells.integer("chunk_id")?;
    Ok(Chunk {
        number: cells.small("number")?,
        leads: cells.json("leads", codec::decode_new_leads)?,
    })
}

/// Runs [`INSERT`].
pub(crate) fn write(statement: &mut Statement<'_>, bulk: &Bulk) -> rusqlite::Result<usize> {
    let Bulk {
        id,
        workspace_id,
        created_at,
        origin,
        is_accepted,
        leased_until,
    } = bulk;
    statement.execute(params![
        signed(id.get()),
        signed(workspace_id.get()),
        created_at.as_millis(),
        codec::encode_origin(origin).to_string(),
        is_accepted,
        leased_until.as_millis(),
    ])
}
