//! Where every few hundred leads begin in the order of creation, of a workspace and of each campaign: rows that batches keep, so that a
//! page far behind is found without a look at each lead before it. Lists that are filtered by anything else have none.

use std::collections::BTreeMap;

use domain::state::CountKey;
use domain::{CampaignId, WorkspaceId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::errors::Failure;
use crate::rows::{Cells, signed};

/// Leads of a block at most, unless more were created in one millisecond. It is divided in two then. Small enough that what is left
/// to be passed over in one takes 0.04 ms; large enough that a million leads have 2,000 of them, which take 0.2 ms.
const BLOCK_LEADS_MAX: i64 = 1_024;

type Answer<T> = Result<T, Failure>;

/// The leads of a list that has blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scope {
    workspace: i64,
    /// 0: all leads of the workspace.
    campaign: i64,
}

/// Where the block begins in which a page begins, as the list goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    /// Ascending, the leads from this moment on; descending, those before it.
    pub(crate) at: i64,
    /// Leads of the blocks before it.
    pub(crate) passed: u64,
}

impl Scope {
    pub(crate) const fn workspace(id: WorkspaceId) -> Self {
        let workspace = signed(id.get());
        Self {
            workspace,
            campaign: 0,
        }
    }

    pub(crate) const fn campaign(workspace: WorkspaceId, id: CampaignId) -> Self {
        Self {
            workspace: signed(workspace.get()),
            campaign: signed(id.get()),
        }
    }

    /// Where so many leads have been passed; `None` if there are no more.
    pub(crate) fn behind(
        self,
        connection: &Connection,
        is_ascending: bool,
        count: u64,
    ) -> Answer<Option<Edge>> {
        let direction = if is_ascending { "" } else { " DESC" };
        let mut statement = connection.prepare_cached(&format!(
            "SELECT begins_at, count FROM lead_blocks WHERE workspace_id = ?1 AND campaign_id = ?2 \
             ORDER BY begins_at{direction}"
        ))?;
        let mut rows = statement.query([self.workspace, self.campaign])?;
        let (mut passed, mut end) = (0, i64::MAX);
        while let Some(row) = rows.next()? {
            let mut cells = Cells::new(row, "lead_blocks");
            let (begins_at, leads) = (cells.integer("begins_at")?, cells.number("count")?);
            if passed + leads > count {
                let at = if is_ascending { begins_at } else { end };
                return Ok(Some(Edge { at, passed }));
            }
            passed += leads;
            end = begins_at;
        }
        Ok(None)
    }
}

/// Counts leads that came and went; after they are written.
pub(crate) fn change(connection: &Connection, changes: &BTreeMap<CountKey, i64>) -> Answer<()> {
    let mut steps: BTreeMap<(Scope, i64), i64> = BTreeMap::new();
    for (key, step) in changes {
        let of_all = Scope::workspace(key.workspace_id);
        let of_campaign = key
            .campaign_id
            .map(|id| Scope::campaign(key.workspace_id, id));
        for scope in std::iter::once(of_all).chain(of_campaign) {
            let place = (scope, key.created_at.as_millis());
            *steps.entry(place).or_default() += step;
        }
    }
    steps.retain(|_, step| *step != 0);
    change_by(connection, &steps, BLOCK_LEADS_MAX)
}

/// `steps`: how many leads of a moment came.
fn change_by(
    connection: &Connection,
    steps: &BTreeMap<(Scope, i64), i64>,
    leads_max: i64,
) -> Answer<()> {
    let mut blocks: BTreeMap<(Scope, i64), i64> = BTreeMap::new();
    for ((scope, at), step) in steps {
        let begins_at = begin_of(connection, *scope, *at)?;
        *blocks.entry((*scope, begins_at)).or_default() += step;
    }
    for ((scope, begins_at), step) in blocks {
        let count = add(connection, scope, begins_at, step)?;
        if count > leads_max {
            divide(connection, scope, begins_at, count)?;
        }
    }
    Ok(())
}

/// Where the block of a moment begins.
fn begin_of(connection: &Connection, scope: Scope, at: i64) -> Answer<i64> {
    let mut statement = connection.prepare_cached(
        "SELECT begins_at FROM lead_blocks WHERE workspace_id = ?1 AND campaign_id = ?2 AND begins_at <= ?3 \
         ORDER BY begins_at DESC LIMIT 1",
    )?;
    let key = [scope.workspace, scope.campaign, at];
    let begins_at = statement.query_row(key, |row| row.get(0)).optional()?;
    Ok(begins_at.unwrap_or(0))
}

/// How many there are then. What is empty has no row: the block before it goes on to the next one.
fn add(connection: &Connection, scope: Scope, begins_at: i64, step: i64) -> Answer<i64> {
    let Scope {
        workspace,
        campaign,
    } = scope;
    let mut statement = connection.prepare_cached(
        "INSERT INTO lead_blocks (workspace_id, campaign_id, begins_at, count) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT DO UPDATE SET count = count + excluded.count RETURNING count",
    )?;
    let row = params![workspace, campaign, begins_at, step];
    let count = statement.query_row(row, |row| row.get(0))?;
    if count == 0 {
        let mut statement = connection.prepare_cached(
            "DELETE FROM lead_blocks WHERE workspace_id = ?1 AND campaign_id = ?2 AND begins_at = ?3",
        )?;
        statement.execute(params![workspace, campaign, begins_at])?;
    }
    Ok(count)
}

/// Makes two of a block, where a moment in its middle begins; none if all its leads are of one moment.
fn divide(connection: &Connection, scope: Scope, begins_at: i64, count: i64) -> Answer<()> {
    let mut middle = scope.moment(connection, begins_at, count / 2)?;
    let mut before = scope.count(connection, begins_at, middle)?;
    if before == 0 {
        // The first moment has more than half of them.
        before = scope.count(connection, begins_at, middle + 1)?;
        if before == count {
            return Ok(());
        }
        middle = scope.moment(connection, middle + 1, 0)?;
    }
    add(connection, scope, begins_at, before - count)?;
    add(connection, scope, middle, count - before)?;
    Ok(())
}

impl Scope {
    /// When the next but so many was created, from a moment on.
    fn moment(self, connection: &Connection, from: i64, skipped: i64) -> Answer<i64> {
        let sql = "created_at >= ?3 ORDER BY created_at LIMIT 1 OFFSET ?4";
        self.ask(connection, "created_at", sql, [from, skipped])
    }

    /// How many were created from the one moment to before the other.
    fn count(self, connection: &Connection, from: i64, until: i64) -> Answer<i64> {
        let sql = "created_at >= ?3 AND created_at < ?4";
        self.ask(connection, "count(*)", sql, [from, until])
    }

    fn ask(
        self,
        connection: &Connection,
        what: &str,
        rest: &str,
        [third, fourth]: [i64; 2],
    ) -> Answer<i64> {
        let (index, campaign) = match self.campaign {
            0 => ("leads_by_creation", "?2 = 0"),
            _ => ("leads_of_campaign", "campaign_id = ?2"),
        };
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {what} FROM leads INDEXED BY {index} \
             WHERE deleted_at IS NULL AND workspace_id = ?1 AND {campaign} AND {rest}"
        ))?;
        let values = [self.workspace, self.campaign, third, fourth];
        let answer = statement.query_row(values, |row| row.get(0)).optional()?;
        answer.ok_or_else(|| Failure::broken("a block of leads counts more than there are"))
    }
}

#[cfg(test)]
mod tests;
