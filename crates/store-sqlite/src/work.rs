//! The SQL of the background loops: what to claim, expire, run and deliver next.
//!
//! A job or a delivery that may go next is marked `is_head`, so that finding work reads only what is found. Whoever
//! adds or finishes one keeps the mark in the same transaction.

use domain::{CallbackId, CampaignId, LeadId, Timestamp, WorkspaceId};
use rusqlite::{Connection, OptionalExtension, params};
use store::{DeliveryOutcome, DueDelivery, ExpiredClaim, JobHead};

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

/// Marks the lead's first job.
pub(crate) fn promote_job(connection: &Connection, workspace: i64, lead: i64) -> Work<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE jobs SET is_head = 1 WHERE position = \
         (SELECT min(position) FROM jobs WHERE workspace_id = ?1 AND lead_id = ?2)",
    )?;
    statement.execute([workspace, lead])?;
    Ok(())
}

pub(crate) fn due_deliveries(
    connection: &Connection,
    now: Timestamp,
    leased_until: Timestamp,
    except: &[CallbackId],
    limit: usize,
) -> Work<Vec<DueDelivery>> {
    let except: Vec<_> = except.iter().map(|id| id.get()).collect();
    let except = serde_json::Value::from(except).to_string();
    let mut statement = select!(
        connection,
        work::DUE,
        "deliveries AS d JOIN callbacks AS c ON c.id = d.callback_id \
         AND c.workspace_id = d.workspace_id \
         WHERE d.is_head = 1 AND d.next_attempt_at <= ?1 \
         AND d.callback_id NOT IN (SELECT value FROM json_each(?2)) \
         ORDER BY d.next_attempt_at, d.id LIMIT ?3"
    )?;
    let key = params![now.as_millis(), except, sql_limit(limit)];
    many(&mut statement, key, |row| {
        work::due_delivery(row, leased_until)
    })
}

pub(crate) fn finish_delivery(
    connection: &Connection,
    delivery: u64,
    outcome: &DeliveryOutcome,
) -> Work<()> {
    let mut of_delivery = connection.prepare_cached(
        "SELECT workspace_id, lead_id, callback_id FROM deliveries \
         WHERE id = ?1 AND dead_at IS NULL",
    )?;
    let Some(lane) = of_delivery.query_row([signed(delivery)], lane).optional()? else {
        return Ok(());
    };
    match outcome {
        DeliveryOutcome::Delivered { at: _ } => {
            let mut statement =
                connection.prepare_cached("DELETE FROM deliveries WHERE id = ?1")?;
            statement.execute([signed(delivery)])?;
            promote_delivery(connection, lane)
        }
        DeliveryOutcome::Dead { at, error } => {
            let mut statement = connection.prepare_cached(
                "UPDATE deliveries SET dead_at = ?2, error = ?3, attempts = attempts + 1, \
                 is_head = 0 WHERE id = ?1",
            )?;
            statement.execute(params![signed(delivery), at.as_millis(), error])?;
            promote_delivery(connection, lane)
        }
        DeliveryOutcome::Retry {
            next_attempt_at,
            error,
        } => {
            let mut statement = connection.prepare_cached(
                "UPDATE deliveries SET next_attempt_at = ?2, error = ?3, attempts = attempts + 1 \
                 WHERE id = ?1",
            )?;
            let next = next_attempt_at.as_millis();
            statement.execute(params![signed(delivery), next, error])?;
            Ok(())
        }
    }
}

/// Workspace, lead and callback: within these deliveries go one after the other.
type Lane = (i64, i64, i64);

fn lane(row: &rusqlite::Row<'_>) -> rusqlite::Result<Lane> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

/// Marks the first unfinished delivery.
fn promote_delivery(connection: &Connection, lane: Lane) -> Work<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE deliveries SET is_head = 1 WHERE id = (SELECT min(id) FROM deliveries \
         WHERE workspace_id = ?1 AND lead_id = ?2 AND callback_id = ?3 AND dead_at IS NULL)",
    )?;
    statement.execute(lane)?;
    Ok(())
}
