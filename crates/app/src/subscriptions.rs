//! Subscriptions: made, changed, tested, and the secrets they sign with.
//!
//! A secret's text is returned once, when it is made, and afterwards only to the worker that signs.

mod check;
mod secrets;

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::edit::Change;
use domain::event::Dialect;
use domain::fault::{Fault, Reason};
use domain::lead::LeadField;
use domain::limits::{
    ENDPOINT_AT_ONCE_DEFAULT, FILTER_VALUES_MAX, SECRETS_MAX, SUBSCRIPTIONS_MAX, WEBHOOK_PAGE_MAX,
};
use domain::state::{Content, Delivery};
use domain::subscription::{
    Auth, Cap, Disabled, DisabledReason, Filter, Format, Health, Secret, Subscription, Topic,
};
use domain::{CampaignId, IdKind, SubscriptionId, WorkspaceId};
use store::ListPage;

use crate::App;
use crate::context::Context;
use crate::error::{AppError, Conflict, Missing};
use crate::vault::VaultError;

pub use check::is_source;
pub use secrets::SecretForm;

/// A subscription to create.
#[derive(Debug)]
pub struct NewSubscription {
    pub description: Option<String>,
    pub url: String,
    pub filter: Filter,
    pub format: Format,
    pub auth: PlainAuth,
    /// `None` makes one, where the format signs.
    pub secret: Option<String>,
    pub cap: Cap,
}

impl NewSubscription {
    /// Everything that the format has words for.
    pub fn new(url: &str, format: Format) -> Self {
        Self {
            description: None,
            url: url.to_owned(),
            filter: Filter::default(),
            format,
            auth: PlainAuth::None,
            secret: None,
            cap: Cap {
                at_once_max: ENDPOINT_AT_ONCE_DEFAULT,
                per_second_max: None,
            },
        }
    }
}

/// What is to change. What is `None` stays.
#[derive(Debug, Default)]
pub struct SubscriptionEdit {
    pub description: Change<String>,
    pub url: Option<String>,
    pub filter: FilterEdit,
    pub auth: Option<PlainAuth>,
    pub at_once_max: Option<u32>,
    pub per_second_max: Change<u32>,
    pub is_enabled: Option<bool>,
}

/// Which lists of a filter are to change.
#[derive(Debug, Default)]
pub struct FilterEdit {
    pub topics: Option<BTreeSet<Topic>>,
    pub campaigns: Option<BTreeSet<CampaignId>>,
    pub fields: Option<BTreeSet<LeadField>>,
    pub dialects: Option<BTreeSet<Dialect>>,
    pub except_sources: Option<BTreeSet<String>>,
}

impl SubscriptionEdit {
    fn filter_after(&self, before: &Filter) -> Filter {
        fn or<T: Clone>(edited: Option<&T>, before: &T) -> T {
            edited.unwrap_or(before).clone()
        }
        let edit = &self.filter;
        Filter {
            topics: or(edit.topics.as_ref(), &before.topics),
            campaigns: or(edit.campaigns.as_ref(), &before.campaigns),
            fields: or(edit.fields.as_ref(), &before.fields),
            dialects: or(edit.dialects.as_ref(), &before.dialects),
            except_sources: or(edit.except_sources.as_ref(), &before.except_sources),
        }
    }

    fn cap_after(&self, before: Cap) -> Cap {
        Cap {
            at_once_max: self.at_once_max.unwrap_or(before.at_once_max),
            per_second_max: match self.per_second_max {
                Change::Leave => before.per_second_max,
                Change::Set(rate) => Some(rate),
                Change::Clear => None,
            },
        }
    }
}

/// How Leadbook identifies itself, in the clear: on its way in, and on its way out.
#[derive(Clone, PartialEq, Eq)]
pub enum PlainAuth {
    None,
    Bearer(String),
    Header { name: String, value: String },
}

impl std::fmt::Debug for PlainAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Bearer(_) => f.write_str("Bearer(…)"),
            Self::Header { name, .. } => write!(f, "Header({name}, …)"),
        }
    }
}

