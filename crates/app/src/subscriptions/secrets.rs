//! The secrets of subscriptions: what form they have, making, sealing and opening them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::subscription::{Auth, Format, Sealed, Subscription};
use domain::{SubscriptionId, WorkspaceId};

use super::PlainAuth;
use crate::App;
use crate::error::AppError;
use crate::vault::VaultError;

/// Bytes of a secret that Leadbook makes. Standard Webhooks asks for 24 to 64.
const SECRET_BYTES: usize = 32;

/// What a format signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretForm {
    /// It does not sign.
    None,
    /// `whsec_` and 24 to 64 bytes in base64 (Standard Webhooks).
    WebhookKey,
    /// A UUID, or any text (JourneyBee signs with the integration's UUID).
    Uuid,
    /// Any text.
    Text,
}

impl SecretForm {
    pub const fn of(format: Format) -> Self {
        match format {
            Format::Standard => Self::WebhookKey,
            Format::JourneyBee => Self::Uuid,
            Format::DialNexa => Self::Text,
            Format::Autocalls | Format::NlPearlLead | Format::NlPearlCall | Format::UserVox => {
                Self::None
            }
        }
    }

    /// Whether a text that the owner brings along has this form.
    pub(super) fn fits(self, text: &str) -> bool {
        match self {
            Self::None => false,
            Self::WebhookKey => text
                .strip_prefix("whsec_")
                .and_then(|key| STANDARD.decode(key).ok())
                .is_some_and(|key| (24..=64).contains(&key.len())),
            Self::Uuid | Self::Text => {
                (8..=255).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic())
            }
        }
    }
}

impl App {
    /// A new secret of the format's form.
    pub(super) fn mint_secret(&self, format: Format) -> Option<String> {
        let mut bytes = [0; SECRET_BYTES];
        self.environment.fill(&mut bytes);
        match SecretForm::of(format) {
            SecretForm::None => None,
            SecretForm::WebhookKey => Some(format!("whsec_{}", STANDARD.encode(bytes))),
            SecretForm::Uuid => Some(uuid(&bytes)),
            SecretForm::Text => Some(hex::encode(bytes)),
        }
    }

    pub(super) fn seal(
        &self,
        workspace: WorkspaceId,
        subscription: SubscriptionId,
        text: &str,
    ) -> Result<Sealed, AppError> {
        let vault = self.vault.as_ref().ok_or(VaultError::NoKey)?;
        Ok(vault.seal(&*self.environment, &owner(workspace, subscription), text)?)
    }

    /// The secrets in the clear, newest first: to sign with.
    pub fn secrets_of(&self, subscription: &Subscription) -> Result<Vec<String>, VaultError> {
        let secrets = subscription.secrets.iter();
        secrets
            .map(|secret| self.open(subscription, &secret.sealed))
            .collect()
    }

    /// How to identify to the endpoint, in the clear.
    pub fn auth_of(&self, subscription: &Subscription) -> Result<PlainAuth, VaultError> {
        Ok(match &subscription.auth {
            Auth::None => PlainAuth::None,
            Auth::Bearer(token) => PlainAuth::Bearer(self.open(subscription, token)?),
            Auth::Header { name, value } => PlainAuth::Header {
                name: name.clone(),
                value: self.open(subscription, value)?,
            },
        })
    }

    fn open(&self, subscription: &Subscription, sealed: &Sealed) -> Result<String, VaultError> {
        let vault = self.vault.as_ref().ok_or(VaultError::NoKey)?;
        let owner = owner(subscription.workspace_id, subscription.id);
        vault.open(&owner, sealed)
    }
}

/// What a sealed text is bound to.
fn owner(workspace: WorkspaceId, subscription: SubscriptionId) -> String {
    format!("workspace {workspace} subscription {subscription}")
}

/// A UUID of version 4 (RFC 9562).
fn uuid(random: &[u8; SECRET_BYTES]) -> String {
    let mut bytes = random[..16].to_vec();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex::encode(bytes);
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}
