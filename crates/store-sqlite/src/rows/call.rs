//! Rows of `calls`, the call log. A deleted one is read by nobody but the copy.

use domain::state::{CallEnded, CallStarted};
use domain::status::DialStatus;
use domain::{CallId, CampaignId, LeadId, Timestamp, WorkspaceId};
use rusqlite::{Row, Statement, params};
use store::{CallRecord, codec};

use super::{Cells, signed};
use crate::errors::Failure;

pub(crate) const COLUMNS: &str = "id, workspace_id, lead_id, lead_created_at, campaign_id, started_at, ended_at, \
     outcome, to_e164, name, duration_seconds, from_number, summary, recording_url, collected";
pub(crate) const START: &str = "INSERT INTO calls \
     (id, workspace_id, lead_id, lead_created_at, campaign_id, started_at, to_e164, name, collected) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '{}')";
pub(crate) const END: &str = "UPDATE calls SET ended_at = ?3, outcome = ?4, duration_seconds = ?5, \
     from_number = ?6, summary = ?7, recording_url = ?8, collected = ?9 WHERE id = ?1 AND workspace_id = ?2";
pub(crate) const INSERT: &str = "INSERT INTO calls (id, workspace_id, lead_id, lead_created_at, campaign_id, \
     started_at, ended_at, outcome, to_e164, name, duration_seconds, from_number, summary, recording_url, collected) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";

pub(crate) fn read(row: &Row<'_>) -> Result<CallRecord, Failure> {
    let mut cells = Cells::new(row, "calls");
    // In the order of the columns.
    Ok(CallRecord {
        id: cells.id("id", CallId::new)?,
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        lead_id: cells.id("lead_id", LeadId::new)?,
        lead_created_at: cells.time("lead_created_at")?,
        campaign_id: cells.id("campaign_id", CampaignId::new)?,
        started_at: cells.time("started_at")?,
        ended_at: cells.optional_time("ended_at")?,
        outcome: cells.optional_parsed("outcome", DialStatus::from_name)?,
        to: cells.optional_string("to_e164")?,
        name: cells.optional_string("name")?,
        duration_seconds: cells.optional_small("duration_seconds")?,
        from: cells.optional_string("from_number")?,
        summary: cells.optional_string("summary")?,
        recording_url: cells.optional_string("recording_url")?,
        collected: cells.parsed("collected", codec::decode_object)?,
    })
}

/// Runs [`START`].
pub(crate) fn start(statement: &mut Statement<'_>, call: &CallStarted) -> rusqlite::Result<usize> {
    let CallStarted {
        id,
        workspace_id,
        lead_id,
        lead_created_at,
        campaign_id,
        started_at,
        to,
        name,
    } = call;
    statement.execute(params![
        signed(id.get()),
        signed(workspace_id.get()),
        signed(lead_id.get()),
        lead_created_at.as_millis(),
        signed(campaign_id.get()),
        started_at.as_millis(),
        to,
        name,
    ])
}

/// Runs [`END`].
pub(crate) fn end(statement: &mut Statement<'_>, call: &CallEnded) -> rusqlite::Result<usize> {
    let CallEnded {
        id,
        workspace_id,
        ended_at,
        outcome,
        duration_seconds,
        from,
        summary,
        recording_url,
        collected,
    } = call;
    statement.execute(params![
        signed(id.get()),
        signed(workspace_id.get()),
        ended_at.as_millis(),
        outcome.map(DialStatus::name),
        duration_seconds,
        from,
        summary,
        recording_url,
        codec::encode_object(collected),
    ])
}

/// Runs [`INSERT`], for a call of another store.
pub(crate) fn insert(statement: &mut Statement<'_>, call: &CallRecord) -> rusqlite::Result<usize> {
    let CallRecord {
        id,
        workspace_id,
        lead_id,
        lead_created_at,
        campaign_id,
        started_at,
        ended_at,
        outcome,
        to,
        name,
        duration_seconds,
        from,
        summary,
        recording_url,
        collected,
    } = call;
    statement.execute(params![
        signed(id.get()),
        signed(workspace_id.get()),
        signed(lead_id.get()),
        lead_created_at.as_millis(),
        signed(campaign_id.get()),
        started_at.as_millis(),
        ended_at.map(Timestamp::as_millis),
        outcome.map(DialStatus::name),
        to,
        name,
        duration_seconds,
        from,
        summary,
        recording_url,
        codec::encode_object(collected),
    ])
}
