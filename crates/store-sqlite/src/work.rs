//! The SQL of the background loops: what to claim, expire and run next. What to deliver is in `deliveries`.
//!
//! A job that may run next is marked `is_head`, so that finding work reads only what is found. Whoever adds or
//! finishes one keeps the mark in the same transaction.

use domain::{CampaignId, LeadId, Timestamp, WorkspaceId};
use rusqlite::{Connection, params};
use store::{ExpiredClaim, JobHead};

use crate::errors::Failure;
use crate::query::{limit as sql_limit, many, select};
use crate::rows::{Cells, signed, work};

type Work<T> = Result<T, Failure>;

pub(crate) fn claim_candidates(
    connection: &Connection,
    workspace: WorkspaceId,
    campaign: CampaignId,
    now: Timestamp,
    limit: usize,
) -> Work<Vec<LeadId>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM leads WHERE workspace_id = ?1 AND campaign_id = ?2 \
         AND claimable_at <= ?3 ORDER BY claimable_at, id LIMIT ?4",
    )?;
    let key = params![
        signed(workspace.get()),
        signed(campaign.get()),
        now.as_millis(),
        sql_limit(limit)
    ];
    many(&mut statement, key, |row| {
        Cells::new(row, "leads").id("id", LeadId::new)
    })
}

pub(crate) fn expired_claims(
    connection: &Connection,
    now: Timestamp,
    limit: usize,
) -> Work<Vec<ExpiredClaim>> {
    let mut statement = select!(
        connection,
        work::EXPIRED,
        "leads WHERE claim_expires_at <= ?1 ORDER BY claim_expires_at LIMIT ?2"
    )?;
    let key = params![now.as_millis(), sql_limit(limit)];
    many(&mut statement, key, work::expired_claim)
}

pub(crate) fn job_heads(connection: &Connection, limit: usize) -> Work<Vec<JobHead>> {
    let mut statement = select!(
        connection,
        work::JOB_HEAD,
        "jobs WHERE is_head = 1 ORDER BY position LIMIT ?1"
    )?;
    many(&mut statement, [sql_limit(limit)], work::job_head)
}

pub(crate) fn campaigns_to_empty(
    connection: &Connection,
    limit: usize,
) -> Work<Vec<(WorkspaceId, CampaignId)>> {
    let mut statement = connection.prepare_cached(
        "SELECT c.id AS id, c.workspace_id AS workspace_id FROM campaigns AS c WHERE c.state = 'deleted' \
         AND EXISTS (SELECT 1 FROM lead_counts AS n WHERE n.workspace_id = c.workspace_id \
         AND n.created_day = -1 AND n.campaign_id = c.id) LIMIT ?1",
    )?;
    many(&mut statement, [sql_limit(limit)], |row| {
        let mut cells = Cells::new(row, "campaigns");
        let campaign = cells.id("id", CampaignId::new)?;
        Ok((cells.id("workspace_id", WorkspaceId::new)?, campaign))
    })
}

/// Marks the lead's first job.
pub(crate) fn promote_job(connection: &Connection, workspace: i64, lead: i64) -> Work<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE jobs SET is_head = 1 WHERE position = \
         (SELECT min(position) FROM jobs WHERE workspace_id = ?1 AND lead_id = ?2)",
    )?;
    statement.execute([workspace, lead])?;
    Ok(())
}
