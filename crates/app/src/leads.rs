//! Create, update and read leads.

use domain::command::{Action, Done, LeadRef, NewLead, Update};
use domain::custom_field::{FieldDefinition, Tag, User};
use domain::edit::{Change, Edit};
use domain::event::{Dialect, Event};
use domain::fault::{Fault, Reason, Unique};
use domain::lead::LeadField;
use domain::limits::HISTORY_PAGE_MAX;
use domain::phone::{PhoneInput, region};
use domain::{CampaignId, IdKind, Lead, LeadId};
use store::{CampaignRef, HistoryPage};

use crate::App;
use crate::context::Context;
use crate::error::{AppError, Missing};

/// A lead to create.
#[derive(Debug, Default)]
pub struct Creation {
    pub edit: Edit,
    /// What must not exist yet.
    pub unique: Vec<Unique>,
    /// A fixed number, for the demo and for imports; `None` takes the next.
    pub id: Option<LeadId>,
    /// The id an import brings along.
    pub vendor_id: Option<(Dialect, String)>,
}

impl App {
    pub async fn create_lead(
        &self,
        context: &Context,
        mut creation: Creation,
    ) -> Result<Done, AppError> {
        self.resolve_phone(context, &mut creation.edit).await?;
        let id = match creation.id {
            Some(id) => id,
            None => self.next_id(IdKind::Lead, LeadId::new).await?,
        };
        let Creation {
            edit,
            unique,
            vendor_id,
            ..
        } = creation;
        let new = NewLead {
            id,
            edit,
            unique,
            vendor_id,
        };
        Ok(self
            .submit(context, Action::Create(Box::new(new)))
            .await??)
    }

    pub async fn update_lead(&self, context: &Context, update: Update) -> Result<Done, AppError> {
        Ok(self
            .submit(context, Action::Update(Box::new(update)))
            .await??)
    }

    /// The error for an update whose input is faulty. Faulty input never enters the write queue; one
    /// read decides whether "no such lead" or the guard's refusal comes before the faults. `update.edit` is
    /// what could be decoded: an unknown campaign in it is named beside the other faults.
    pub async fn refuse_update(
        &self,
        context: &Context,
        update: &Update,
        mut faults: Vec<Fault>,
    ) -> AppError {
        let lead = match self.lead(context, &update.lead, update.in_campaign).await {
            Err(error) => return error,
            Ok(lead) => lead,
        };
        if let Err(rejection) = update.guard.check(&lead, self.environment.now()) {
            return rejection.into();
        }
        if let Change::Set(id) = update.edit.campaign {
            match self
                .store
                .campaign(context.workspace_id, &CampaignRef::Number(id))
                .await
            {
                Err(error) => return error.into(),
                Ok(Some(_)) => {}
                Ok(None) => faults.push(Fault::field(
                    LeadField::CampaignId,
                    Reason::UnknownReference(id.to_string()),
                )),
            }
        }
        AppError::Invalid(faults)
    }

    pub async fn lead(
        &self,
        context: &Context,
        lead: &LeadRef,
        in_campaign: Option<CampaignId>,
    ) -> Result<Lead, AppError> {
        self.store
            .lead(context.workspace_id, lead)
            .await?
            .filter(|lead| context.scope.allows(lead.campaign_id))
            .filter(|lead| in_campaign.is_none_or(|id| lead.campaign_id == Some(id)))
            .ok_or(AppError::NotFound(Missing::Lead))
    }

    /// A lead's events, newest first.
    pub async fn history(
        &self,
        context: &Context,
        lead: LeadId,
        page: HistoryPage,
    ) -> Result<Vec<Event>, AppError> {
        self.lead(context, &LeadRef::Number(lead), None).await?;
        let page = HistoryPage {
            limit: page.limit.min(HISTORY_PAGE_MAX),
            ..page
        };
        Ok(self.store.history(context.workspace_id, lead, page).await?)
    }

    pub async fn tags_of(&self, lead: &Lead) -> Result<Vec<Tag>, AppError> {
        let ids: Vec<_> = lead.tags.iter().copied().collect();
        Ok(self.store.tags(lead.workspace_id, &ids).await?)
    }

    pub async fn users_of(&self, lead: &Lead) -> Result<Vec<User>, AppError> {
        let ids: Vec<_> = lead.assigned_users.iter().copied().collect();
        Ok(self.store.users(lead.workspace_id, &ids).await?)
    }

    /// Every custom field definition of the caller's workspace.
    pub async fn fields(&self, context: &Context) -> Result<Vec<FieldDefinition>, AppError> {
        Ok(self.store.fields(context.workspace_id).await?)
    }

    /// Reads a national number of a new lead before it is queued: what must be unique is looked up by the
    /// canonical form. An unknown campaign is left to the decision, which names it.
    async fn resolve_phone(&self, context: &Context, edit: &mut Edit) -> Result<(), AppError> {
        let Change::Set(input @ PhoneInput::National(_)) = &edit.phone else {
            return Ok(());
        };
        let campaign = match edit.campaign {
            Change::Set(id) => match self.campaign(context, CampaignRef::Number(id)).await {
                Err(AppError::NotFound(_)) => return Ok(()),
                found => Some(found?),
            },
            Change::Leave | Change::Clear => None,
        };
        let workspace = self.workspace(context).await?;
        let code = campaign
            .as_ref()
            .and_then(|campaign| campaign.default_region.as_deref());
        let code = code.or(workspace.default_region.as_deref());
        let phone = input.clone().resolve(code.and_then(region)).map_err(|_| {
            AppError::Invalid(vec![Fault::field(LeadField::Phone, Reason::InvalidPhone)])
        })?;
        edit.phone = Change::Set(PhoneInput::International(phone));
        Ok(())
    }
}
