//! Hooks: the one URL that a vendor's setting keeps for a campaign or an agent. Each is a subscription, known by its name.
//!
//! An agent's hook hears of the campaigns on whose calls the agent speaks, also of those that come later.

use std::collections::BTreeSet;

use domain::campaign::Campaign;
use domain::limits::{FILTER_VALUES_MAX, WEBHOOK_PAGE_MAX};
use domain::subscription::{Filter, Format, Subscription};
use domain::{CampaignId, SubscriptionId};
use store::ListPage;

use crate::App;
use crate::context::Context;
use crate::error::{AppError, Conflict, Counted, Missing};
use crate::subscriptions::{FilterEdit, NewSubscription, SubscriptionEdit};

/// A URL that is told of what happens in some campaigns.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Kept as the subscription's description; one per format and name.
    pub name: String,
    pub format: Format,
    /// Never empty: a subscription to no campaign would hear of all.
    pub campaigns: BTreeSet<CampaignId>,
    pub url: String,
}

impl App {
    /// Whether hooks may be set here, and to this URL, or taken away if it is empty: for who does so beside other things, all or
    /// nothing.
    pub async fn check_hook(&self, context: &Context, url: &str) -> Result<(), AppError> {
        context.whole_workspace()?;
        if url.is_empty() {
            return Ok(());
        }
        let mut faults = Vec::new();
        self.check_endpoint(&mut faults, url, None).await;
        if faults.is_empty() {
            Ok(())
        } else {
            Err(AppError::Invalid(faults))
        }
    }

    /// Makes the hook, or points the one of that name at another URL and other campaigns.
    pub async fn set_hook(&self, context: &Context, hook: Hook) -> Result<Subscription, AppError> {
        let Hook {
            name,
            format,
            campaigns,
            url,
        } = hook;
        if let Some(found) = self.hook(context, format, &name).await? {
            let edit = SubscriptionEdit {
                url: Some(url),
                filter: FilterEdit {
                    campaigns: Some(campaigns),
                    ..FilterEdit::default()
                },
                is_enabled: Some(true),
                ..SubscriptionEdit::default()
            };
            return self.update_subscription(context, found.id, edit).await;
        }
        let new = NewSubscription {
            description: Some(name),
            filter: Filter {
                campaigns,
                ..Filter::default()
            },
            ..NewSubscription::new(&url, format)
        };
        let (subscription, _) = self.create_subscription(context, new).await?;
        Ok(subscription)
    }

    /// Takes the hook away. `false` if there was none.
    pub async fn clear_hook(
        &self,
        context: &Context,
        format: Format,
        name: &str,
    ) -> Result<bool, AppError> {
        let Some(found) = self.hook(context, format, name).await? else {
            return Ok(false);
        };
        self.delete_subscription(context, found.id).await?;
        Ok(true)
    }

    /// The hook of this name.
    pub async fn hook(
        &self,
        context: &Context,
        format: Format,
        name: &str,
    ) -> Result<Option<Subscription>, AppError> {
        let mut before_id = None;
        loop {
            let page = ListPage {
                before_id,
                limit: WEBHOOK_PAGE_MAX,
            };
            let subscriptions = self.subscriptions(context, page).await?;
            before_id = subscriptions.last().map(|last| last.id.get());
            let is_it = |subscription: &Subscription| {
                subscription.format == format && subscription.description.as_deref() == Some(name)
            };
            if let Some(found) = subscriptions.into_iter().find(is_it) {
                return Ok(Some(found));
            }
            if before_id.is_none() {
                return Ok(None);
            }
        }
    }

    /// Makes or points the agent's hook. Leadbook knows an agent by the campaigns that name it.
    pub async fn set_agent_hook(
        &self,
        context: &Context,
        agent: &str,
        format: Format,
        url: String,
    ) -> Result<Subscription, AppError> {
        context.whole_workspace()?;
        let campaigns = self.campaigns_of_agent(context, agent).await?;
        if campaigns.is_empty() {
            return Err(AppError::NotFound(Missing::Agent));
        }
        let hook = Hook {
            name: agent_hook(agent),
            format,
            campaigns: campaigns.into_iter().collect(),
            url,
        };
        self.set_hook(context, hook).await
    }

