//! Hooks: the one URL that a vendor's setting keeps for a campaign or an agent. Each is a subscription, known by its name.

use std::collections::BTreeSet;

use domain::CampaignId;
use domain::limits::WEBHOOK_PAGE_MAX;
use domain::subscription::{Filter, Format, Subscription};
use store::ListPage;

use crate::App;
use crate::context::Context;
use crate::error::AppError;
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
    /// Whether hooks may be set here, and to this URL: for who sets them beside other things, all or nothing.
    pub async fn check_hook(&self, context: &Context, url: &str) -> Result<(), AppError> {
        context.whole_workspace()?;
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
}
