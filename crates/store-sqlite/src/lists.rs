//! Lists: pages of leads and calls, and the short lists of what a workspace has set up.

use async_trait::async_trait;
use domain::campaign::Campaign;
use domain::custom_field::{Tag, User};
use domain::limits::{CAMPAIGNS_MAX, DEFINITIONS_MAX};
use domain::listing::{
    CallFilter, CallPage, LeadFilter, LeadList, LeadOrder, LeadPage, PageStart, phone_part,
};
use domain::note::Note;
use domain::status::{DialStatus, StageKind};
use domain::{CampaignId, Lead, LeadId, NoteId, WorkspaceId};
use rusqlite::Connection;
use store::{CallList, CallRecord, LeadCounts, Lists, Result};

use crate::errors::Failure;
use crate::query::{limit, many, select};
use crate::rows::lead::LeadRow;
use crate::rows::{call, campaign, config, lead, signed};
use crate::{SqliteStore, notes};

type Read<T> = std::result::Result<T, Failure>;

#[async_trait]
impl Lists for SqliteStore {
    async fn leads(
        &self,
        workspace: WorkspaceId,
        filter: &LeadFilter,
        page: &LeadPage,
    ) -> Result<LeadList> {
        let (filter, page) = (filter.clone(), *page);
        self.read(move |c| leads(c, workspace, &filter, &page))
            .await
    }

    async fn lead_counts(
        &self,
        workspace: WorkspaceId,
        campaign: CampaignId,
    ) -> Result<LeadCounts> {
        self.read(move |c| lead_counts(c, workspace, campaign))
            .await
    }

    async fn calls(
        &self,
        workspace: WorkspaceId,
        filter: &CallFilter,
        page: CallPage,
    ) -> Result<CallList> {
        let filter = filter.clone();
        self.read(move |c| calls(c, workspace, &filter, page)).await
    }

    async fn campaigns(&self, workspace: WorkspaceId) -> Result<Vec<Campaign>> {
        self.read(move |c| {
            let mut statement = select!(
                c,
                campaign::COLUMNS,
                "campaigns WHERE workspace_id = ?1 AND state <> 'deleted' ORDER BY id LIMIT ?2"
            )?;
            let key = [signed(workspace.get()), limit(CAMPAIGNS_MAX)];
            many(&mut statement, key, campaign::read)
        })
        .await
    }

    async fn tags_of_workspace(&self, workspace: WorkspaceId) -> Result<Vec<Tag>> {
        self.read(move |c| {
            let mut statement = select!(
                c,
                config::TAG,
                "tags WHERE workspace_id = ?1 ORDER BY id LIMIT ?2"
            )?;
            let key = [signed(workspace.get()), limit(DEFINITIONS_MAX)];
            many(&mut statement, key, config::tag)
        })
        .await
    }

    async fn users_of_workspace(&self, workspace: WorkspaceId) -> Result<Vec<User>> {
        self.read(move |c| {
            let mut statement = select!(
                c,
                config::USER,
                "users WHERE workspace_id = ?1 ORDER BY id LIMIT ?2"
            )?;
            let key = [signed(workspace.get()), limit(DEFINITIONS_MAX)];
            many(&mut statement, key, config::user)
        })
        .await
    }

    async fn notes(&self, workspace: WorkspaceId, lead: LeadId) -> Result<Vec<Note>> {
        self.read(move |c| notes::of_lead(c, workspace, lead)).await
    }

    async fn note(&self, workspace: WorkspaceId, note: NoteId) -> Result<Option<Note>> {
        self.read(move |c| notes::note(c, workspace, note)).await
    }
}

// Naive: reads the whole workspace.
fn all(connection: &Connection, workspace: WorkspaceId) -> Read<Vec<Lead>> {
    let columns = &*lead::COLUMNS;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {columns} FROM leads WHERE workspace_id = ?1 ORDER BY created_at, id"
    ))?;
    many(&mut statement, [signed(workspace.get())], |row| {
        Ok(LeadRow::read(row)?.lead)
    })
}

