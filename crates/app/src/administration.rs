//! What an operator sets up: workspaces, campaigns, tags, users, fields, keys.

use domain::campaign::{Campaign, CampaignState, Stage, Transitions, Workspace};
use domain::command::Scope;
use domain::custom_field::{Association, FieldDefinition, FieldOption, FieldType, Tag, User};
use domain::dialing::Dialing;
use domain::event::Dialect;
use domain::object::Object;
use domain::subscription::{Filter, Format, Topic};
use domain::time_zone::TimeZone;
use domain::{CampaignId, FieldId, IdKind, KeyId, OptionId, TagId, UserId, WorkspaceId};
use store::{ApiKey, CampaignRef, Permissions, StoreHealth};

use crate::context::Context;
use crate::error::AppError;
use crate::subscriptions::{NewSubscription, PlainAuth};
use crate::vault::VaultError;
use crate::{App, access};

/// A workspace to create.
#[derive(Debug, Default)]
pub struct NewWorkspace {
    pub name: String,
    pub default_region: Option<String>,
    /// See [`Workspace::blocks_repeats`].
    pub blocks_repeats: bool,
}

impl NewWorkspace {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }
}

/// A campaign to create. What is `None` or empty takes the workspace's.
#[derive(Debug, Default)]
pub struct NewCampaign {
    pub id: Option<CampaignId>,
    pub name: String,
    pub state: CampaignState,
    pub default_region: Option<String>,
    pub time_zone: Option<TimeZone>,
    pub stages: Vec<Stage>,
    pub transitions: Transitions,
    pub dispositions: Vec<String>,
    /// Who speaks on its calls.
    pub agent: Option<String>,
    pub dialing: Dialing,
    pub settings: Object,
    /// URLs that hear the results of updates of its leads which were accepted to run later.
    pub callbacks: Vec<(String, PlainAuth)>,
}

/// A key to create.
#[derive(Debug)]
pub struct NewKey {
    pub label: String,
    pub permissions: Permissions,
    pub dialects: Option<Vec<Dialect>>,
    pub scope: Scope,
    pub has_bare_lists: bool,
    /// A fixed text, for the demo only; `None` mints one.
    pub token: Option<String>,
}

/// A custom field to create.
#[derive(Debug)]
pub struct NewField {
    pub id: Option<FieldId>,
    pub label: String,
    pub field_type: FieldType,
    pub association: Association,
    /// Labels, each with a fixed id or none.
    pub options: Vec<(Option<OptionId>, String)>,
    pub partner_type: Option<String>,
    pub is_required: bool,
    pub is_shared: bool,
}

/// A tag to create.
#[derive(Debug)]
pub struct NewTag {
    pub id: Option<TagId>,
    pub label: String,
    pub association: Association,
    pub partner_type: Option<String>,
    /// `#RRGGBB`; `None` takes the usual.
    pub background_color: Option<String>,
    pub text_color: Option<String>,
}

impl NewTag {
    pub fn new(id: Option<TagId>, label: &str, association: Association) -> Self {
        Self {
            id,
            label: label.to_owned(),
            association,
            partner_type: None,
            background_color: None,
            text_color: None,
        }
    }
}

impl App {
    pub async fn create_workspace(&self, new: NewWorkspace) -> Result<Workspace, AppError> {
        let workspace = self.new_workspace(new).await?;
        self.store.create_workspace(&workspace).await?;
        Ok(workspace)
    }

    /// Creates a workspace in an empty book; `None` if the book has one, also if another process was faster.
    pub async fn create_first_workspace(
        &self,
        new: NewWorkspace,
    ) -> Result<Option<Workspace>, AppError> {
        if !self.workspaces().await?.is_empty() {
            return Ok(None);
        }
        let workspace = self.new_workspace(new).await?;
        let is_first = self.store.create_first_workspace(&workspace).await?;
        Ok(is_first.then_some(workspace))
    }

    async fn new_workspace(&self, new: NewWorkspace) -> Result<Workspace, AppError> {
        Ok(Workspace {
            id: self.next_id(IdKind::Workspace, WorkspaceId::new).await?,
            name: new.name,
            created_at: self.environment.now(),
            default_region: new.default_region,
            stages: Stage::default_list(),
            blocks_repeats: new.blocks_repeats,
        })
    }

    pub async fn workspaces(&self) -> Result<Vec<Workspace>, AppError> {
        Ok(self.store.workspaces().await?)
    }

    pub async fn create_campaign(
        &self,
        workspace: &Workspace,
        new: NewCampaign,
    ) -> Result<Campaign, AppError> {
        // Before there is a campaign without its callbacks.
        let is_secret = |(_, auth): &(String, PlainAuth)| *auth != PlainAuth::None;
        if self.vault.is_none() && new.callbacks.iter().any(is_secret) {
            return Err(VaultError::NoKey.into());
        }
        let now = self.environment.now();
        let campaign = Campaign {
            id: match new.id {
                Some(id) => id,
                None => self.next_id(IdKind::Campaign, CampaignId::new).await?,
            },
            workspace_id: workspace.id,
            version: 1,
            name: new.name,
            created_at: now,
            updated_at: now,
            state: new.state,
            default_region: new.default_region,
            time_zone: new.time_zone,
            stages: if new.stages.is_empty() {
                workspace.stages.clone()
            } else {
                new.stages
            },
            transitions: new.transitions,
            dispositions: new.dispositions,
            agent: new.agent,
            dialing: new.dialing,
            settings: new.settings,
        };
        self.store.create_campaign(&campaign).await?;
        for (url, auth) in new.callbacks {
            self.create_callback(&campaign, &url, auth).await?;
        }
        Ok(campaign)
    }

