//! Campaigns and workspaces as last read: what encoding an answer needs but no decision rests on.
//!
//! Decisions read campaigns inside their transaction; this cache only finds a campaign named in a path and
//! shows its time zone, and is believed for less than a second.

use std::sync::Arc;

use domain::campaign::{Campaign, Workspace};
use domain::limits::{CACHE_MS_MAX, CONFIG_CACHE_MAX};
use domain::{CampaignId, Timestamp, WorkspaceId};
use quick_cache::sync::Cache;
use store::CampaignRef;

use crate::App;
use crate::context::Context;
use crate::error::{AppError, Missing};

type Read<T> = (Option<Arc<T>>, Timestamp);

pub(crate) struct SettingsCache {
    campaigns: Cache<(WorkspaceId, CampaignRef), Read<Campaign>>,
    workspaces: Cache<WorkspaceId, Read<Workspace>>,
}

impl SettingsCache {
    /// Forgets what was read, after a change made here.
    pub(crate) fn forget(&self) {
        self.campaigns.clear();
    }

    pub(crate) fn new() -> Self {
        Self {
            campaigns: Cache::new(CONFIG_CACHE_MAX),
            workspaces: Cache::new(CONFIG_CACHE_MAX),
        }
    }
}

impl App {
    /// The campaign that the reference names, if the caller's key may see it.
    pub async fn campaign(
        &self,
        context: &Context,
        campaign: CampaignRef,
    ) -> Result<Arc<Campaign>, AppError> {
        self.find_campaign(context, campaign)
            .await?
            .ok_or(AppError::NotFound(Missing::Campaign))
    }

    /// The campaign of a lead, if it has one.
    pub async fn campaign_of(
        &self,
        context: &Context,
        campaign: Option<CampaignId>,
    ) -> Result<Option<Arc<Campaign>>, AppError> {
        match campaign {
            Some(id) => self.find_campaign(context, CampaignRef::Number(id)).await,
            None => Ok(None),
        }
    }

    async fn find_campaign(
        &self,
        context: &Context,
        campaign: CampaignRef,
    ) -> Result<Option<Arc<Campaign>>, AppError> {
        let now = self.environment.now();
        let key = (context.workspace_id, campaign);
        let found = match self.settings.campaigns.get(&key) {
            Some((found, read_at)) if now < read_at.plus_millis(CACHE_MS_MAX) => found,
            _ => {
                let found = self.store.campaign(key.0, &key.1).await?.map(Arc::new);
                self.settings.campaigns.insert(key, (found.clone(), now));
                found
            }
        };
        Ok(found
            .filter(|campaign| context.scope.allows(Some(campaign.id)))
            .filter(|campaign| !campaign.is_deleted()))
    }

    /// The caller's workspace.
    pub async fn workspace(&self, context: &Context) -> Result<Arc<Workspace>, AppError> {
        let now = self.environment.now();
        let id = context.workspace_id;
        if let Some((Some(found), read_at)) = self.settings.workspaces.get(&id)
            && now < read_at.plus_millis(CACHE_MS_MAX)
        {
            return Ok(found);
        }
        let found = self.store.workspace(id).await?.map(Arc::new);
        self.settings.workspaces.insert(id, (found.clone(), now));
        // A key outlives no workspace: nothing deletes one.
        found.ok_or(AppError::Internal)
    }
}