fn leads(
    connection: &Connection,
    workspace: WorkspaceId,
    filter: &LeadFilter,
    page: &LeadPage,
) -> Read<LeadList> {
    let mut found = all(connection, workspace)?;
    found.retain(|lead| filter.matches(lead));
    match page.order {
        LeadOrder::CreatedAt => {}
        LeadOrder::StageKind => found.sort_by_key(|lead| {
            StageKind::ALL
                .iter()
                .position(|kind| *kind == lead.stage.kind)
        }),
        LeadOrder::DialStatus => found.sort_by_key(|lead| {
            DialStatus::ALL
                .iter()
                .position(|status| *status == lead.dial_status)
        }),
        LeadOrder::Phone => {
            found.sort_by_key(|lead| lead.phone.as_ref().map(|phone| phone.e164().to_owned()));
        }
        LeadOrder::ExternalId => found.sort_by_key(|lead| lead.external_id.clone()),
    }
    if !page.is_ascending {
        found.reverse();
    }
    let total = found.len() as u64;
    let rest: Vec<_> = match page.start {
        PageStart::Offset(offset) => {
            let offset = usize::try_from(offset).unwrap_or(usize::MAX);
            found.into_iter().skip(offset).collect()
        }
        PageStart::After(place) => {
            let is_after = |lead: &Lead| {
                let of = (lead.created_at, Some(lead.id));
                let id = place.id.or_else(|| LeadId::new(domain::ids::ID_END - 1));
                if page.is_ascending {
                    of > (place.created_at, id)
                } else {
                    of < (place.created_at, id)
                }
            };
            found.into_iter().filter(is_after).collect()
        }
    };
    let has_more = rest.len() > page.limit;
    let leads = rest.into_iter().take(page.limit).collect();
    Ok(LeadList {
        leads,
        total,
        has_more,
    })
}

fn lead_counts(
    connection: &Connection,
    workspace: WorkspaceId,
    campaign: CampaignId,
) -> Read<LeadCounts> {
    let mut counts = LeadCounts::default();
    for lead in all(connection, workspace)? {
        if lead.deleted_at.is_none() && lead.campaign_id == Some(campaign) {
            *counts.0.entry(lead.dial_status).or_default() += 1;
        }
    }
    Ok(counts)
}

fn calls(
    connection: &Connection,
    workspace: WorkspaceId,
    filter: &CallFilter,
    page: CallPage,
) -> Read<CallList> {
    let mut statement = select!(
        connection,
        call::COLUMNS,
        "calls WHERE workspace_id = ?1 AND is_deleted = 0 ORDER BY started_at, id"
    )?;
    let mut found: Vec<CallRecord> = many(&mut statement, [signed(workspace.get())], call::read)?;
    found.retain(|call| matches(filter, call));
    if !page.is_ascending {
        found.reverse();
    }
    let total = found.len() as u64;
    let offset = usize::try_from(page.offset).unwrap_or(usize::MAX);
    let calls = found.into_iter().skip(offset).take(page.limit).collect();
    Ok(CallList { calls, total })
}

fn matches(filter: &CallFilter, call: &CallRecord) -> bool {
    let part = filter.phone_part.as_deref().map(phone_part);
    let at_least = |min: u32| call.duration_seconds.is_some_and(|seconds| seconds >= min);
    let at_most = |max: u32| call.duration_seconds.is_some_and(|seconds| seconds <= max);
    filter
        .campaigns
        .as_ref()
        .is_none_or(|ids| ids.contains(&call.campaign_id))
        && filter.lead.is_none_or(|lead| lead == call.lead_id)
        && (filter.states.is_empty() || filter.states.contains(&call.state()))
        && filter
            .started_from
            .is_none_or(|from| from <= call.started_at)
        && filter.started_until.is_none_or(|end| call.started_at < end)
        && part.is_none_or(|part| call.to.as_ref().is_some_and(|to| to.contains(&part)))
        && filter.duration_seconds_min.is_none_or(at_least)
        && filter.duration_seconds_max.is_none_or(at_most)
}
