//! News in the words of a subscription's format: which format, and what encoders of every format need.
//!
//! The words are each vendor's (`webhook.rs` in its folder) and our own (`native/webhook.rs`). Sending is the worker's,
//! and so is the subscription's own authentication, which goes on top of what is signed here.

mod sample;
mod sign;

use std::sync::Arc;

use app::deliveries::{Encode, Webhook};
use app::{App, AppError, Context, DueDelivery, News};
use async_trait::async_trait;
use domain::campaign::{Campaign, Workspace};
use domain::event::{Event, FieldChange};
use domain::lead::LeadField;
use domain::subscription::{Format, Subscription};
use domain::{Lead, Timestamp};

pub(crate) use sign::{hmac_sha256, jwt};

use crate::dialects::{autocalls, dialnexa, journeybee, nlpearl, uservox};
use crate::{message_ids, native};

/// The encoder that the worker is given.
pub struct Encoder {
    app: Arc<App>,
}

impl Encoder {
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[async_trait]
impl Encode for Encoder {
    async fn encode(
        &self,
        due: &DueDelivery,
        subscription: &Subscription,
        now: Timestamp,
    ) -> Result<Option<Webhook>, AppError> {
        let sample = sample::instead_of_test(due, subscription.format);
        let telling = Telling {
            app: &self.app,
            id: message_ids::of_news(&due.news, due.key.id),
            news: sample.as_ref().unwrap_or(&due.news),
            is_sample: sample.is_some(),
            subscription,
            at: due.at,
            now,
        };
        match subscription.format {
            Format::Standard => native::standard_webhook(&telling),
            Format::Autocalls => autocalls::call_webhook(&telling).await,
            Format::NlPearlLead => nlpearl::lead_webhook(&telling).await,
            Format::NlPearlCall => nlpearl::call_webhook(&telling).await,
            Format::JourneyBee => journeybee::lead_webhook(&telling).await,
            Format::DialNexa => dialnexa::call_webhook(&telling),
            Format::UserVox => uservox::update_webhook(&telling).await,
        }
    }
}

/// One piece of news on its way to one subscription.
pub(crate) struct Telling<'a> {
    app: &'a App,
    /// The message's own id.
    pub(crate) id: String,
    pub(crate) news: &'a News,
    /// Whether the news is made up for a test.
    pub(crate) is_sample: bool,
    pub(crate) subscription: &'a Subscription,
    /// When there was this news.
    pub(crate) at: Timestamp,
    /// When it is signed.
    pub(crate) now: Timestamp,
}

impl Telling<'_> {
    pub(crate) fn app(&self) -> &App {
        self.app
    }

    /// The event, and the lead as it was after it.
    pub(crate) fn event(&self) -> Option<(&Event, &Lead)> {
        match self.news {
            News::Event { event, lead } => Some((event, lead)),
            News::Result(_) | News::Notice(_) | News::Test => None,
        }
    }

    /// The secrets in the clear, newest first.
    pub(crate) fn secrets(&self) -> Result<Vec<String>, AppError> {
        Ok(self.app.secrets_of(self.subscription)?)
    }

    /// The newest secret, for a format that signs with one.
    pub(crate) fn secret(&self) -> Result<String, AppError> {
        // A subscription of a format that signs is made with one, and its last cannot be removed.
        self.secrets()?.into_iter().next().ok_or(AppError::Internal)
    }

    pub(crate) fn context(&self) -> Context {
        Context::system(self.subscription.workspace_id, "webhook")
    }

    pub(crate) async fn workspace(&self) -> Result<Arc<Workspace>, AppError> {
        self.app.workspace(&self.context()).await
    }

    pub(crate) async fn campaign_of(&self, lead: &Lead) -> Result<Option<Arc<Campaign>>, AppError> {
        self.app
            .campaign_of(&self.context(), lead.campaign_id)
            .await
    }
}

/// How the event changed a whole field.
pub(crate) fn change_of(event: &Event, field: LeadField) -> Option<&FieldChange> {
    event
        .changes
        .iter()
        .find(|change| change.field == field && change.key.is_none())
}

/// JSON that cannot fail: texts, numbers, maps with text keys.
pub(crate) fn json(body: &impl serde::Serialize) -> String {
    serde_json::to_string(body).expect("text keys and plain values always serialise")
}
