//! Lists: pages of leads and calls (`leads`, `calls`, over `ranges` of indexes), and the short lists of what a workspace has
//! set up. No page reads more rows than it must, and none is held longer than it is read.

mod calls;
mod leads;
mod merge;
mod order;
mod ranges;
mod search;
mod searched;
#[cfg(test)]
mod tests;
mod texts;

use async_trait::async_trait;
use domain::campaign::Campaign;
use domain::custom_field::{Tag, User};
use domain::limits::{CAMPAIGNS_MAX, DEFINITIONS_MAX};
use domain::listing::{CallFilter, CallPage, LeadFilter, LeadList, LeadPage};
use domain::note::Note;
use domain::{CampaignId, LeadId, NoteId, WorkspaceId};
use rusqlite::Connection;
use store::{CallList, LeadCounts, Lists, Result};

use crate::errors::Failure;
use crate::query::{limit, many, select};
use crate::rows::{campaign, config, signed};
use crate::{SqliteStore, counts, notes};

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
        self.read(move |c| leads::list(c, workspace, &filter, &page))
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
        self.read(move |c| calls::list(c, workspace, &filter, page))
            .await
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

fn lead_counts(
    connection: &Connection,
    workspace: WorkspaceId,
    campaign: CampaignId,
) -> Read<LeadCounts> {
    let mut by_status = LeadCounts::default();
    for count in counts::of_workspace(connection, workspace, Some(campaign))? {
        *by_status.0.entry(count.dial_status).or_default() += count.leads;
    }
    Ok(by_status)
}
