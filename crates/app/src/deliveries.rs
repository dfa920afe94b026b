//! Webhooks on their way out: which are due, what follows an attempt, what is shown of them.
//!
//! Sending is the worker's, the words are the encoder's ([`Encode`]), and the plan of the retries is
//! [`domain::delivery`].

use std::collections::HashSet;

use async_trait::async_trait;
use domain::delivery::{HealthChange, Next, Reception, conclude};
use domain::limits::{ATTEMPTS_KEPT_MS, DELIVERY_LEASE_MS, REPLAY_MAX, WEBHOOK_PAGE_MAX};
use domain::state::{Content, Delivery};
use domain::subscription::{Disabled, Notice, Subscription, Topic};
use domain::{SubscriptionId, Timestamp, WorkspaceId};
use store::{
    Attempt, AttemptFilter, AttemptRecord, DeliveryFilter, DeliveryOutcome, DeliveryRecord,
    DueDelivery, FinishedDelivery, ListPage,
};

use crate::App;
use crate::context::Context;
use crate::error::{AppError, Conflict, Missing};

/// A request to an endpoint: what the format says, signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Besides `content-type`, which is always JSON.
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// Writes news in the words of a subscription's format.
#[async_trait]
pub trait Encode: Send + Sync + 'static {
    /// `None` if the format has no words for it. The same news gives the same body, whenever it is asked for; the
    /// signature is as of `now`.
    async fn encode(
        &self,
        due: &DueDelivery,
        subscription: &Subscription,
        now: Timestamp,
    ) -> Result<Option<Webhook>, AppError>;
}

impl App {
    /// Deliveries to attempt now, except those to the named subscriptions. Nobody else has them until their lease ends.
    pub async fn lease_deliveries(
        &self,
        except: &[SubscriptionId],
        limit: usize,
    ) -> Result<Vec<DueDelivery>, AppError> {
        let now = self.environment.now();
        let lease_end = now.plus_millis(DELIVERY_LEASE_MS);
        Ok(self
            .store
            .lease_deliveries(now, lease_end, except, limit)
            .await?)
    }

    /// What follows an attempt.
    pub fn conclude_delivery(
        &self,
        due: &DueDelivery,
        subscription: &Subscription,
        attempt: Attempt,
        reception: Reception,
    ) -> FinishedDelivery {
        let mut jitter = [0; 2];
        self.environment.fill(&mut jitter);
        let now = self.environment.now();
        let jitter = u16::from_le_bytes(jitter);
        let conclusion = conclude(subscription.health, due.attempts, reception, now, jitter);
        let error = || attempt.error.clone().unwrap_or_default();
        let outcome = match conclusion.next {
            Next::Delivered => DeliveryOutcome::Delivered,
            Next::Retry { next_attempt_at } => DeliveryOutcome::Retry {
                next_attempt_at,
                error: error(),
            },
            Next::Dead => DeliveryOutcome::Dead {
                at: now,
                error: error(),
            },
        };
        FinishedDelivery {
            key: due.key,
            outcome,
            health: conclusion.health,
            attempt: Some(attempt),
        }
    }

    /// The end of a delivery without an attempt: its subscription is disabled or deleted, or its format has no words
    /// for it.
    pub fn end_delivery(&self, due: &DueDelivery) -> FinishedDelivery {
        let disabled = due
            .subscription
            .as_ref()
            .and_then(|subscription| subscription.health.disabled);
        FinishedDelivery {
            key: due.key,
            outcome: match disabled {
                Some(_) => DeliveryOutcome::Dead {
                    at: self.environment.now(),
                    error: "the subscription is disabled".to_owned(),
                },
                None => DeliveryOutcome::Dropped,
            },
            health: HealthChange::Same,
            attempt: None,
        }
    }

    /// Records what became of deliveries. When a subscription is disabled, those who want to know are told first, so
    /// that a crash in between tells them twice rather than never.
    pub async fn finish_deliveries(&self, finished: &[FinishedDelivery]) -> Result<(), AppError> {
        let mut notices = Vec::new();
        // Several of one endpoint may have ended the same way together.
        let mut told_of = HashSet::new();
        for finished in finished {
            let key = finished.key;
            if let HealthChange::Disabled(disabled) = finished.health
                && told_of.insert(key.subscription_id)
            {
                let told = self
                    .notices(key.workspace_id, key.subscription_id, disabled)
                    .await?;
                notices.extend(told);
            }
        }
        if !notices.is_empty() {
            self.store.add_deliveries(&notices).await?;
        }
        self.store.finish_deliveries(finished).await?;
        for finished in finished {
            self.metrics.delivery_finished(&finished.outcome);
        }
        self.deliveries_ready.notify_one();
        Ok(())
    }