    async fn create_callback(
        &self,
        campaign: &Campaign,
        url: &str,
        auth: PlainAuth,
    ) -> Result<(), AppError> {
        let new = NewSubscription {
            description: Some(format!("results for {}", campaign.name)),
            filter: Filter {
                topics: [Topic::UpdateFinished].into(),
                campaigns: [campaign.id].into(),
                ..Filter::default()
            },
            auth,
            ..NewSubscription::new(url, Format::UserVox)
        };
        let context = Context::operator(campaign.workspace_id);
        self.create_subscription(&context, new).await?;
        Ok(())
    }

    /// The campaign by its number; an operator sees every one of the workspace.
    pub async fn campaign_by_number(
        &self,
        workspace: WorkspaceId,
        campaign: CampaignId,
    ) -> Result<Option<Campaign>, AppError> {
        Ok(self
            .store
            .campaign(workspace, &CampaignRef::Number(campaign))
            .await?)
    }

    pub async fn create_tag(&self, workspace: WorkspaceId, new: NewTag) -> Result<Tag, AppError> {
        // The colours that JourneyBee gives a tag that names none.
        let color = |color: Option<String>, usual: &str| color.unwrap_or_else(|| usual.to_owned());
        let tag = Tag {
            id: match new.id {
                Some(id) => id,
                None => self.next_id(IdKind::Tag, TagId::new).await?,
            },
            label: new.label,
            association: new.association,
            partner_type: new.partner_type,
            background_color: color(new.background_color, "#6B7280"),
            text_color: color(new.text_color, "#FFFFFF"),
        };
        self.store.create_tag(workspace, &tag).await?;
        Ok(tag)
    }

    pub async fn create_user(
        &self,
        workspace: WorkspaceId,
        id: Option<UserId>,
        email: &str,
        first_name: Option<String>,
        last_name: Option<String>,
    ) -> Result<User, AppError> {
        let id = match id {
            Some(id) => id,
            None => self.next_id(IdKind::User, UserId::new).await?,
        };
        let user = User {
            id,
            created_at: self.environment.now(),
            email: email.to_owned(),
            first_name,
            last_name,
        };
        self.store.create_user(workspace, &user).await?;
        Ok(user)
    }

    pub async fn create_field(
        &self,
        workspace: WorkspaceId,
        new: NewField,
    ) -> Result<FieldDefinition, AppError> {
        let mut options = Vec::with_capacity(new.options.len());
        for (id, label) in new.options {
            let id = match id {
                Some(id) => id,
                None => self.next_id(IdKind::Option, OptionId::new).await?,
            };
            options.push(FieldOption { id, label });
        }
        let field = FieldDefinition {
            id: match new.id {
                Some(id) => id,
                None => self.next_id(IdKind::Field, FieldId::new).await?,
            },
            label: new.label,
            field_type: new.field_type,
            association: new.association,
            options,
            partner_type: new.partner_type,
            is_required: new.is_required,
            is_shared: new.is_shared,
        };
        self.store.create_field(workspace, &field).await?;
        Ok(field)
    }

    /// Creates a key; the text is returned once and cannot be read again.
    pub async fn create_key(
        &self,
        workspace: WorkspaceId,
        new: NewKey,
    ) -> Result<(ApiKey, String), AppError> {
        let token = new.token.unwrap_or_else(|| self.mint_token());
        let hint = token.split(':').next().unwrap_or_default();
        let key = ApiKey {
            id: self.next_id(IdKind::Key, KeyId::new).await?,
            workspace_id: workspace,
            label: new.label,
            // A token without a colon is a demo's literal one, and no secret.
            hint: hint.to_owned(),
            permissions: new.permissions,
            dialects: new.dialects,
            scope: new.scope,
            has_bare_lists: new.has_bare_lists,
            created_at: self.environment.now(),
            revoked_at: None,
        };
        self.store.create_key(&key, &access::hash(&token)).await?;
        Ok((key, token))
    }

    pub async fn keys(&self, workspace: WorkspaceId) -> Result<Vec<ApiKey>, AppError> {
        Ok(self.store.keys(workspace).await?)
    }

    /// `false` if the workspace has no such key.
    pub async fn revoke_key(&self, workspace: WorkspaceId, key: KeyId) -> Result<bool, AppError> {
        Ok(self
            .store
            .revoke_key(workspace, key, self.environment.now())
            .await?)
    }

    /// Lets a vendor's own campaign id name a campaign.
    pub async fn alias_campaign(
        &self,
        campaign: &Campaign,
        dialect: Dialect,
        id: &str,
    ) -> Result<(), AppError> {
        let workspace = campaign.workspace_id;
        Ok(self
            .store
            .create_campaign_alias(workspace, dialect, id, campaign.id)
            .await?)
    }

    /// Leaves the numbers below `first` to fixed ids.
    pub async fn start_ids_at(&self, first: u64) -> Result<(), AppError> {
        for kind in IdKind::ALL {
            self.store.start_ids_at(kind, first).await?;
        }
        Ok(())
    }

    pub async fn health(&self) -> Result<StoreHealth, AppError> {
        Ok(self.store.health(self.environment.now()).await?)
    }

    /// 24 hex digits, a colon, 32 letters and digits: a form that every served vendor's clients accept.
    fn mint_token(&self) -> String {
        const ALPHABET: &[u8; 62] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut id = [0; 12];
        self.environment.fill(&mut id);
        let mut token = hex::encode(id);
        token.push(':');
        while token.len() < 24 + 1 + 32 {
            let mut byte = [0];
            self.environment.fill(&mut byte);
            // Bytes past the last multiple of 62 are drawn again, so that no letter is likelier.
            if byte[0] < 248 {
                token.push(char::from(ALPHABET[usize::from(byte[0]) % ALPHABET.len()]));
            }
        }
        token
    }
}
