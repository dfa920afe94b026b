//! The SQL of notes.

use domain::limits::NOTES_PER_LEAD_MAX;
use domain::note::Note;
use domain::{LeadId, NoteId, WorkspaceId};

use crate::errors::Failure;
use crate::pipeline::{Pipeline, Step};
use crate::query::{all, limit};
use crate::rows::{note, signed};

pub(crate) async fn create(pipeline: Pipeline<'_>, note: &Note) -> Result<(), Failure> {
    let values = note::Values::of(note);
    let step = Step::tenant(note::INSERT, &values.parameters()).creating("note");
    pipeline.one(step).await.map(drop)
}

pub(crate) async fn update(pipeline: Pipeline<'_>, note: &Note) -> Result<bool, Failure> {
    let values = note::Values::of(note);
    let step = Step::tenant(note::UPDATE, &values.parameters()[..note::UPDATED]);
    Ok(!pipeline.one(step).await?.is_empty())
}

pub(crate) async fn note(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    id: NoteId,
) -> Result<Option<Note>, Failure> {
    let sql = format!(
        "SELECT {} FROM notes WHERE workspace_id = $1 AND id = $2",
        note::COLUMNS
    );
    let key = (signed(workspace.get()), signed(id.get()));
    let rows = pipeline.one(Step::tenant(sql, &[&key.0, &key.1])).await?;
    rows.first().map(note::read).transpose()
}

pub(crate) async fn of_lead(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    lead: LeadId,
) -> Result<Vec<Note>, Failure> {
    let sql = format!(
        "SELECT {} FROM notes WHERE workspace_id = $1 AND lead_id = $2 ORDER BY created_at, id LIMIT $3",
        note::COLUMNS
    );
    let (workspace, lead) = (signed(workspace.get()), signed(lead.get()));
    let limit = limit(NOTES_PER_LEAD_MAX);
    let step = Step::tenant(sql, &[&workspace, &lead, &limit]);
    all(&pipeline.one(step).await?, note::read)
}
