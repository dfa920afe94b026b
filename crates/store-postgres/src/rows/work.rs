//! Rows of work: jobs, deferred edits, imported ids.

use std::sync::LazyLock;

use domain::state::{DeferredEdit, Job};
use domain::{CallId, JobId, LeadId, WorkspaceId};
use store::{ExpiredClaim, JobHead, codec};
use tokio_postgres::Row;

use super::Cells;
use super::set::Kind::{self, Boolean, Integer, Text};
use super::set::{Spec, Statements};
use crate::errors::Failure;

pub(crate) const JOB: &str = "id, workspace_id, lead_id, accepted_at, origin, edit, guard";
pub(crate) const JOB_HEAD: &str = "id, workspace_id, lead_id";
pub(crate) const DEFERRED: &str = "position, workspace_id, lead_id, accepted_at, origin, edit";
pub(crate) const EXPIRED: &str = "lead_id, workspace_id, call_id";

pub(crate) static VENDOR_IDS: LazyLock<Statements> = LazyLock::new(|| {
    // The newest import of an id counts from then on.
    let ending =
        "ON CONFLICT (workspace_id, dialect, kind, id) DO UPDATE SET number = excluded.number";
    let columns = [
        ("dialect", Text),
        ("kind", Text),
        ("id", Text),
        ("number", Integer),
    ];
    statements("vendor_ids", &columns, ending, "vendor id")
});
pub(crate) static JOBS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [
        ("id", Integer),
        ("lead_id", Integer),
        ("is_head", Boolean),
        ("leased_until", Integer),
        ("accepted_at", Integer),
        ("origin", Text),
        ("edit", Text),
        ("guard", Text),
    ];
    statements("jobs", &columns, "", "job")
});
pub(crate) static DEFERRED_EDITS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [
        ("lead_id", Integer),
        ("accepted_at", Integer),
        ("origin", Text),
        ("edit", Text),
    ];
    statements("deferred_edits", &columns, "", "deferred edit")
});

// Whole rows, as a copy of a book writes them.
pub(crate) static JOBS_COPIED: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [
        ("id", Integer),
        ("position", Integer),
        ("lead_id", Integer),
        ("is_head", Boolean),
        ("leased_until", Integer),
        ("accepted_at", Integer),
        ("origin", Text),
        ("edit", Text),
        ("guard", Text),
    ];
    statements("jobs", &columns, "", "job")
});
pub(crate) static DEFERRED_EDITS_COPIED: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [
        ("position", Integer),
        ("lead_id", Integer),
        ("accepted_at", Integer),
        ("origin", Text),
        ("edit", Text),
    ];
    statements("deferred_edits", &columns, "", "deferred edit")
});

pub(crate) fn statements(
    table: &'static str,
    columns: &[(&'static str, Kind)],
    ending: &'static str,
    what: &'static str,
) -> Statements {
    Statements::new(Spec {
        table,
        columns: columns.to_vec(),
        computed: None,
        ending,
        what,
    })
}

pub(crate) fn job(row: &Row) -> Result<Job, Failure> {
    let mut cells = Cells::new(row, "jobs");
    Ok(Job {
        id: cells.id("id", JobId::new)?,
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        lead_id: cells.id("lead_id", LeadId::new)?,
        accepted_at: cells.time("accepted_at")?,
        origin: cells.json("origin", codec::decode_origin)?,
        edit: cells.json("edit", codec::decode_edit)?,
        guard: cells.json("guard", codec::decode_guard)?,
    })
}

pub(crate) fn job_head(row: &Row) -> Result<JobHead, Failure> {
    let mut cells = Cells::new(row, "jobs");
    Ok(JobHead {
        job_id: cells.id("id", JobId::new)?,
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        lead_id: cells.id("lead_id", LeadId::new)?,
    })
}

pub(crate) fn deferred_edit(row: &Row) -> Result<DeferredEdit, Failure> {
    let mut cells = Cells::new(row, "deferred_edits");
    Ok(DeferredEdit {
        position: cells.number("position")?,
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        lead_id: cells.id("lead_id", LeadId::new)?,
        accepted_at: cells.time("accepted_at")?,
        origin: cells.json("origin", codec::decode_origin)?,
        edit: cells.json("edit", codec::decode_edit)?,
    })
}

pub(crate) fn expired_claim(row: &Row) -> Result<ExpiredClaim, Failure> {
    let mut cells = Cells::new(row, "claims");
    Ok(ExpiredClaim {
        lead_id: cells.id("lead_id", LeadId::new)?,
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        call_id: cells.id("call_id", CallId::new)?,
    })
}