/// Whether an endpoint may be called from here: the worker's guard, as this crate sees it.
#[async_trait]
pub trait Endpoints: Send + Sync + 'static {
    /// Judges a URL by its form and by what its name resolves to now. The text says what to do.
    async fn check_url(&self, url: &str) -> Result<(), String>;

    /// Whether a request can carry this.
    fn check_auth(&self, auth: &PlainAuth) -> Result<(), String>;
}

/// Lets every URL pass: for commands and tests that call none. The guard judges again at every call.
#[derive(Debug)]
pub struct UncheckedEndpoints;

#[async_trait]
impl Endpoints for UncheckedEndpoints {
    async fn check_url(&self, _url: &str) -> Result<(), String> {
        Ok(())
    }

    fn check_auth(&self, _auth: &PlainAuth) -> Result<(), String> {
        Ok(())
    }
}

impl App {
    /// The new subscription, and its secret in the clear if its format signs.
    pub async fn create_subscription(
        &self,
        context: &Context,
        new: NewSubscription,
    ) -> Result<(Subscription, Option<String>), AppError> {
        context.whole_workspace()?;
        let mut faults = check::new(&new);
        self.check_campaigns(context, &mut faults, &new.filter.campaigns)
            .await?;
        self.check_endpoint(&mut faults, &new.url, Some(&new.auth))
            .await;
        refuse(faults)?;
        let workspace = context.workspace_id;
        let count = self.store.count_subscriptions(workspace).await?;
        if count >= SUBSCRIPTIONS_MAX as u64 {
            return Err(too_many("subscriptions", SUBSCRIPTIONS_MAX));
        }
        let id = self
            .next_id(IdKind::Subscription, SubscriptionId::new)
            .await?;
        let secret = new.secret.or_else(|| self.mint_secret(new.format));
        let secrets = match &secret {
            Some(text) => vec![self.sealed_secret(workspace, id, 1, text)?],
            None => Vec::new(),
        };
        let subscription = Subscription {
            id,
            workspace_id: workspace,
            version: 1,
            created_at: self.environment.now(),
            description: new.description,
            url: new.url,
            filter: new.filter,
            format: new.format,
            auth: self.sealed_auth(workspace, id, new.auth)?,
            secrets,
            cap: new.cap,
            health: Health::default(),
        };
        self.store.create_subscription(&subscription).await?;
        Ok((subscription, secret))
    }

    pub async fn subscription(
        &self,
        context: &Context,
        id: SubscriptionId,
    ) -> Result<Subscription, AppError> {
        context.whole_workspace()?;
        self.store
            .subscription(context.workspace_id, id)
            .await?
            .ok_or(AppError::NotFound(Missing::Subscription))
    }

    /// Newest first.
    pub async fn subscriptions(
        &self,
        context: &Context,
        page: ListPage,
    ) -> Result<Vec<Subscription>, AppError> {
        context.whole_workspace()?;
        let page = ListPage {
            limit: page.limit.min(WEBHOOK_PAGE_MAX),
            ..page
        };
        Ok(self.store.subscriptions(context.workspace_id, page).await?)
    }

    pub async fn update_subscription(
        &self,
        context: &Context,
        id: SubscriptionId,
        edit: SubscriptionEdit,
    ) -> Result<Subscription, AppError> {
        let before = self.subscription(context, id).await?;
        let mut faults = check::edit(&before, &edit);
        if let Some(campaigns) = &edit.filter.campaigns {
            self.check_campaigns(context, &mut faults, campaigns)
                .await?;
        }
        let url = edit.url.as_deref().unwrap_or(&before.url);
        self.check_endpoint(&mut faults, url, edit.auth.as_ref())
            .await;
        refuse(faults)?;
        let auth = match edit.auth.clone() {
            Some(auth) => Some(self.sealed_auth(context.workspace_id, id, auth)?),
            None => None,
        };
        let now = self.environment.now();
        self.change(context, id, |subscription| {
            match &edit.description {
                Change::Leave => {}
                Change::Set(text) => subscription.description = Some(text.clone()),
                Change::Clear => subscription.description = None,
            }
            if let Some(url) = &edit.url {
                subscription.url.clone_from(url);
            }
            subscription.filter = edit.filter_after(&subscription.filter);
            if let Some(auth) = &auth {
                subscription.auth = auth.clone();
            }
            subscription.cap = edit.cap_after(subscription.cap);
            match edit.is_enabled {
                Some(true) => subscription.health = Health::default(),
                Some(false) if subscription.health.disabled.is_none() => {
                    subscription.health.disabled = Some(Disabled {
                        at: now,
                        reason: DisabledReason::Owner,
                    });
                }
                _ => {}
            }
            Ok(())
        })
        .await
    }

