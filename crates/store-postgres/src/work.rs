//! The SQL of the background loops: what to claim, expire, run and deliver next.
//!
//! A job or a delivery that may go next is marked `is_head`, so that finding work reads only what is found. Whoever
//! adds or finishes one keeps the mark, in the same transaction and under the lock of the lead's row.
//!
//! Finding goes over all tenants and locks nothing; taking is one statement per tenant, which passes by what another
//! process is about to take.

use std::collections::{BTreeMap, HashMap};

use domain::campaign::Callback;
use domain::{CallbackId, CampaignId, LeadId, Timestamp, WorkspaceId};
use store::{DeliveryOutcome, DueDelivery, ExpiredClaim, JobHead};
use tokio_postgres::Row;

use crate::errors::Failure;
use crate::pipeline::{Pipeline, Reach, Step};
use crate::query::limit as sql_limit;
use crate::rows::{Cells, config, signed, work};

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

/// What was found, by workspace, and the place of each in the order it was found.
struct Found {
    by_workspace: BTreeMap<i64, Vec<i64>>,
    places: HashMap<(i64, i64), usize>,
}

impl Found {
    fn read(rows: &[Row], table: &'static str) -> Work<Self> {
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
    async fn take(
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

    fn place(&self, workspace: WorkspaceId, id: u64) -> Option<usize> {
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

pub(crate) async fn lease_deliveries(
    pipeline: Pipeline<'_>,
    now: Timestamp,
    lease_end: Timestamp,
    except: &[CallbackId],
    limit: usize,
) -> Work<Vec<DueDelivery>> {
    let find = "SELECT id, workspace_id FROM deliveries WHERE is_head AND next_attempt_at <= $1 \
                AND leased_until <= $1 AND callback_id <> ALL($2) \
                ORDER BY next_attempt_at, id LIMIT $3";
    let take = format!(
        "UPDATE deliveries SET leased_until = $4 WHERE workspace_id = $1 AND id = ANY(ARRAY( \
         SELECT id FROM deliveries WHERE workspace_id = $1 AND id = ANY($2) AND is_head \
         AND next_attempt_at <= $3 AND leased_until <= $3 FOR UPDATE SKIP LOCKED)) RETURNING {}",
        work::DUE
    );
    let except: Vec<_> = except.iter().map(|id| signed(id.get())).collect();
    let (now, until, limit) = (now.as_millis(), lease_end.as_millis(), sql_limit(limit));
    let step = Step::new(Reach::Everywhere, find, &[&now, &except, &limit]);
    let found = Found::read(&pipeline.one(step).await?, "deliveries")?;
    let rows = found.take(pipeline, &take, now, until).await?;
    let mut due: Vec<_> = rows
        .iter()
        .map(|row| work::due_delivery(row, lease_end))
        .collect::<Work<_>>()?;
    due.sort_by_key(|due| found.place(due.workspace_id, due.id));
    address(pipeline, due).await
}

/// Fills in the callbacks as they are configured now.
async fn address(pipeline: Pipeline<'_>, due: Vec<DueDelivery>) -> Work<Vec<DueDelivery>> {
    let mut wanted = BTreeMap::<i64, Vec<i64>>::new();
    for due in &due {
        let of_workspace = wanted.entry(signed(due.workspace_id.get())).or_default();
        of_workspace.push(signed(due.callback.id.get()));
    }
    let sql = format!(
        "SELECT {} FROM callbacks WHERE workspace_id = $1 AND id = ANY($2)",
        config::CALLBACK
    );
    let steps: Vec<_> = wanted
        .iter()
        .map(|(workspace, ids)| Step::tenant(&*sql, &[workspace, ids]))
        .collect();
    let mut callbacks = HashMap::<CallbackId, Callback>::new();
    for row in pipeline.all(&steps).await?.iter().flatten() {
        let callback = config::callback(row)?;
        callbacks.insert(callback.id, callback);
    }
    let addressed = due.into_iter().map(|due| {
        let callback = callbacks.get(&due.callback.id)?.clone();
        Some(DueDelivery { callback, ..due })
    });
    Ok(addressed.flatten().collect())
}

/// Marks the first job of each lead.
pub(crate) const PROMOTE_JOBS: &str = "UPDATE jobs SET is_head = true WHERE workspace_id = $1 AND NOT is_head \
     AND position = ANY(ARRAY(SELECT min(position) FROM jobs WHERE workspace_id = $1 \
     AND lead_id = ANY($2) GROUP BY lead_id))";

/// Marks the first unfinished delivery of each lead to each callback.
pub(crate) const PROMOTE_DELIVERIES: &str = "UPDATE deliveries SET is_head = true WHERE workspace_id = $1 \
     AND NOT is_head AND id = ANY(ARRAY(SELECT min(id) FROM deliveries WHERE workspace_id = $1 \
     AND lead_id = ANY($2) AND dead_at IS NULL GROUP BY lead_id, callback_id))";

/// The steps that record what became of an attempt.
pub(crate) async fn finish_delivery(
    pipeline: Pipeline<'_>,
    delivery: &DueDelivery,
    outcome: &DeliveryOutcome,
) -> Work<()> {
    let key = (signed(delivery.workspace_id.get()), signed(delivery.id));
    let lead = signed(delivery.result.lead_id.get());
    let leads = vec![lead];
    // Whoever adds a delivery holds this lock too, and so sees either this one or its end.
    let lock = "SELECT id FROM leads WHERE workspace_id = $1 AND id = $2 FOR UPDATE";
    let lock = Step::tenant(lock, &[&key.0, &lead]);
    let promote = Step::tenant(PROMOTE_DELIVERIES, &[&key.0, &leads]);
    match outcome {
        DeliveryOutcome::Delivered { at: _ } => {
            let sql =
                "DELETE FROM deliveries WHERE workspace_id = $1 AND id = $2 AND dead_at IS NULL";
            let end = Step::tenant(sql, &[&key.0, &key.1]);
            pipeline
                .all(&[Step::begin(), lock, end, promote, Step::commit()])
                .await?;
        }
        DeliveryOutcome::Dead { at, error } => {
            let sql = "UPDATE deliveries SET dead_at = $3, error = $4, attempts = attempts + 1, \
                       is_head = false WHERE workspace_id = $1 AND id = $2 AND dead_at IS NULL";
            let at = at.as_millis();
            let end = Step::tenant(sql, &[&key.0, &key.1, &at, error]);
            pipeline
                .all(&[Step::begin(), lock, end, promote, Step::commit()])
                .await?;
        }
        DeliveryOutcome::Retry {
            next_attempt_at,
            error,
        } => {
            let sql = "UPDATE deliveries SET next_attempt_at = $3, error = $4, \
                       attempts = attempts + 1, leased_until = 0 \
                       WHERE workspace_id = $1 AND id = $2 AND dead_at IS NULL";
            let next = next_attempt_at.as_millis();
            let step = Step::tenant(sql, &[&key.0, &key.1, &next, error]);
            pipeline.one(step).await?;
        }
    }
    Ok(())
}
