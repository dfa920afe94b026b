//! Why a use case gave no success, by what the caller should do about it.
//!
//! Every dialect maps these to its envelope in one match without a wildcard, so a new kind must be answered
//! in each. What a store said is logged here, once, and never reaches a client.

use domain::fault::{Claimability, Fault, Rejection, Unique};
use domain::limits::QUEUE_RETRY_AFTER_SECONDS;
use store::StoreError;

use crate::vault::VaultError;

/// A use case's refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppError {
    #[error("no key, or none that is valid")]
    Unauthenticated,
    #[error("the key may not do this")]
    Denied(Denial),
    #[error("no such object in this workspace")]
    NotFound(Missing),
    /// Never empty.
    #[error("the input is not valid")]
    Invalid(Vec<Fault>),
    #[error("the lead is not in a state that allows this")]
    Conflict(Conflict),
    /// Too much waits already, or the store does not answer; the same request may pass later.
    #[error("not possible just now: too much is waiting, or the store does not answer")]
    Unavailable { retry_after_seconds: u64 },
    #[error("the store's volume is full")]
    StorageFull,
    /// A bug or a broken store. The log has the details.
    #[error("internal error")]
    Internal,
}

/// What a valid key lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    Read,
    Write,
    Dialect,
    /// The caller names a workspace that is not the key's.
    Workspace,
    /// What concerns the whole workspace, for a key that is limited to campaigns.
    Scope,
}

/// What was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    Lead,
    Campaign,
    Call,
    Subscription,
    /// Of a subscription.
    Secret,
    /// A delivery or a dead letter.
    Delivery,
    Note,
    /// No campaign names this agent.
    Agent,
}

/// What a workspace may have only so many of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    Campaigns,
    Tags,
    Fields,
    Users,
    /// On one lead.
    Notes,
    /// Not revoked.
    Keys,
}

/// Which state is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    Locked,
    CallActive,
    VersionMismatch {
        current: u64,
    },
    Duplicate(Unique),
    NotClaimable(Claimability),
    FenceMismatch,
    TooManyWaiting,
    /// The subscription is disabled.
    Disabled,
    /// The operator gave the server no key to keep secrets under.
    NoSecretKey,
    /// The campaign is completed, cancelled or deleted.
    CampaignOver,
    /// The agent of a campaign that has made calls stays.
    AgentFixed,
    /// The workspace has as many of these as it may have.
    LimitReached(Counted),
}

impl AppError {
    pub(crate) const QUEUE_FULL: Self = Self::Unavailable {
        retry_after_seconds: QUEUE_RETRY_AFTER_SECONDS,
    };

    /// Whether the same request may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::StorageFull)
    }
}

impl From<Rejection> for AppError {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::LeadNotFound => Self::NotFound(Missing::Lead),
            Rejection::CampaignDenied => Self::NotFound(Missing::Campaign),
            Rejection::Invalid(faults) => Self::Invalid(faults),
            Rejection::Locked => Self::Conflict(Conflict::Locked),
            Rejection::CallActive => Self::Conflict(Conflict::CallActive),
            Rejection::VersionMismatch { current } => {
                Self::Conflict(Conflict::VersionMismatch { current })
            }
            Rejection::Duplicate(unique) => Self::Conflict(Conflict::Duplicate(unique)),
            Rejection::NotClaimable(why) => Self::Conflict(Conflict::NotClaimable(why)),
            Rejection::FenceMismatch => Self::Conflict(Conflict::FenceMismatch),
            Rejection::TooManyWaiting => Self::Conflict(Conflict::TooManyWaiting),
            Rejection::CampaignOver => Self::Conflict(Conflict::CampaignOver),
        }
    }
}

impl From<VaultError> for AppError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::NoKey => Self::Conflict(Conflict::NoSecretKey),
            VaultError::UnknownKey(_) | VaultError::Damaged => {
                tracing::error!(%error, "a secret cannot be read");
                Self::Internal
            }
        }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        let chain = chain(&error);
        match error {
            StoreError::Unavailable(_) => {
                tracing::warn!(error = chain, "the store is not available");
                Self::QUEUE_FULL
            }
            StoreError::Full(_) => {
                tracing::error!(error = chain, "the store's volume is full");
                Self::StorageFull
            }
            StoreError::Conflict { .. } | StoreError::Corrupt { .. } | StoreError::Backend(_) => {
                tracing::error!(error = chain, "the store failed");
                Self::Internal
            }
        }
    }
}

/// The whole chain of causes in one line, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
