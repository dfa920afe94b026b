//! Pages of the call log. Deleted calls are in none.

use std::collections::BTreeSet;

use domain::WorkspaceId;
use domain::listing::{CallFilter, CallPage, CallState, phone_part};
use domain::status::DialStatus;
use store::CallList;

use super::Answer;
use super::conditions::joined;
use super::question::{Value, Values, containing};
use crate::errors::Failure;
use crate::pipeline::Pipeline;
use crate::query::{all, clamped, limit};
use crate::rows::{Cells, call, signed};

pub(super) async fn page(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    filter: &CallFilter,
    page: CallPage,
) -> Answer<CallList> {
    let mut values = Values::of(workspace);
    let counted = format!(
        "SELECT count(*) AS calls FROM calls WHERE workspace_id = $1 AND NOT is_deleted{}{}",
        campaigns(filter, &mut values),
        conditions(filter, &mut values)
    );
    let rows = values.ask(pipeline, counted).await?;
    let row = rows.first().ok_or(Failure::broken("a count without one"))?;
    let total = Cells::new(row, "calls").number("calls")?;
    let mut values = Values::of(workspace);
    let sql = page_sql(filter, page, &mut values);
    let rows = values.ask(pipeline, sql).await?;
    Ok(CallList {
        calls: all(&rows, call::read)?,
        total,
    })
}

/// One range of an index for each campaign, merged; or the lead's, or the workspace's.
fn page_sql(filter: &CallFilter, page: CallPage, values: &mut Values) -> String {
    let columns = call::COLUMNS;
    let order = if page.is_ascending { "ASC" } else { "DESC" };
    let order = format!("ORDER BY started_at {order}, id {order}");
    let conditions = conditions(filter, values);
    let calls = format!(
        "SELECT {columns} FROM calls WHERE workspace_id = $1 AND NOT is_deleted{conditions}"
    );
    let take = values.integer(limit(page.limit));
    let skip = values.integer(clamped(page.offset));
    let Some(ids) = &filter.campaigns else {
        return format!("{calls} {order} LIMIT {take} OFFSET {skip}");
    };
    // One that is named twice has its calls once.
    let ids: BTreeSet<_> = ids.iter().map(|id| id.get()).collect();
    let ids = values.integers(ids.into_iter());
    let reach = page.offset.saturating_add(page.limit as u64);
    let reach = values.integer(clamped(reach));
    format!(
        "SELECT {columns} FROM unnest({ids}) AS arm (campaign), \
         LATERAL ({calls} AND campaign_id = arm.campaign {order} LIMIT {reach}) AS part \
         {order} LIMIT {take} OFFSET {skip}"
    )
}

fn campaigns(filter: &CallFilter, values: &mut Values) -> String {
    let Some(ids) = &filter.campaigns else {
        return String::new();
    };
    let mark = values.integers(ids.iter().map(|id| id.get()));
    format!(" AND campaign_id = ANY({mark})")
}

/// All but the campaigns.
fn conditions(filter: &CallFilter, values: &mut Values) -> String {
    let CallFilter {
        campaigns: _,
        lead,
        states,
        started_from,
        started_until,
        phone_part: part,
        duration_seconds_min,
        duration_seconds_max,
    } = filter;
    let mut all = Vec::new();
    let mut add = |column: &str, comparison: &str, value: Option<Value>| {
        if let Some(value) = value {
            let mark = values.mark(value);
            all.push(format!("{column} {comparison} {mark}"));
        }
    };
    let integer = |number: Option<i64>| number.map(Value::Integer);
    let time = |time: Option<domain::Timestamp>| integer(time.map(domain::Timestamp::as_millis));
    let pattern = part.as_deref().map(|part| containing(&phone_part(part)));
    add("lead_id", "=", integer(lead.map(|id| signed(id.get()))));
    add("started_at", ">=", time(*started_from));
    add("started_at", "<", time(*started_until));
    add("to_e164", "LIKE", pattern.map(Value::Text));
    let seconds = |seconds: Option<u32>| integer(seconds.map(i64::from));
    add("duration_seconds", ">=", seconds(*duration_seconds_min));
    add("duration_seconds", "<=", seconds(*duration_seconds_max));
    joined(&all) + &in_states(states, values)
}

fn in_states(states: &[CallState], values: &mut Values) -> String {
    if states.is_empty() {
        return String::new();
    }
    let mut either = Vec::new();
    if states.contains(&CallState::Active) {
        either.push("ended_at IS NULL".to_owned());
    }
    if states.contains(&CallState::Expired) {
        either.push("ended_at IS NOT NULL AND outcome IS NULL".to_owned());
    }
    let outcomes = states.iter().filter_map(|state| match state {
        CallState::Ended(outcome) => Some(*outcome),
        CallState::Active | CallState::Expired => None,
    });
    let outcomes: Vec<_> = outcomes.map(DialStatus::name).collect();
    if !outcomes.is_empty() {
        let mark = values.mark(Value::Texts(outcomes));
        either.push(format!("ended_at IS NOT NULL AND outcome = ANY({mark})"));
    }
    format!(" AND ({})", either.join(" OR "))
}
