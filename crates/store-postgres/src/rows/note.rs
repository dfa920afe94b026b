//! Rows of `notes`. What is in a document is its editor's business.

use domain::note::Note;
use domain::{LeadId, NoteId, UserId, WorkspaceId};
use store::codec;
use tokio_postgres::Row;

use super::{Cells, signed};
use crate::errors::Failure;
use crate::pipeline::Parameter;

pub(crate) const COLUMNS: &str =
    "id, workspace_id, lead_id, created_at, updated_at, document, attachments, mentions";
pub(crate) const INSERT: &str = "INSERT INTO notes (workspace_id, id, updated_at, document, attachments, mentions, \
     lead_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
/// What can change. The numbers are those of [`INSERT`].
pub(crate) const UPDATE: &str = "UPDATE notes SET updated_at = $3, document = $4, attachments = $5, mentions = $6 \
     WHERE workspace_id = $1 AND id = $2 RETURNING id";
/// The first parameters, which are all that [`UPDATE`] takes.
pub(crate) const UPDATED: usize = 6;

pub(crate) fn read(row: &Row) -> Result<Note, Failure> {
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

/// The parameters of [`INSERT`].
pub(crate) struct Values {
    workspace: i64,
    id: i64,
    updated_at: i64,
    document: String,
    attachments: String,
    mentions: String,
    lead: i64,
    created_at: i64,
}

impl Values {
    pub(crate) fn of(note: &Note) -> Self {
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
        Self {
            workspace: signed(workspace_id.get()),
            id: signed(id.get()),
            updated_at: updated_at.as_millis(),
            document: document.to_string(),
            attachments: codec::encode_names(attachments),
            mentions: codec::encode_ids(mentions.iter().map(|id| id.get())),
            lead: signed(lead_id.get()),
            created_at: created_at.as_millis(),
        }
    }

    pub(crate) fn parameters(&self) -> [Parameter<'_>; 8] {
        [
            &self.workspace,
            &self.id,
            &self.updated_at,
            &self.document,
            &self.attachments,
            &self.mentions,
            &self.lead,
            &self.created_at,
        ]
    }
}