    pub async fn delete_subscription(
        &self,
        context: &Context,
        id: SubscriptionId,
    ) -> Result<(), AppError> {
        context.whole_workspace()?;
        if self
            .store
            .delete_subscription(context.workspace_id, id)
            .await?
        {
            Ok(())
        } else {
            Err(AppError::NotFound(Missing::Subscription))
        }
    }

    /// Adds a secret, which signs first from now on, beside the others. Its text is returned this once.
    pub async fn add_secret(
        &self,
        context: &Context,
        id: SubscriptionId,
        secret: Option<String>,
    ) -> Result<(Subscription, String), AppError> {
        let before = self.subscription(context, id).await?;
        refuse(check::secret(before.format, secret.as_deref()))?;
        let minted = secret.or_else(|| self.mint_secret(before.format));
        let Some(text) = minted else {
            return Err(AppError::Invalid(vec![Fault::member(
                "secret",
                Reason::NotAllowed,
            )]));
        };
        let after = self
            .change(context, id, |subscription| {
                if subscription.secrets.len() >= SECRETS_MAX {
                    return Err(too_many("secrets", SECRETS_MAX));
                }
                let number = 1 + highest(&subscription.secrets);
                let secret = self.sealed_secret(context.workspace_id, id, number, &text)?;
                subscription.secrets.insert(0, secret);
                Ok(())
            })
            .await?;
        Ok((after, text))
    }

    /// Signs with this secret no longer. The last one stays: what was signed must not become unsigned in silence.
    pub async fn remove_secret(
        &self,
        context: &Context,
        id: SubscriptionId,
        number: u32,
    ) -> Result<Subscription, AppError> {
        self.change(context, id, |subscription| {
            let place = subscription
                .secrets
                .iter()
                .position(|secret| secret.number == number)
                .ok_or(AppError::NotFound(Missing::Secret))?;
            if subscription.secrets.len() == 1 {
                let fault = Fault::member("secrets", Reason::Required);
                return Err(AppError::Invalid(vec![fault]));
            }
            subscription.secrets.remove(place);
            Ok(())
        })
        .await
    }

    /// Puts a test into the outbox; it goes the way of every delivery. Its id.
    pub async fn test_subscription(
        &self,
        context: &Context,
        id: SubscriptionId,
    ) -> Result<u64, AppError> {
        let subscription = self.subscription(context, id).await?;
        if subscription.health.disabled.is_some() {
            return Err(AppError::Conflict(Conflict::Disabled));
        }
        let test = Delivery {
            workspace_id: context.workspace_id,
            subscription_id: id,
            lead_id: None,
            at: self.environment.now(),
            content: Content::Test,
        };
        let ids = self.store.add_deliveries(&[test]).await?;
        self.deliveries_ready.notify_one();
        ids.first().copied().ok_or(AppError::Internal)
    }

    /// What an operator should look at, over all workspaces: what Leadbook disabled, what fails, what has a secret that
    /// the vault does not open. The last is said beside it.
    pub async fn ailing_subscriptions(
        &self,
    ) -> Result<Vec<(Subscription, Option<VaultError>)>, AppError> {
        let mut ailing = Vec::new();
        for workspace in self.store.workspaces().await? {
            self.each_subscription(workspace.id, |subscription| {
                let opened = self
                    .secrets_of(&subscription)
                    .and(self.auth_of(&subscription).map(drop));
                let unopened = opened.err();
                if is_ailing(subscription.health) || unopened.is_some() {
                    ailing.push((subscription, unopened));
                }
            })
            .await?;
        }
        Ok(ailing)
    }

