//! Rows of work: jobs, deferred edits, claims that ran out.

use domain::state::{DeferredEdit, Job};
use domain::{CallId, JobId, LeadId, WorkspaceId};
use rusqlite::Row;
use store::{ExpiredClaim, JobHead, codec};

use super::Cells;
use crate::errors::Failure;

pub(crate) const JOB: &str = "id, workspace_id, lead_id, accepted_at, origin, edit, guard";
pub(crate) const JOB_HEAD: &str = "id, workspace_id, lead_id";
pub(crate) const DEFERRED: &str = "position, workspace_id, lead_id, accepted_at, origin, edit";
pub(crate) const EXPIRED: &str = "id, workspace_id, claim";

pub(crate) fn job(row: &Row<'_>) -> Result<Job, Failure> {
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

pub(crate) fn job_head(row: &Row<'_>) -> Result<JobHead, Failure> {
    let mut cells = Cells::new(row, "jobs");
    Ok(JobHead {
        job_id: cells.id("id", JobId::new)?,
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        lead_id: cells.id("lead_id", LeadId::new)?,
    })
}

pub(crate) fn deferred_edit(row: &Row<'_>) -> Result<DeferredEdit, Failure> {
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

pub(crate) fn expired_claim(row: &Row<'_>) -> Result<ExpiredClaim, Failure> {
    let mut cells = Cells::new(row, "leads");
    Ok(ExpiredClaim {
        lead_id: cells.id("id", LeadId::new)?,
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        call_id: cells.json("claim", |claim| {
            CallId::new(claim.get("call_id")?.as_u64()?)
        })?,
    })
}
