//! Rows of `calls`, the call log.

use std::sync::LazyLock;

use domain::state::{CallEnded, CallStarted};
use domain::status::DialStatus;
use domain::{CallId, CampaignId, LeadId, Timestamp, WorkspaceId};
use store::{CallRecord, codec};
use tokio_postgres::Row;

use super::set::Kind::{self, Integer, Text};
use super::set::{Rows, Statements};
use super::work::statements;
use super::{Cells, signed};
use crate::errors::Failure;

pub(crate) const COLUMNS: &str = "id, workspace_id, lead_id, lead_created_at, campaign_id, started_at, to_e164, name, \
     ended_at, outcome, duration_seconds, from_number, summary, recording_url, collected";

const AT_START: [(&str, Kind); 7] = [
    ("lead_id", Integer),
    ("lead_created_at", Integer),
    ("campaign_id", Integer),
    ("started_at", Integer),
    ("to_e164", Text),
    ("name", Text),
    ("collected", Text),
];
const AT_END: [(&str, Kind); 7] = [
    ("ended_at", Integer),
    ("outcome", Text),
    ("duration_seconds", Integer),
    ("from_number", Text),
    ("summary", Text),
    ("recording_url", Text),
    ("collected", Text),
];

pub(crate) static STARTED: LazyLock<Statements> = LazyLock::new(|| calls(&[&AT_START]));
pub(crate) static ENDED: LazyLock<Statements> = LazyLock::new(|| calls(&[&AT_END]));
/// Whole rows, as a copy of a book writes them.
pub(crate) static COPIED: LazyLock<Statements> =
    LazyLock::new(|| calls(&[&AT_START[..6], &AT_END]));

fn calls(columns: &[&[(&'static str, Kind)]]) -> Statements {
    let columns = [&[&[("id", Integer)][..]], columns].concat().concat();
    statements("calls", &columns, "", "call")
}

pub(crate) fn read(row: &Row) -> Result<CallRecord, Failure> {
    let mut cells = Cells::new(row, "calls");
    // In the order of the columns.
    Ok(CallRecord {
        id: cells.id("id", CallId::new)?,
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        lead_id: cells.id("lead_id", LeadId::new)?,
        lead_created_at: cells.time("lead_created_at")?,
        campaign_id: cells.id("campaign_id", CampaignId::new)?,
        started_at: cells.time("started_at")?,
        to: cells.optional_string("to_e164")?,
        name: cells.optional_string("name")?,
        ended_at: cells.optional_time("ended_at")?,
        outcome: cells.optional_parsed("outcome", DialStatus::from_name)?,
        duration_seconds: cells.optional_small("duration_seconds")?,
        from: cells.optional_string("from_number")?,
        summary: cells.optional_string("summary")?,
        recording_url: cells.optional_string("recording_url")?,
        collected: cells.parsed("collected", codec::decode_object)?,
    })
}

/// Adds a row of [`STARTED`].
pub(crate) fn start<'a>(rows: &mut Rows<'a>, call: &'a CallStarted) {
    let CallStarted {
        id,
        workspace_id: _,
        lead_id,
        lead_created_at,
        campaign_id,
        started_at,
        to,
        name,
    } = call;
    rows.integer(signed(id.get()));
    rows.integer(signed(lead_id.get()));
    rows.integer(lead_created_at.as_millis());
    rows.integer(signed(campaign_id.get()));
    rows.integer(started_at.as_millis());
    rows.optional_text(to.as_deref());
    rows.optional_text(name.as_deref());
    rows.text("{}");
}

/// Adds a row of [`ENDED`].
pub(crate) fn end<'a>(rows: &mut Rows<'a>, call: &'a CallEnded) {
    let CallEnded {
        id,
        workspace_id: _,
        ended_at,
        outcome,
        duration_seconds,
        from,
        summary,
        recording_url,
        collected,
    } = call;
    rows.integer(signed(id.get()));
    rows.integer(ended_at.as_millis());
    rows.optional_text(outcome.map(DialStatus::name));
    rows.integer(duration_seconds.map(i64::from));
    rows.optional_text(from.as_deref());
    rows.optional_text(summary.as_deref());
    rows.optional_text(recording_url.as_deref());
    rows.text(codec::encode_object(collected));
}

/// Adds a row of [`COPIED`].
pub(crate) fn copy<'a>(rows: &mut Rows<'a>, call: &'a CallRecord) {
    let CallRecord {
        id,
        workspace_id: _,
        lead_id,
        lead_created_at,
        campaign_id,
        started_at,
        to,
        name,
        ended_at,
        outcome,
        duration_seconds,
        from,
        summary,
        recording_url,
        collected,
    } = call;
    rows.integer(signed(id.get()));
    rows.integer(signed(lead_id.get()));
    rows.integer(lead_created_at.as_millis());
    rows.integer(signed(campaign_id.get()));
    rows.integer(started_at.as_millis());
    rows.optional_text(to.as_deref());
    rows.optional_text(name.as_deref());
    rows.integer(ended_at.map(Timestamp::as_millis));
    rows.optional_text(outcome.map(DialStatus::name));
    rows.integer(duration_seconds.map(i64::from));
    rows.optional_text(from.as_deref());
    rows.optional_text(summary.as_deref());
    rows.optional_text(recording_url.as_deref());
    rows.text(codec::encode_object(collected));
}