    /// Takes the agent's hook away, if it has one.
    pub async fn clear_agent_hook(
        &self,
        context: &Context,
        agent: &str,
        format: Format,
    ) -> Result<(), AppError> {
        context.whole_workspace()?;
        let is_cleared = self.clear_hook(context, format, &agent_hook(agent)).await?;
        if !is_cleared && self.campaigns_of_agent(context, agent).await?.is_empty() {
            return Err(AppError::NotFound(Missing::Agent));
        }
        Ok(())
    }

    /// The hooks that a new campaign of this agent is to join; refused if one of them names as many as it may.
    pub(crate) async fn hooks_to_join(
        &self,
        context: &Context,
        agent: Option<&str>,
    ) -> Result<Vec<SubscriptionId>, AppError> {
        let hooks = self.hooks_of_agent(context, agent).await?;
        let is_full = |hook: &Subscription| hook.filter.campaigns.len() >= FILTER_VALUES_MAX;
        if hooks.iter().any(is_full) {
            let what = Counted::Campaigns;
            return Err(AppError::Conflict(Conflict::LimitReached(what)));
        }
        Ok(hooks.into_iter().map(|hook| hook.id).collect())
    }

    pub(crate) async fn join_hooks(
        &self,
        context: &Context,
        hooks: &[SubscriptionId],
        campaign: CampaignId,
    ) -> Result<(), AppError> {
        // The caller's key may be limited to campaigns; what follows from its change is not.
        let context = Context::system(context.workspace_id, "agent-hooks");
        for hook in hooks {
            let joined = self.change(&context, *hook, |subscription| {
                subscription.filter.campaigns.insert(campaign);
                Ok(())
            });
            match joined.await {
                // Somebody deleted it meanwhile.
                Ok(_) | Err(AppError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Moves a campaign from the hooks of the agent it had to those of the agent it has.
    pub(crate) async fn follow_agent(
        &self,
        context: &Context,
        before: &Campaign,
        after: &Campaign,
    ) -> Result<(), AppError> {
        if before.agent == after.agent {
            return Ok(());
        }
        let joined = self.hooks_to_join(context, after.agent.as_deref()).await?;
        self.join_hooks(context, &joined, after.id).await?;
        let context = Context::system(context.workspace_id, "agent-hooks");
        for hook in self.leave_hooks(&context, before).await? {
            self.delete_subscription(&context, hook).await?;
        }
        Ok(())
    }

    /// Takes a campaign out of its agent's hooks. Those that name no other keep it, and are returned: a subscription to no
    /// campaign would hear of all.
    pub(crate) async fn leave_hooks(
        &self,
        context: &Context,
        campaign: &Campaign,
    ) -> Result<Vec<SubscriptionId>, AppError> {
        let context = Context::system(context.workspace_id, "agent-hooks");
        let mut kept = Vec::new();
        let hooks = self.hooks_of_agent(&context, campaign.agent.as_deref());
        for hook in hooks.await? {
            let leave = |subscription: &mut Subscription| {
                let campaigns = &mut subscription.filter.campaigns;
                if campaigns.iter().any(|id| *id != campaign.id) {
                    campaigns.remove(&campaign.id);
                }
                Ok(())
            };
            match self.change(&context, hook.id, leave).await {
                Ok(hook) if hook.filter.campaigns.contains(&campaign.id) => kept.push(hook.id),
                // Somebody deleted it meanwhile.
                Ok(_) | Err(AppError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(kept)
    }

    async fn hooks_of_agent(
        &self,
        context: &Context,
        agent: Option<&str>,
    ) -> Result<Vec<Subscription>, AppError> {
        let mut hooks = Vec::new();
        let Some(name) = agent.map(agent_hook) else {
            return Ok(hooks);
        };
        self.each_subscription(context.workspace_id, |subscription| {
            let is_hook = !subscription.filter.campaigns.is_empty();
            if is_hook && subscription.description.as_ref() == Some(&name) {
                hooks.push(subscription);
            }
        })
        .await?;
        Ok(hooks)
    }
}

/// The name of an agent's hooks.
fn agent_hook(agent: &str) -> String {
    format!("agent {agent}")
}
