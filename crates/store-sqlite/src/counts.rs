//! How many leads stand where: rows that batches keep (`Writes::counts`), so that the total of a list is a sum of few of them.

use std::collections::BTreeMap;

use domain::listing::LeadFilter;
use domain::state::CountKey;
use domain::status::{DialStatus, StageKind};
use domain::{CampaignId, WorkspaceId};
use rusqlite::{Connection, Row, params};

use crate::errors::Failure;
use crate::query::many;
use crate::rows::{Cells, signed};

/// The day of the rows that count all days.
const ALL_DAYS: i64 = -1;

type Answer<T> = Result<T, Failure>;

/// How many leads stand in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) campaign: Option<CampaignId>,
    pub(crate) dial_status: DialStatus,
    pub(crate) stage_kind: StageKind,
    pub(crate) leads: u64,
}

impl Count {
    /// Whether a filter leaves the leads that stand here, as far as campaign, status and kind go.
    pub(crate) fn passes(&self, filter: &LeadFilter) -> bool {
        let (statuses, kinds) = (&filter.dial_statuses, &filter.stage_kinds);
        let is_in = |ids: &Vec<CampaignId>| self.campaign.is_some_and(|id| ids.contains(&id));
        filter.campaigns.as_ref().is_none_or(is_in)
            && (statuses.is_empty() || statuses.contains(&self.dial_status))
            && (kinds.is_empty() || kinds.contains(&self.stage_kind))
    }
}

/// Adds what became more and takes away what became less.
pub(crate) fn change(connection: &Connection, changes: &BTreeMap<CountKey, i64>) -> Answer<()> {
    let mut steps: BTreeMap<Place, i64> = BTreeMap::new();
    for (key, step) in changes {
        for created_day in [key.created_at.as_days(), ALL_DAYS] {
            *steps.entry(Place::of(key, created_day)).or_default() += step;
        }
    }
    for (place, step) in steps.iter().filter(|(_, step)| **step != 0) {
        add(connection, place, *step)?;
    }
    Ok(())
}

/// The key of a row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    workspace: i64,
    created_day: i64,
    campaign: i64,
    dial_status: DialStatus,
    stage_kind: StageKind,
}

impl Place {
    fn of(key: &CountKey, created_day: i64) -> Self {
        Self {
            workspace: signed(key.workspace_id.get()),
            created_day,
            campaign: key.campaign_id.map_or(0, |id| signed(id.get())),
            dial_status: key.dial_status,
            stage_kind: key.stage_kind,
        }
    }
}

fn add(connection: &Connection, place: &Place, step: i64) -> Answer<()> {
    let row = params![
        place.workspace,
        place.created_day,
        place.campaign,
        place.dial_status.name(),
        place.stage_kind.name(),
        step
    ];
    let mut statement = connection.prepare_cached(
        "INSERT INTO lead_counts (workspace_id, created_day, campaign_id, dial_status, stage_kind, count) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET count = count + excluded.count",
    )?;
    statement.execute(row)?;
    if step < 0 {
        let mut empty = connection.prepare_cached(
            "DELETE FROM lead_counts WHERE workspace_id = ?1 AND created_day = ?2 AND campaign_id = ?3 \
             AND dial_status = ?4 AND stage_kind = ?5 AND count = 0 AND ?6 < 0",
        )?;
        empty.execute(row)?;
    }
    Ok(())
}

/// Where the workspace's leads stand, of all days; of one campaign if one is named.
pub(crate) fn of_workspace(
    connection: &Connection,
    workspace: WorkspaceId,
    campaign: Option<CampaignId>,
) -> Answer<Vec<Count>> {
    let workspace = signed(workspace.get());
    match campaign {
        None => {
            let mut statement = connection.prepare_cached(
                "SELECT campaign_id, dial_status, stage_kind, count FROM lead_counts \
                 WHERE workspace_id = ?1 AND created_day = ?2",
            )?;
            many(&mut statement, [workspace, ALL_DAYS], read)
        }
        Some(campaign) => {
            let mut statement = connection.prepare_cached(
                "SELECT campaign_id, dial_status, stage_kind, count FROM lead_counts \
                 WHERE workspace_id = ?1 AND created_day = ?2 AND campaign_id = ?3",
            )?;
            let key = [workspace, ALL_DAYS, signed(campaign.get())];
            many(&mut statement, key, read)
        }
    }
}

/// The first and the last day that a lead of the workspace was created on.
pub(crate) fn days(connection: &Connection, workspace: WorkspaceId) -> Answer<Option<(i64, i64)>> {
    let day = |sql: &str| -> Answer<Option<i64>> {
        let mut statement = connection.prepare_cached(sql)?;
        Ok(statement.query_row([signed(workspace.get())], |row| row.get(0))?)
    };
    let first =
        "SELECT min(created_day) FROM lead_counts WHERE workspace_id = ?1 AND created_day >= 0";
    let last =
        "SELECT max(created_day) FROM lead_counts WHERE workspace_id = ?1 AND created_day >= 0";
    Ok(day(first)?.zip(day(last)?))
}

/// When the first and the last lead of the workspace was created.
pub(crate) fn ends(connection: &Connection, workspace: WorkspaceId) -> Answer<Option<(i64, i64)>> {
    let end = |sql: &str| -> Answer<Option<i64>> {
        let mut statement = connection.prepare_cached(sql)?;
        Ok(statement.query_row([signed(workspace.get())], |row| row.get(0))?)
    };
    let first = "SELECT min(created_at) FROM leads INDEXED BY leads_by_creation \
                 WHERE workspace_id = ?1 AND deleted_at IS NULL";
    let last = "SELECT max(created_at) FROM leads INDEXED BY leads_by_creation \
                WHERE workspace_id = ?1 AND deleted_at IS NULL";
    Ok(end(first)?.zip(end(last)?))
}

/// How many leads of the days from the first to before the second pass.
pub(crate) fn in_days(
    connection: &Connection,
    workspace: WorkspaceId,
    days: [i64; 2],
    filter: &LeadFilter,
) -> Answer<u64> {
    let mut statement = connection.prepare_cached(
        "SELECT campaign_id, dial_status, stage_kind, count FROM lead_counts \
         WHERE workspace_id = ?1 AND created_day >= ?2 AND created_day < ?3",
    )?;
    let mut rows = statement.query([signed(workspace.get()), days[0], days[1]])?;
    let mut total = 0;
    while let Some(row) = rows.next()? {
        let count = read(row)?;
        if count.passes(filter) {
            total += count.leads;
        }
    }
    Ok(total)
}

fn read(row: &Row<'_>) -> Answer<Count> {
    let mut cells = Cells::new(row, "lead_counts");
    Ok(Count {
        campaign: CampaignId::new(cells.number("campaign_id")?),
        dial_status: cells.parsed("dial_status", DialStatus::from_name)?,
        stage_kind: cells.parsed("stage_kind", StageKind::from_name)?,
        leads: cells.number("count")?,
    })
}
