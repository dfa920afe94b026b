//! Loads what a batch needs, in the three rounds of [`domain::state`], and leads for reads.

use std::collections::HashMap;
use std::sync::Arc;

use domain::command::{Command, LeadRef, VendorId};
use domain::state::{FactNeeds, RowNeeds, State, UniqueKey, WaitNeeds};
use domain::{CampaignId, JobId, Lead, LeadId, Timestamp, WorkspaceId};
use rusqlite::{CachedStatement, Connection, params};

use crate::errors::Failure;
use crate::query::{self, many, one, select};
use crate::rows::lead::LeadRow;
use crate::rows::{Cells, lead, signed, work};
use crate::subscriptions::{self, Audiences};

type Load<T> = Result<T, Failure>;

/// The newest event of each loaded lead: where its next event is to be linked to.
pub(crate) type Chains = HashMap<LeadId, i64>;

/// The state that the batch is decided on.
pub(crate) fn state(
    connection: &Connection,
    audiences: &mut Audiences,
    batch: &[Command],
    now: Timestamp,
) -> Load<(State, Chains)> {
    let mut state = State::new(now);
    let mut chains = Chains::with_capacity(batch.len());
    let needs = RowNeeds::of(batch);
    leads(connection, &mut state, &mut chains, needs.leads)?;
    for (workspace, id) in needs.jobs {
        job(connection, &mut state, workspace, id)?;
    }
    for (workspace, key) in needs.uniques {
        if is_taken(connection, workspace, &key)? {
            state.add_taken(workspace, key);
        }
    }
    waiting(connection, &mut state, batch)?;
    facts(connection, &mut state, audiences, batch)?;
    Ok((state, chains))
}

fn leads(
    connection: &Connection,
    state: &mut State,
    chains: &mut Chains,
    references: impl IntoIterator<Item = (WorkspaceId, LeadRef)>,
) -> Load<()> {
    let mut finder = Finder::new(connection)?;
    for (workspace, reference) in references {
        if let Some(LeadRow {
            lead,
            last_event_id,
        }) = finder.find(workspace, &reference)?
        {
            chains.insert(lead.id, last_event_id);
            state.add_lead(reference, lead);
        }
    }
    Ok(())
}

/// The lead that a reference names.
pub(crate) fn lead(
    connection: &Connection,
    workspace: WorkspaceId,
    reference: &LeadRef,
) -> Load<Option<Lead>> {
    let row = Finder::new(connection)?.find(workspace, reference)?;
    Ok(row.map(|row| row.lead))
}

/// The lead of this number, with its newest event.
pub(crate) fn row(
    connection: &Connection,
    workspace: WorkspaceId,
    id: LeadId,
) -> Load<Option<LeadRow>> {
    Finder::new(connection)?.by_number(workspace, id)
}

/// Finds leads by reference, holding the statement that all ways end in.
struct Finder<'c> {
    connection: &'c Connection,
    by_number: CachedStatement<'c>,
}

impl<'c> Finder<'c> {
    fn new(connection: &'c Connection) -> Load<Self> {
        let by_number = connection.prepare_cached(&lead::SELECT)?;
        Ok(Self {
            connection,
            by_number,
        })
    }

    fn find(&mut self, workspace: WorkspaceId, reference: &LeadRef) -> Load<Option<LeadRow>> {
        match reference {
            LeadRef::Number(id) => self.by_number(workspace, *id),
            LeadRef::Vendor(vendor) => self.by_vendor_id(workspace, vendor),
            LeadRef::External {
                campaign,
                external_id,
            } => self.by_external_id(workspace, *campaign, external_id),
            LeadRef::Phone { campaign, e164 } => self.by_phone(workspace, *campaign, e164),
        }
    }

    /// Also a deleted one: its call may be under way. Whoever must not find it looks at the lead.
    fn by_number(&mut self, workspace: WorkspaceId, id: LeadId) -> Load<Option<LeadRow>> {
        let key = [signed(id.get()), signed(workspace.get())];
        one(&mut self.by_number, key, LeadRow::read)
    }

    /// An imported id wins over the number that the same text is a view of.
    fn by_vendor_id(&mut self, workspace: WorkspaceId, id: &VendorId) -> Load<Option<LeadRow>> {
        let imported = query::vendor_id(self.connection, workspace, id.dialect, "lead", &id.text)?;
        if let Some(id) = imported.and_then(LeadId::new) {
            let found = self.by_number(workspace, id)?;
            return Ok(found.filter(is_there));
        }
        let Some(number) = id.number.and_then(LeadId::new) else {
            return Ok(None);
        };
        let found = self.by_number(workspace, number)?;
        Ok(found.filter(|row| is_there(row) && id.matches(row.lead.created_at)))
    }

    fn by_external_id(
        &mut self,
        workspace: WorkspaceId,
        campaign: CampaignId,
        external_id: &str,
    ) -> Load<Option<LeadRow>> {
        // Two of one millisecond: the one numbered later.
        let sql = "SELECT id FROM leads \
             WHERE workspace_id = ?1 AND external_id = ?2 AND campaign_id = ?3 AND deleted_at IS NULL \
             ORDER BY created_at DESC, id DESC LIMIT 1";
        self.newest(sql, workspace, campaign, external_id)
    }

