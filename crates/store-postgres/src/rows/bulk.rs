//! Rows of `bulks` and `bulk_chunks`.

use std::sync::LazyLock;

use domain::bulk::{Bulk, Chunk};
use domain::{BulkId, WorkspaceId};
use store::codec;
use tokio_postgres::Row;

use super::set::Kind::{Boolean, Integer, Text};
use super::set::{Rows, Statements};
use super::work::statements;
use super::{Cells, signed};
use crate::errors::Failure;

pub(crate) const COLUMNS: &str = "id, workspace_id, created_at, origin, is_accepted, leased_until";
pub(crate) const CHUNK: &str = "number, leads";

pub(crate) static INSERT: LazyLock<Statements> = LazyLock::new(|| inserts(""));
/// Whole rows, as a copy of a book writes them: a bulk comes with each of its chunks.
pub(crate) static COPIED: LazyLock<Statements> =
    LazyLock::new(|| inserts("ON CONFLICT (workspace_id, id) DO NOTHING"));
pub(crate) static CHUNKS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [("bulk_id", Integer), ("number", Integer), ("leads", Text)];
    statements("bulk_chunks", &columns, "", "chunk")
});

fn inserts(ending: &'static str) -> Statements {
    let columns = [
        ("id", Integer),
        ("created_at", Integer),
        ("origin", Text),
        ("is_accepted", Boolean),
        ("leased_until", Integer),
    ];
    statements("bulks", &columns, ending, "bulk")
}

pub(crate) fn read(row: &Row) -> Result<Bulk, Failure> {
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

/// Of [`CHUNK`], behind so many other columns.
pub(crate) fn chunk(row: &Row, columns: usize) -> Result<Chunk, Failure> {
    let mut cells = Cells::behind(row, "bulk_chunks", columns);
    Ok(Chunk {
        number: cells.small("number")?,
        leads: cells.json("leads", codec::decode_new_leads)?,
    })
}

/// Adds a row of [`INSERT`] or [`COPIED`].
pub(crate) fn add(rows: &mut Rows<'_>, bulk: &Bulk) {
    let Bulk {
        id,
        workspace_id: _,
        created_at,
        origin,
        is_accepted,
        leased_until,
    } = bulk;
    rows.integer(signed(id.get()));
    rows.integer(created_at.as_millis());
    rows.text(codec::encode_origin(origin).to_string());
    rows.boolean(*is_accepted);
    rows.integer(leased_until.as_millis());
}

/// Adds a row of [`CHUNKS`].
pub(crate) fn add_chunk(rows: &mut Rows<'_>, bulk: BulkId, number: i64, leads: String) {
    rows.integer(signed(bulk.get()));
    rows.integer(number);
    rows.text(leads);
}
