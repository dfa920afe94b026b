//! The SQL of notes.

use domain::limits::NOTES_PER_LEAD_MAX;
use domain::note::Note;
use domain::{LeadId, NoteId, WorkspaceId};
use rusqlite::Connection;

use crate::errors::Failure;
use crate::query::{limit, many, one, select};
use crate::rows::{note, signed};

pub(crate) fn create(connection: &Connection, note: &Note) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(note::INSERT)?;
    note::write(&mut statement, note).map_err(Failure::or_conflict("note"))?;
    Ok(())
}

pub(crate) fn update(connection: &Connection, note: &Note) -> Result<bool, Failure> {
    let mut statement = connection.prepare_cached(note::UPDATE)?;
    Ok(note::write(&mut statement, note)? == 1)
}

pub(crate) fn note(
    connection: &Connection,
    workspace: WorkspaceId,
    id: NoteId,
) -> Result<Option<Note>, Failure> {
    let mut statement = select!(
        connection,
        note::COLUMNS,
        "notes WHERE id = ?1 AND workspace_id = ?2"
    )?;
    let key = [signed(id.get()), signed(workspace.get())];
    one(&mut statement, key, note::read)
}

pub(crate) fn of_lead(
    connection: &Connection,
    workspace: WorkspaceId,
    lead: LeadId,
) -> Result<Vec<Note>, Failure> {
    let mut statement = select!(
        connection,
        note::COLUMNS,
        "notes WHERE workspace_id = ?1 AND lead_id = ?2 ORDER BY created_at, id LIMIT ?3"
    )?;
    let key = [
        signed(workspace.get()),
        signed(lead.get()),
        limit(NOTES_PER_LEAD_MAX),
    ];
    many(&mut statement, key, note::read)
}