    fn by_phone(
        &mut self,
        workspace: WorkspaceId,
        campaign: CampaignId,
        e164: &str,
    ) -> Load<Option<LeadRow>> {
        let sql = "SELECT id FROM leads \
             WHERE workspace_id = ?1 AND phone_e164 = ?2 AND campaign_id = ?3 AND deleted_at IS NULL \
             ORDER BY created_at DESC, id DESC LIMIT 1";
        self.newest(sql, workspace, campaign, e164)
    }

    fn newest(
        &mut self,
        sql: &str,
        workspace: WorkspaceId,
        campaign: CampaignId,
        value: &str,
    ) -> Load<Option<LeadRow>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let key = params![signed(workspace.get()), value, signed(campaign.get())];
        let newest = one(&mut statement, key, |row| {
            Cells::new(row, "leads").id("id", LeadId::new)
        })?;
        match newest {
            Some(id) => self.by_number(workspace, id),
            None => Ok(None),
        }
    }
}

fn is_there(row: &LeadRow) -> bool {
    row.lead.deleted_at.is_none()
}

fn job(connection: &Connection, state: &mut State, workspace: WorkspaceId, id: JobId) -> Load<()> {
    let mut statement = select!(
        connection,
        work::JOB,
        "jobs WHERE workspace_id = ?1 AND id = ?2"
    )?;
    let key = [signed(workspace.get()), signed(id.get())];
    if let Some(job) = one(&mut statement, key, work::job)? {
        state.add_job(job);
    }
    Ok(())
}

fn is_taken(connection: &Connection, workspace: WorkspaceId, key: &UniqueKey) -> Load<bool> {
    let workspace = signed(workspace.get());
    let exists = |sql: &str, campaign: Option<CampaignId>, value: &str| {
        let campaign = campaign.map(|id| signed(id.get()));
        connection
            .prepare_cached(sql)?
            .exists(params![workspace, value, campaign])
    };
    Ok(match key {
        UniqueKey::Phone(campaign, e164) => exists(
            "SELECT 1 FROM leads \
             WHERE workspace_id = ?1 AND phone_e164 = ?2 AND campaign_id = ?3 AND deleted_at IS NULL",
            Some(*campaign),
            e164,
        )?,
        // In each campaign that has leads: what is found by a number begins with the campaign.
        UniqueKey::CalledPhone(e164) => exists(
            "SELECT 1 FROM (SELECT DISTINCT nullif(campaign_id, 0) AS id FROM lead_counts \
             WHERE workspace_id = ?1 AND created_day = -1) AS c CROSS JOIN leads AS l \
             ON l.workspace_id = ?1 AND l.campaign_id IS c.id AND l.phone_e164 = ?2 \
             AND l.deleted_at IS NULL WHERE l.attempts > 0 AND ?3 IS NULL",
            None,
            e164,
        )?,
        UniqueKey::ExternalId(campaign, external_id) => exists(
            "SELECT 1 FROM leads \
             WHERE workspace_id = ?1 AND external_id = ?2 AND campaign_id = ?3 AND deleted_at IS NULL",
            Some(*campaign),
            external_id,
        )?,
        UniqueKey::Email(email) => exists(
            "SELECT 1 FROM leads \
             WHERE workspace_id = ?1 AND email = ?2 AND deleted_at IS NULL AND ?3 IS NULL",
            None,
            email,
        )?,
    })
}

fn waiting(connection: &Connection, state: &mut State, batch: &[Command]) -> Load<()> {
    let needs = WaitNeeds::of(batch, state);
    for (workspace, lead) in needs.deferred {
        let mut statement = select!(
            connection,
            work::DEFERRED,
            "deferred_edits WHERE workspace_id = ?1 AND lead_id = ?2 ORDER BY position"
        )?;
        let key = [signed(workspace.get()), signed(lead.get())];
        let edits = many(&mut statement, key, work::deferred_edit)?;
        state.add_deferred(lead, edits);
    }
    for (workspace, lead) in needs.job_counts {
        let mut statement = connection
            .prepare_cached("SELECT count(*) FROM jobs WHERE workspace_id = ?1 AND lead_id = ?2")?;
        let key = [signed(workspace.get()), signed(lead.get())];
        let count: i64 = statement.query_row(key, |row| row.get(0))?;
        state.add_waiting_jobs(lead, usize::try_from(count).unwrap_or(usize::MAX));
    }
    Ok(())
}

fn facts(
    connection: &Connection,
    state: &mut State,
    kept: &mut Audiences,
    batch: &[Command],
) -> Load<()> {
    let FactNeeds {
        campaigns,
        workspaces,
        audiences,
        tags,
        users,
        fields,
    } = FactNeeds::of(batch, state);
    for (workspace, id) in campaigns {
        if let Some(campaign) = query::campaign(connection, workspace, id)? {
            state.add_campaign(Arc::new(campaign));
        }
    }
    for id in workspaces {
        if let Some(workspace) = query::workspace(connection, id)? {
            state.add_workspace(Arc::new(workspace));
        }
    }
    for id in audiences {
        if let Some(audience) = subscriptions::audience(connection, kept, id)? {
            state.add_audience(id, audience);
        }
    }
    for (workspace, id) in tags {
        for tag in query::tags(connection, workspace, &[id].into())? {
            state.add_tag(workspace, tag);
        }
    }
    for (workspace, id) in users {
        for user in query::users(connection, workspace, &[id].into())? {
            state.add_user(workspace, user.id);
        }
    }
    for (workspace, id) in fields {
        if let Some(field) = query::field(connection, workspace, id)? {
            state.add_field(workspace, field);
        }
    }
    Ok(())
}
