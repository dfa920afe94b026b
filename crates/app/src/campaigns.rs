//! Campaigns as a vendor's client sees them: listed, added, changed, deleted.
//!
//! What an operator sets up at the command line is `administration`; both end in the same store calls.

use std::sync::Arc;

use domain::CampaignId;
use domain::campaign::{Campaign, CampaignState, Stage, Transitions};
use domain::command::{Deletion, LeadRef};
use domain::dialing::CallingHours;
use domain::edit::Change;
use domain::fault::{Fault, Reason};
use domain::limits::{CALLING_HOURS_MAX, CAMPAIGNS_MAX, STAGES_MAX};
use domain::listing::{CallFilter, CallPage, LeadFilter, LeadOrder, LeadPage, PageStart};
use domain::object::ObjectEdit;
use domain::time_zone::TimeZone;
use futures_util::future::join_all;
use store::CampaignRef;

use crate::App;
use crate::administration::NewCampaign;
use crate::context::Context;
use crate::error::{AppError, Conflict, Counted, Missing};

/// Leads of a deleted campaign that are deleted at once.
const EMPTIED_AT_ONCE: usize = 128;
/// Rounds of these before the answer; the rest is the worker's.
const EMPTYING_ROUNDS: usize = 8;

/// What is to change. What is left or `None` stays.
#[derive(Clone, Debug, Default)]
pub struct CampaignEdit {
    pub name: Option<String>,
    /// A campaign that is over stays over.
    pub state: Option<CampaignState>,
    pub time_zone: Change<TimeZone>,
    /// Stays once calls were made.
    pub agent: Change<String>,
    pub attempts_max: Change<u32>,
    pub retry_interval_seconds: Change<u32>,
    pub at_once_max: Change<u32>,
    pub hours: Option<Vec<CallingHours>>,
    pub settings: ObjectEdit,
    pub stages: Option<Vec<Stage>>,
    pub transitions: Option<Transitions>,
    pub dispositions: Option<Vec<String>>,
}

impl CampaignEdit {
    fn apply(self, campaign: &mut Campaign) {
        campaign.name = self
            .name
            .unwrap_or_else(|| std::mem::take(&mut campaign.name));
        campaign.state = self.state.unwrap_or(campaign.state);
        self.time_zone.apply(&mut campaign.time_zone);
        self.agent.apply(&mut campaign.agent);
        let dialing = &mut campaign.dialing;
        self.attempts_max.apply(&mut dialing.attempts_max);
        self.retry_interval_seconds
            .apply(&mut dialing.retry_interval_seconds);
        self.at_once_max.apply(&mut dialing.at_once_max);
        replace(&mut dialing.hours, self.hours);
        campaign.settings = campaign.settings.edited(&self.settings);
        replace(&mut campaign.stages, self.stages);
        replace(&mut campaign.transitions, self.transitions);
        replace(&mut campaign.dispositions, self.dispositions);
    }
}

fn replace<T>(slot: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *slot = value;
    }
}

impl App {
    /// The campaigns that the caller may see, in the order of their ids.
    pub async fn campaigns(&self, context: &Context) -> Result<Vec<Campaign>, AppError> {
        let mut campaigns = self.store.campaigns(context.workspace_id).await?;
        campaigns.retain(|campaign| context.scope.allows(Some(campaign.id)));
        Ok(campaigns)
    }

    /// Adds a campaign. Not for keys that are limited to some: they could not see it.
    pub async fn add_campaign(
        &self,
        context: &Context,
        new: NewCampaign,
    ) -> Result<Campaign, AppError> {
        context.whole_workspace()?;
        if self.store.campaigns(context.workspace_id).await?.len() >= CAMPAIGNS_MAX {
            return Err(AppError::Conflict(Conflict::LimitReached(
                Counted::Campaigns,
            )));
        }
        let hooks = self.hooks_to_join(context, new.agent.as_deref()).await?;
        let workspace = self.workspace(context).await?;
        let campaign = self.create_campaign(&workspace, new).await?;
        self.settings.forget();
        self.join_hooks(context, &hooks, campaign.id).await?;
        Ok(campaign)
    }

    /// The campaigns on whose calls the agent speaks, as far as the caller may see them.
    pub async fn campaigns_of_agent(
        &self,
        context: &Context,
        agent: &str,
    ) -> Result<Vec<CampaignId>, AppError> {
        let campaigns = self.campaigns(context).await?.into_iter();
        let has_it = |campaign: &Campaign| campaign.agent.as_deref() == Some(agent);
        Ok(campaigns
            .filter(has_it)
            .map(|campaign| campaign.id)
            .collect())
    }

