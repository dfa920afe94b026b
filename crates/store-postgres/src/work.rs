//! The SQL of the background loops: what to claim, expire and run next. Deliveries are `deliveries`' matter.
//!
//! A job that may go next is marked `is_head`, so that finding work reads only what is found. Whoever adds or finishes
//! one keeps the mark, in the same transaction and under the lock of the lead's row.
//!
//! Finding goes over all tenants and locks nothing; taking is one statement per tenant, which passes by what another
//! process is about to take.

use std::collections::{BTreeMap, HashMap};

use domain::{CampaignId, LeadId, Timestamp, WorkspaceId};
use store::{ExpiredClaim, JobHead};
use tokio_postgres::Row;

use crate::errors::Failure;
use crate::pipeline::{Pipeline, Reach, Step};
use crate::query::limit as sql_limit;
use crate::rows::{Cells, signed, work};

type Work<T> = Result<T, Failure>;

pub(crate) async fn claim_candidates(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    campaign: CampaignId,
    now: Timestamp,
    limit: usize,
) -> Work<Vec<LeadId>> {
    let sql = "SELECT lead_id FROM dial_queue WHERE workspace_id = $1 AND campaign_id = $2 \
               AND claimable_at <= $3 ORDER BY claimable_at, lead_id LIMIT $4";
    let key = (signed(workspace.get()), signed(campaign.get()));
    let (now, limit) = (now.as_millis(), sql_limit(limit));
    let step = Step::tenant(sql, &[&key.0, &key.1, &now, &limit]);
    let rows = pipeline.one(step).await?;
    let lead = |row| Cells::new(row, "dial_queue").id("lead_id", LeadId::new);
    rows.iter().map(lead).collect()
}

pub(crate) async fn expired_claims(
    pipeline: Pipeline<'_>,
    now: Timestamp,
    limit: usize,
) -> Work<Vec<ExpiredClaim>> {
    let sql = format!(
        "SELECT {} FROM claims WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
        work::EXPIRED
    );
    let (now, limit) = (now.as_millis(), sql_limit(limit));
    let step = Step::new(Reach::Everywhere, sql, &[&now, &limit]);
    pipeline
        .one(step)
        .await?
        .iter()
        .map(work::expired_claim)
        .collect()
}

/// Looks at the deleted campaigns of all tenants and at one lead of each at most.
pub(crate) async fn campaigns_to_empty(
    pipeline: Pipeline<'_>,
    limit: usize,
) -> Work<Vec<(WorkspaceId, CampaignId)>> {
    let sql = "SELECT id, workspace_id FROM campaigns WHERE state = 'deleted' AND EXISTS (SELECT 1 FROM leads \
               WHERE leads.workspace_id = campaigns.workspace_id AND leads.campaign_id = campaigns.id \
               AND leads.deleted_at IS NULL) LIMIT $1";
    let limit = sql_limit(limit);
    let step = Step::new(Reach::Everywhere, sql, &[&limit]);
    let read = |row| {
        let mut cells = Cells::new(row, "campaigns");
        let campaign = cells.id("id", CampaignId::new)?;
        Ok((cells.id("workspace_id", WorkspaceId::new)?, campaign))
    };
    pipeline.one(step).await?.iter().map(read).collect()
}

/// What was found, by workspace, and the place of each in the order it was found.
pub(crate) struct Found {
    by_workspace: BTreeMap<i64, Vec<i64>>,
    places: HashMap<(i64, i64), usize>,
}

impl Found {
    pub(crate) fn read(rows: &[Row], table: &'static str) -> Work<Self> {
        let mut found = Self {
            by_workspace: BTreeMap::new(),
            places: HashMap::new(),
        };
        for (place, row) in rows.iter().enumerate() {
            let mut cells = Cells::new(row, table);
            let id = cells.integer("id")?;
            let workspace = cells.integer("workspace_id")?;
            found.by_workspace.entry(workspace).or_default().push(id);
            found.places.insert((workspace, id), place);
        }
        Ok(found)
    }

    /// Takes what nobody else has taken meanwhile; the rows as they are now.
    pub(crate) async fn take(
        &self,
        pipeline: Pipeline<'_>,
        sql: &str,
        now: i64,
        lease_end: i64,
    ) -> Work<Vec<Row>> {
        let steps: Vec<_> = self
            .by_workspace
            .iter()
            .map(|(workspace, ids)| Step::tenant(sql, &[workspace, ids, &now, &lease_end]))
            .collect();
        let answers = pipeline.all(&steps).await?;
        Ok(answers.into_iter().flatten().collect())
    }

    pub(crate) fn place(&self, workspace: WorkspaceId, id: u64) -> Option<usize> {
        let key = (signed(workspace.get()), signed(id));
        self.places.get(&key).copied()
    }
}

pub(crate) async fn lease_jobs(
    pipeline: Pipeline<'_>,
    now: Timestamp,
    lease_end: Timestamp,
    limit: usize,
) -> Work<Vec<JobHead>> {
    let find = "SELECT id, workspace_id FROM jobs WHERE is_head AND leased_until <= $1 \
                ORDER BY position LIMIT $2";
    let take = format!(
        "UPDATE jobs SET leased_until = $4 WHERE workspace_id = $1 AND id = ANY(ARRAY( \
         SELECT id FROM jobs WHERE workspace_id = $1 AND id = ANY($2) AND is_head \
         AND leased_until <= $3 FOR UPDATE SKIP LOCKED)) RETURNING {}",
        work::JOB_HEAD
    );
    let (now, lease_end, limit) = (now.as_millis(), lease_end.as_millis(), sql_limit(limit));
    let step = Step::new(Reach::Everywhere, find, &[&now, &limit]);
    let found = Found::read(&pipeline.one(step).await?, "jobs")?;
    let rows = found.take(pipeline, &take, now, lease_end).await?;
    let mut heads: Vec<_> = rows.iter().map(work::job_head).collect::<Work<_>>()?;
    heads.sort_by_key(|head| found.place(head.workspace_id, head.job_id.get()));
    Ok(heads)
}

/// Marks the first job of each lead.
pub(crate) const PROMOTE_JOBS: &str = "UPDATE jobs SET is_head = true WHERE workspace_id = $1 AND NOT is_head \
     AND position = ANY(ARRAY(SELECT min(position) FROM jobs WHERE workspace_id = $1 \
     AND lead_id = ANY($2) GROUP BY lead_id))";
