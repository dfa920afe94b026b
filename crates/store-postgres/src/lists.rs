//! The lists: leads in `leads`, the call log in `calls`, and here the short ones of what a workspace has set up.
//!
//! A list of leads is put together for its filter and planned for its values (`question`): which index is the right one
//! depends on them. No list reads more into memory than a page and the numbers of one search.

mod calls;
pub(crate) mod conditions;
mod leads;
mod order;
pub(crate) mod question;
mod ranges;
mod search;

use async_trait::async_trait;
use domain::campaign::Campaign;
use domain::custom_field::{Tag, User};
use domain::limits::{CAMPAIGNS_MAX, DEFINITIONS_MAX};
use domain::listing::{CallFilter, CallPage, LeadFilter, LeadList, LeadPage};
use domain::note::Note;
use domain::{CampaignId, LeadId, NoteId, WorkspaceId};
use store::{CallList, LeadCounts, Lists, Result};
use tokio_postgres::Row;

use crate::errors::Failure;
use crate::pipeline::{Pipeline, Step};
use crate::query::{all, limit};
use crate::rows::{campaign, config, signed};
use crate::{PostgresStore, counts, notes};

type Answer<T> = std::result::Result<T, Failure>;

#[async_trait]
impl Lists for PostgresStore {
    async fn leads(
        &self,
        workspace: WorkspaceId,
        filter: &LeadFilter,
        page: &LeadPage,
    ) -> Result<LeadList> {
        let loan = self.readers.borrow().await?;
        Ok(leads::page(loan.pipeline()?, workspace, filter, page).await?)
    }

    async fn lead_counts(
        &self,
        workspace: WorkspaceId,
        campaign: CampaignId,
    ) -> Result<LeadCounts> {
        let loan = self.readers.borrow().await?;
        Ok(counts::of_campaign(loan.pipeline()?, workspace, campaign).await?)
    }

    async fn calls(
        &self,
        workspace: WorkspaceId,
        filter: &CallFilter,
        page: CallPage,
    ) -> Result<CallList> {
        let loan = self.readers.borrow().await?;
        Ok(calls::page(loan.pipeline()?, workspace, filter, page).await?)
    }

    async fn campaigns(&self, workspace: WorkspaceId) -> Result<Vec<Campaign>> {
        let loan = self.readers.borrow().await?;
        let rest = "campaigns WHERE workspace_id = $1 AND state <> 'deleted'";
        let list = short(loan.pipeline()?, campaign::COLUMNS, rest, workspace);
        Ok(list.of(CAMPAIGNS_MAX, campaign::read).await?)
    }

    async fn tags_of_workspace(&self, workspace: WorkspaceId) -> Result<Vec<Tag>> {
        let loan = self.readers.borrow().await?;
        let rest = "tags WHERE workspace_id = $1";
        let list = short(loan.pipeline()?, config::TAG, rest, workspace);
        Ok(list.of(DEFINITIONS_MAX, config::tag).await?)
    }

    async fn users_of_workspace(&self, workspace: WorkspaceId) -> Result<Vec<User>> {
        let loan = self.readers.borrow().await?;
        let rest = "users WHERE workspace_id = $1";
        let list = short(loan.pipeline()?, config::USER, rest, workspace);
        Ok(list.of(DEFINITIONS_MAX, config::user).await?)
    }

    async fn notes(&self, workspace: WorkspaceId, lead: LeadId) -> Result<Vec<Note>> {
        let loan = self.readers.borrow().await?;
        Ok(notes::of_lead(loan.pipeline()?, workspace, lead).await?)
    }

    async fn note(&self, workspace: WorkspaceId, note: NoteId) -> Result<Option<Note>> {
        let loan = self.readers.borrow().await?;
        Ok(notes::note(loan.pipeline()?, workspace, note).await?)
    }
}

/// A list without pages, in the order of the ids.
struct Short<'c> {
    pipeline: Pipeline<'c>,
    sql: String,
    workspace: i64,
}

fn short<'c>(
    pipeline: Pipeline<'c>,
    columns: &str,
    rest: &str,
    workspace: WorkspaceId,
) -> Short<'c> {
    Short {
        pipeline,
        sql: format!("SELECT {columns} FROM {rest} ORDER BY id LIMIT $2"),
        workspace: signed(workspace.get()),
    }
}

impl Short<'_> {
    async fn of<T>(self, most: usize, read: impl Fn(&Row) -> Answer<T>) -> Answer<Vec<T>> {
        let most = limit(most);
        let step = Step::tenant(self.sql, &[&self.workspace, &most]);
        all(&self.pipeline.one(step).await?, read)
    }
}