    /// One for each other active subscription that asks for it by name: who hears everything of leads need not hear this.
    async fn notices(
        &self,
        workspace: WorkspaceId,
        disabled_id: SubscriptionId,
        disabled: Disabled,
    ) -> Result<Vec<Delivery>, AppError> {
        let Some(about) = self.store.subscription(workspace, disabled_id).await? else {
            return Ok(Vec::new());
        };
        if about.health.disabled.is_some() {
            return Ok(Vec::new());
        }
        let Disabled { at, reason } = disabled;
        tracing::warn!(
            subscription = disabled_id.get(),
            reason = reason.name(),
            "a subscription is disabled; enable it when its endpoint is well"
        );
        let notice = Notice {
            subscription_id: disabled_id,
            url: about.url,
            disabled,
        };
        let mut notices = Vec::new();
        self.each_subscription(workspace, |other| {
            let is_hearing = other.id != disabled_id
                && other.health.disabled.is_none()
                && other.filter.topics.contains(&Topic::SubscriptionDisabled);
            if is_hearing {
                notices.push(Delivery {
                    workspace_id: workspace,
                    subscription_id: other.id,
                    lead_id: None,
                    at,
                    content: Content::Notice(notice.clone()),
                });
            }
        })
        .await?;
        Ok(notices)
    }

    /// Waits until there may be something to deliver.
    pub async fn delivery_added(&self) {
        self.deliveries_ready.notified().await;
    }

    /// Forgets the oldest attempts that have been kept for long enough; how many there were.
    pub async fn forget_attempts(&self, limit: usize) -> Result<usize, AppError> {
        let until = self.environment.now().plus_millis(-ATTEMPTS_KEPT_MS);
        Ok(self.store.forget_attempts(until, limit).await?)
    }

    /// Deliveries that wait, newest first.
    pub async fn deliveries(
        &self,
        context: &Context,
        filter: &DeliveryFilter,
        page: ListPage,
    ) -> Result<Vec<DeliveryRecord>, AppError> {
        context.whole_workspace()?;
        let (workspace, page) = (context.workspace_id, clamped(page));
        Ok(self.store.deliveries(workspace, filter, page).await?)
    }

    /// Dead letters, newest first.
    pub async fn dead_letters(
        &self,
        context: &Context,
        filter: &DeliveryFilter,
        page: ListPage,
    ) -> Result<Vec<DeliveryRecord>, AppError> {
        context.whole_workspace()?;
        let (workspace, page) = (context.workspace_id, clamped(page));
        Ok(self.store.dead_letters(workspace, filter, page).await?)
    }

    /// The attempt log, newest first.
    pub async fn attempts(
        &self,
        context: &Context,
        filter: AttemptFilter,
        page: ListPage,
    ) -> Result<Vec<AttemptRecord>, AppError> {
        context.whole_workspace()?;
        let (workspace, page) = (context.workspace_id, clamped(page));
        Ok(self.store.attempts(workspace, filter, page).await?)
    }

    /// The attempts of one delivery, newest first; also of one that is delivered, as long as they are kept.
    pub async fn attempts_of_delivery(
        &self,
        context: &Context,
        id: u64,
        page: ListPage,
    ) -> Result<Vec<AttemptRecord>, AppError> {
        let filter = AttemptFilter {
            delivery: Some(id),
            ..AttemptFilter::default()
        };
        let attempts = self.attempts(context, filter, page).await?;
        if attempts.is_empty() && page.before_id.is_none() {
            let one = ListPage {
                before_id: None,
                limit: 1,
            };
            let named = DeliveryFilter {
                id: Some(id),
                ..DeliveryFilter::default()
            };
            let is_known = !self.deliveries(context, &named, one).await?.is_empty()
                || !self.dead_letters(context, &named, one).await?.is_empty();
            if !is_known {
                // It may have arrived between the two looks; then its attempt is there.
                let arrived = self.attempts(context, filter, page).await?;
                let is_there = !arrived.is_empty();
                let missing = AppError::NotFound(Missing::Delivery);
                return is_there.then_some(arrived).ok_or(missing);
            }
        }
        Ok(attempts)
    }

    /// Sends dead letters again, oldest first, at most [`REPLAY_MAX`] of them; how many. Those whose subscription is
    /// disabled stay.
    pub async fn replay_dead_letters(
        &self,
        context: &Context,
        filter: &DeliveryFilter,
    ) -> Result<usize, AppError> {
        context.whole_workspace()?;
        let now = self.environment.now();
        let count = self
            .store
            .replay_dead_letters(context.workspace_id, filter, now, REPLAY_MAX)
            .await?;
        self.deliveries_ready.notify_one();
        Ok(count)
    }

    /// Sends one dead letter again.
    pub async fn replay_dead_letter(&self, context: &Context, id: u64) -> Result<(), AppError> {
        let filter = DeliveryFilter {
            id: Some(id),
            ..DeliveryFilter::default()
        };
        if self.replay_dead_letters(context, &filter).await? == 1 {
            return Ok(());
        }
        let page = ListPage {
            before_id: None,
            limit: 1,
        };
        let found = self.dead_letters(context, &filter, page).await?;
        Err(if found.is_empty() {
            AppError::NotFound(Missing::Delivery)
        } else {
            AppError::Conflict(Conflict::Disabled)
        })
    }
}

fn clamped(page: ListPage) -> ListPage {
    ListPage {
        limit: page.limit.min(WEBHOOK_PAGE_MAX),
        ..page
    }
}