    /// Changes a campaign; nothing happens if nothing would.
    pub async fn edit_campaign(
        &self,
        context: &Context,
        id: CampaignId,
        edit: CampaignEdit,
    ) -> Result<Arc<Campaign>, AppError> {
        check(&edit)?;
        loop {
            let reference = CampaignRef::Number(id);
            let found = self
                .store
                .campaign(context.workspace_id, &reference)
                .await?;
            let before = found
                .filter(|campaign| context.scope.allows(Some(campaign.id)))
                .filter(|campaign| !campaign.is_deleted())
                .ok_or(AppError::NotFound(Missing::Campaign))?;
            let mut after = before.clone();
            edit.clone().apply(&mut after);
            if after == before {
                return Ok(Arc::new(after));
            }
            self.allow(context, &before, &after).await?;
            after.version += 1;
            after.updated_at = self.environment.now();
            // Somebody was faster: once more, on what they left.
            if self.store.update_campaign(&after).await? {
                self.settings.forget();
                self.follow_agent(context, &before, &after).await?;
                return Ok(Arc::new(after));
            }
        }
    }

    async fn allow(
        &self,
        context: &Context,
        before: &Campaign,
        after: &Campaign,
    ) -> Result<(), AppError> {
        if before.state.is_over() && before.state != after.state && !after.is_deleted() {
            return Err(AppError::Conflict(Conflict::CampaignOver));
        }
        if before.agent == after.agent || before.agent.is_none() {
            return Ok(());
        }
        let filter = CallFilter {
            campaigns: Some(vec![before.id]),
            ..CallFilter::default()
        };
        let page = CallPage {
            is_ascending: false,
            offset: 0,
            limit: 1,
        };
        let calls = self.list_calls(context, filter, page).await?;
        if calls.calls.is_empty() {
            Ok(())
        } else {
            Err(AppError::Conflict(Conflict::AgentFixed))
        }
    }

    /// Deletes a campaign with its leads: many of them go on disappearing after the answer, but no dialer gets one.
    pub async fn delete_campaign(&self, context: &Context, id: CampaignId) -> Result<(), AppError> {
        let edit = CampaignEdit {
            state: Some(CampaignState::Deleted),
            ..CampaignEdit::default()
        };
        let campaign = self.edit_campaign(context, id, edit).await?;
        self.leave_hooks(context, &campaign).await?;
        for _ in 0..EMPTYING_ROUNDS {
            if self.empty_campaign(context, id).await? < EMPTIED_AT_ONCE {
                break;
            }
        }
        Ok(())
    }

    /// Deletes leads of deleted campaigns of any workspace; how many there were.
    pub async fn empty_campaigns(&self) -> Result<usize, AppError> {
        let mut count = 0;
        for (workspace, campaign) in self.store.campaigns_to_empty(EMPTYING_ROUNDS).await? {
            let context = Context::system(workspace, "campaign-deletion");
            count += self.empty_campaign(&context, campaign).await?;
        }
        Ok(count)
    }

    async fn empty_campaign(
        &self,
        context: &Context,
        campaign: CampaignId,
    ) -> Result<usize, AppError> {
        let filter = LeadFilter {
            campaigns: Some(vec![campaign]),
            ..LeadFilter::default()
        };
        let page = LeadPage {
            order: LeadOrder::CreatedAt,
            is_ascending: true,
            start: PageStart::Offset(0),
            limit: EMPTIED_AT_ONCE,
            is_counted: false,
        };
        let list = self.list_leads(context, filter, page).await?;
        let deletions = list.leads.iter().map(|lead| {
            let deletion = Deletion {
                lead: LeadRef::Number(lead.id),
                in_campaign: Some(campaign),
                needs_open_campaign: false,
            };
            self.delete_lead(context, deletion)
        });
        let deleted = join_all(deletions).await;
        for outcome in deleted {
            match outcome {
                Ok(_) | Err(AppError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(list.leads.len())
    }
}

fn check(edit: &CampaignEdit) -> Result<(), AppError> {
    let lengths = [
        (
            "calling_hours",
            edit.hours.as_ref().map(Vec::len),
            CALLING_HOURS_MAX,
        ),
        ("stages", edit.stages.as_ref().map(Vec::len), STAGES_MAX),
        (
            "dispositions",
            edit.dispositions.as_ref().map(Vec::len),
            STAGES_MAX,
        ),
    ];
    let faults: Vec<_> = lengths
        .into_iter()
        .filter(|(_, length, max)| length.is_some_and(|length| length > *max))
        .map(|(name, _, items_max)| Fault::member(name, Reason::TooMany { items_max }))
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(AppError::Invalid(faults))
    }
}
