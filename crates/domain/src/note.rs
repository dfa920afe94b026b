//! Notes on a lead: documents of a person, beside the lead's one text of notes.

use serde_json::Value;

use crate::ids::{LeadId, NoteId, UserId, WorkspaceId};
use crate::time::Timestamp;

/// A note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub id: NoteId,
    pub workspace_id: WorkspaceId,
    pub lead_id: LeadId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// An editor's own JSON, kept as it came (`limits::NOTE_BYTES_MAX`).
    pub document: Value,
    /// References into a file store that Leadbook does not have; kept.
    pub attachments: Vec<String>,
    /// Kept; nobody is notified.
    pub mentions: Vec<UserId>,
}
