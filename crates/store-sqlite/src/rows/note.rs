//! Rows of `notes`. What is in a document is its editor's business.

use domain::note::Note;
use domain::{LeadId, NoteId, UserId, WorkspaceId};
use rusqlite::{Row, Statement, params};
use store::codec;

use super::{Cells, signed};
use crate::errors::Failure;

pub(crate) const COLUMNS: &str =
    "id, workspace_id, lead_id, created_at, updated_at, document, attachments, mentions";
pub(crate) const INSERT: &str = "INSERT INTO notes \
     (id, workspace_id, lead_id, created_at, updated_at, document, attachments, mentions) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
/// What can change. The numbers are those of [`INSERT`].
pub(crate) const UPDATE: &str = "UPDATE notes SET updated_at = ?5, document = ?6, attachments = ?7, mentions = ?8 \
     WHERE id = ?1 AND workspace_id = ?2 AND lead_id = ?3 AND ?4 IS NOT NULL";

pub(crate) fn read(row: &Row<'_>) -> Result<Note, Failure> {
    let mut cells = Cells::new(row, "notes");
    // In the order of the columns.
    Ok(Note {
        id: cells.id("id", NoteId::new)?,
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        lead_id: cells.id("lead_id", LeadId::new)?,
        created_at: cells.time("created_at")?,
        updated_at: cells.time("updated_at")?,
        document: cells.json("document", |document| Some(document.clone()))?,
        attachments: cells.json("attachments", codec::decode_names)?,
        mentions: cells.parsed("mentions", |text| codec::decode_ids(text, UserId::new))?,
    })
}

/// Runs [`INSERT`] or [`UPDATE`]; how many rows that touched.
pub(crate) fn write(statement: &mut Statement<'_>, note: &Note) -> rusqlite::Result<usize> {
    let Note {
        id,
        workspace_id,
        lead_id,
        created_at,
        updated_at,
        document,
        attachments,
        mentions,
    } = note;
    statement.execute(params![
        signed(id.get()),
        signed(workspace_id.get()),
        signed(lead_id.get()),
        created_at.as_millis(),
        updated_at.as_millis(),
        document.to_string(),
        codec::encode_names(attachments),
        codec::encode_ids(mentions.iter().map(|id| id.get())),
    ])
}