    /// Shows every subscription of the workspace, read page by page.
    pub(crate) async fn each_subscription(
        &self,
        workspace: WorkspaceId,
        mut see: impl FnMut(Subscription) + Send,
    ) -> Result<(), AppError> {
        let mut page = ListPage {
            before_id: None,
            limit: WEBHOOK_PAGE_MAX,
        };
        loop {
            let listed = self.store.subscriptions(workspace, page).await?;
            let is_last = listed.len() < page.limit;
            page.before_id = listed.last().map(|last| last.id.get());
            listed.into_iter().for_each(&mut see);
            if is_last {
                return Ok(());
            }
        }
    }

    /// Changes a subscription as it is now, and again if somebody else was faster.
    pub(crate) async fn change(
        &self,
        context: &Context,
        id: SubscriptionId,
        change: impl Fn(&mut Subscription) -> Result<(), AppError>,
    ) -> Result<Subscription, AppError> {
        const TRIES: usize = 5;
        for _ in 0..TRIES {
            let before = self.subscription(context, id).await?;
            let mut after = before.clone();
            change(&mut after)?;
            if after == before {
                return Ok(after);
            }
            after.version += 1;
            if self.store.update_subscription(&after).await? {
                return Ok(after);
            }
        }
        Err(AppError::QUEUE_FULL)
    }

    /// A filter that waits for a campaign of another workspace, or of none, would be silent for ever.
    async fn check_campaigns(
        &self,
        context: &Context,
        faults: &mut Vec<Fault>,
        campaigns: &BTreeSet<CampaignId>,
    ) -> Result<(), AppError> {
        for id in campaigns.iter().take(FILTER_VALUES_MAX) {
            if self.campaign_of(context, Some(*id)).await?.is_none() {
                let reason = Reason::UnknownReference(id.to_string());
                faults.push(Fault::member("campaigns", reason));
            }
        }
        Ok(())
    }

    pub(crate) async fn check_endpoint(
        &self,
        faults: &mut Vec<Fault>,
        url: &str,
        auth: Option<&PlainAuth>,
    ) {
        if let Err(why) = self.endpoints.check_url(url).await {
            faults.push(Fault::member("url", Reason::Refused(why)));
        }
        if let Some(Err(why)) = auth.map(|auth| self.endpoints.check_auth(auth)) {
            faults.push(Fault::member("auth", Reason::Refused(why)));
        }
    }

    fn sealed_secret(
        &self,
        workspace: WorkspaceId,
        id: SubscriptionId,
        number: u32,
        text: &str,
    ) -> Result<Secret, AppError> {
        Ok(Secret {
            number,
            sealed: self.seal(workspace, id, text)?,
            created_at: self.environment.now(),
        })
    }

    fn sealed_auth(
        &self,
        workspace: WorkspaceId,
        id: SubscriptionId,
        auth: PlainAuth,
    ) -> Result<Auth, AppError> {
        Ok(match auth {
            PlainAuth::None => Auth::None,
            PlainAuth::Bearer(token) => Auth::Bearer(self.seal(workspace, id, &token)?),
            PlainAuth::Header { name, value } => Auth::Header {
                name,
                value: self.seal(workspace, id, &value)?,
            },
        })
    }
}

/// Whether it fails, or Leadbook has disabled it.
fn is_ailing(health: Health) -> bool {
    let is_disabled = health
        .disabled
        .is_some_and(|disabled| match disabled.reason {
            DisabledReason::Owner => false,
            DisabledReason::Gone | DisabledReason::Failing => true,
        });
    is_disabled || health.failing_since.is_some()
}

fn highest(secrets: &[Secret]) -> u32 {
    secrets
        .iter()
        .map(|secret| secret.number)
        .max()
        .unwrap_or(0)
}

fn refuse(faults: Vec<Fault>) -> Result<(), AppError> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(AppError::Invalid(faults))
    }
}

fn too_many(member: &str, items_max: usize) -> AppError {
    AppError::Invalid(vec![Fault::member(member, Reason::TooMany { items_max })])
}
