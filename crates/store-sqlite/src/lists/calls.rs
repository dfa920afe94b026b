//! Pages of the call log: ranges of the index of a lead, of campaigns or of the workspace. What else is filtered is looked up in
//! the rows.

use domain::listing::{CallFilter, CallPage, CallState, phone_part};
use domain::{Timestamp, WorkspaceId};
use rusqlite::Connection;
use rusqlite::types::Value;
use store::{CallList, CallRecord};

use super::merge::Merge;
use super::ranges::{Range, Span};
use crate::errors::Failure;
use crate::query::{one, select};
use crate::rows::{call, signed};

type Answer<T> = Result<T, Failure>;

pub(super) fn list(
    connection: &Connection,
    workspace: WorkspaceId,
    filter: &CallFilter,
    page: CallPage,
) -> Answer<CallList> {
    // All statements see one state of the book.
    let transaction = connection.unchecked_transaction()?;
    let span = Span {
        is_ascending: page.is_ascending,
        after: None,
        from: filter.started_from.map_or(0, Timestamp::as_millis),
        until: filter.started_until.map_or(i64::MAX, Timestamp::as_millis),
    };
    let ranges = ranges(workspace, filter);
    let mut total = 0;
    for range in &ranges {
        total += range.count(&transaction, span.from, span.until)?;
    }
    let mut calls = Vec::new();
    if page.offset < total {
        let streams = ranges.into_iter().map(Into::into).collect();
        let mut merge = Merge::new(streams, span, page.limit);
        merge.skip(&transaction, page.offset, total)?;
        while calls.len() < page.limit
            && let Some(id) = merge.next(&transaction)?
        {
            calls.push(load(&transaction, workspace, id)?);
        }
    }
    Ok(CallList { calls, total })
}

fn load(connection: &Connection, workspace: WorkspaceId, id: i64) -> Answer<CallRecord> {
    let mut statement = select!(
        connection,
        call::COLUMNS,
        "calls WHERE id = ?1 AND workspace_id = ?2"
    )?;
    let found = one(&mut statement, [id, signed(workspace.get())], call::read)?;
    found.ok_or_else(|| Failure::broken("a call of a list has no row"))
}

/// One for each campaign that is named, else one.
pub(super) fn ranges(workspace: WorkspaceId, filter: &CallFilter) -> Vec<Range> {
    let mut values = vec![Value::from(signed(workspace.get()))];
    let mut conditions = "is_deleted = 0 AND workspace_id = ?".to_owned();
    let mut campaigns: Vec<_> = filter.campaigns.iter().flatten().collect();
    campaigns.sort_unstable();
    campaigns.dedup();
    if let Some(lead) = filter.lead {
        conditions.push_str(" AND lead_id = ?");
        values.push(signed(lead.get()).into());
    }
    let index = match (filter.lead, &filter.campaigns) {
        (Some(_), _) => "calls_of_lead",
        (None, Some(_)) => "calls_of_campaign",
        (None, None) => "calls_of_workspace",
    };
    let rest = rest(filter);
    let range = |campaign: Option<i64>| {
        let (mut conditions, mut values) = (conditions.clone(), values.clone());
        if let Some(campaign) = campaign {
            conditions.push_str(" AND campaign_id = ?");
            values.push(campaign.into());
        }
        for (condition, value) in &rest {
            conditions.push_str(condition);
            values.extend(value.clone());
        }
        Range {
            table: "calls",
            index: Some(index),
            id: "id",
            conditions,
            values,
            text: None,
            at: "started_at",
            blocks: None,
        }
    };
    if filter.campaigns.is_none() {
        return vec![range(None)];
    }
    let campaigns = campaigns
        .into_iter()
        .map(|id| range(Some(signed(id.get()))));
    campaigns.collect()
}

/// What no index answers.
fn rest(filter: &CallFilter) -> Vec<(String, Option<Value>)> {
    let mut rest = Vec::new();
    if !filter.states.is_empty() {
        let states: Vec<_> = filter
            .states
            .iter()
            .map(|state| self::state(*state))
            .collect();
        rest.push((format!(" AND ({})", states.join(" OR ")), None));
    }
    if let Some(part) = &filter.phone_part {
        let part = phone_part(part);
        rest.push((" AND instr(to_e164, ?) > 0".to_owned(), Some(part.into())));
    }
    let bounds = [
        (" AND duration_seconds >= ?", filter.duration_seconds_min),
        (" AND duration_seconds <= ?", filter.duration_seconds_max),
    ];
    for (condition, seconds) in bounds {
        rest.extend(seconds.map(|seconds| (condition.to_owned(), Some(seconds.into()))));
    }
    rest
}

/// `CallRecord::state`, of a row.
fn state(state: CallState) -> String {
    match state {
        CallState::Active => "ended_at IS NULL".to_owned(),
        CallState::Expired => "(ended_at IS NOT NULL AND outcome IS NULL)".to_owned(),
        CallState::Ended(outcome) => format!("outcome = '{}'", outcome.name()),
    }
}
