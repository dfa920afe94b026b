//! Create, update, delete and read leads, one by one or in lists.

use std::sync::Arc;

use domain::command::{Action, Deletion, Done, Effect, LeadRef, NewLead, Update};
use domain::custom_field::FieldDefinition;
use domain::edit::{Change, Edit};
use domain::event::{Dialect, Event};
use domain::fault::{Fault, Reason, Rejection, Unique};
use domain::lead::{Contact, LeadField};
use domain::limits::{CONTACTS_MAX, HISTORY_PAGE_MAX, LIST_PAGE_MAX, OBJECT_BYTES_MAX, RECEIPT_MS};
use domain::listing::{LeadFilter, LeadList, LeadPage};
use domain::object::Object;
use domain::phone::{PhoneInput, region};
use domain::status::DialStatus;
use domain::{CampaignId, IdKind, Lead, LeadId, Phone};
use store::{CampaignRef, HistoryPage, LeadCounts};

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
    /// Others to try when the lead itself does not answer.
    pub contacts: Vec<NewContact>,
}

/// Another way to reach a lead.
#[derive(Debug)]
pub struct NewContact {
    pub phone: PhoneInput,
    pub variables: Object,
}

impl App {
    pub async fn create_lead(
        &self,
        context: &Context,
        creation: Creation,
    ) -> Result<Done, AppError> {
        let new = self.new_lead(context, creation).await?;
        Ok(self
            .submit(context, Action::Create(Box::new(new)))
            .await??)
    }

    /// As [`Self::create_lead`], but who submits the same lead again within `limits::RECEIPT_MS` gets the first
    /// one's answer: a client that heard nothing may repeat itself.
    pub async fn create_lead_once(
        &self,
        context: &Context,
        creation: Creation,
    ) -> Result<Done, AppError> {
        let new = self.new_lead(context, creation).await?;
        let edit = new.edit.clone();
        let outcome = self.submit(context, Action::Create(Box::new(new))).await?;
        let rejection = match outcome {
            Ok(done) => return Ok(done),
            Err(rejection) => rejection,
        };
        if matches!(rejection, Rejection::Duplicate(_))
            && let Some(lead) = self.made_before(context, &edit).await?
        {
            let (lead, effect) = (Arc::new(lead), Effect::Unchanged);
            return Ok(Done { lead, effect });
        }
        Err(rejection.into())
    }

    /// The lead that the same submission made a moment ago, if that is why it is a duplicate now.
    async fn made_before(&self, context: &Context, edit: &Edit) -> Result<Option<Lead>, AppError> {
        let Change::Set(campaign) = edit.campaign else {
            return Ok(None);
        };
        let reference = match (&edit.external_id, &edit.phone) {
            (Change::Set(external_id), _) => LeadRef::External {
                campaign,
                external_id: external_id.clone(),
            },
            (_, Change::Set(PhoneInput::International(phone))) => LeadRef::Phone {
                campaign,
                e164: phone.e164().to_owned(),
            },
            _ => return Ok(None),
        };
        let found = self.store.lead(context.workspace_id, &reference).await?;
        let since = self.environment.now().plus_millis(-RECEIPT_MS);
        Ok(found
            .filter(|lead| context.scope.allows(lead.campaign_id))
            .filter(|lead| lead.created_at > since && edit.is_met_by(lead)))
    }

    /// A creation with its number, and its phone numbers read.
    pub(crate) async fn new_lead(
        &self,
        context: &Context,
        mut creation: Creation,
    ) -> Result<NewLead, AppError> {
        self.resolve_phone(context, &mut creation.edit).await?;
        let contacts = self.contacts(context, &creation.edit, creation.contacts);
        let contacts = contacts.await?;
        let id = match creation.id {
            Some(id) => id,
            None => self.next_id(IdKind::Lead, LeadId::new).await?,
        };
        Ok(NewLead {
            id,
            edit: creation.edit,
            unique: creation.unique,
            vendor_id: creation.vendor_id,
            contacts,
            is_repeatable: false,
        })
    }

    async fn contacts(
        &self,
        context: &Context,
        edit: &Edit,
        new: Vec<NewContact>,
    ) -> Result<Vec<Contact>, AppError> {
        if new.len() > CONTACTS_MAX {
            let items_max = CONTACTS_MAX;
            let fault = Fault::field(LeadField::Contacts, Reason::TooMany { items_max });
            return Err(AppError::Invalid(vec![fault]));
        }
        let mut contacts = Vec::with_capacity(new.len());
        for NewContact { phone, variables } in new {
            if !variables.is_within_limits() {
                let bytes_max = OBJECT_BYTES_MAX;
                let fault = Fault::field(LeadField::Contacts, Reason::TooLarge { bytes_max });
                return Err(AppError::Invalid(vec![fault]));
            }
            let phone = self.phone(context, edit, phone, LeadField::Contacts);
            contacts.push(Contact {
                phone: phone.await?,
                id: self.next_id(IdKind::Lead, LeadId::new).await?,
                variables,
                dial_status: DialStatus::New,
            });
        }
        Ok(contacts)
    }

    /// Deletes a lead: nobody finds it any more, and its history ends with that event.
    pub async fn delete_lead(
        &self,
        context: &Context,
        deletion: Deletion,
    ) -> Result<Done, AppError> {
        Ok(self
            .submit(context, Action::Delete(Box::new(deletion)))
            .await??)
    }

    /// A page of the leads that the caller may see.
    pub async fn list_leads(
        &self,
        context: &Context,
        mut filter: LeadFilter,
        mut page: LeadPage,
    ) -> Result<LeadList, AppError> {
        filter.campaigns = context.visible(filter.campaigns);
        page.limit = page.limit.min(LIST_PAGE_MAX);
        Ok(self
            .store
            .leads(context.workspace_id, &filter, &page)
            .await?)
    }

    /// How many leads of the campaign stand where.
    pub async fn lead_counts(
        &self,
        context: &Context,
        campaign: CampaignId,
    ) -> Result<LeadCounts, AppError> {
        Ok(self
            .store
            .lead_counts(context.workspace_id, campaign)
            .await?)
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
            .filter(|lead| lead.deleted_at.is_none())
            .filter(|lead| context.scope.allows(lead.campaign_id))
            .filter(|lead| in_campaign.is_none_or(|id| lead.campaign_id == Some(id)))
            .ok_or(AppError::NotFound(Missing::Lead))
    }

    /// The newest lead of the campaign with this number, which is read as a new lead's would be. What is no number is nobody's.
    pub async fn lead_by_phone(
        &self,
        context: &Context,
        campaign: CampaignId,
        number: &str,
    ) -> Result<Lead, AppError> {
        let missing = AppError::NotFound(Missing::Lead);
        let input = PhoneInput::read(number).map_err(|_| missing.clone())?;
        let edit = Edit {
            campaign: Change::Set(campaign),
            ..Edit::default()
        };
        let phone = match self.phone(context, &edit, input, LeadField::Phone).await {
            Err(AppError::Invalid(_)) => return Err(missing),
            phone => phone?,
        };
        let e164 = phone.e164().to_owned();
        let reference = LeadRef::Phone { campaign, e164 };
        self.lead(context, &reference, Some(campaign)).await
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
        if let Change::Set(id) = edit.campaign
            && let Err(AppError::NotFound(_)) =
                self.campaign(context, CampaignRef::Number(id)).await
        {
            return Ok(());
        }
        let phone = self.phone(context, edit, input.clone(), LeadField::Phone);
        edit.phone = Change::Set(PhoneInput::International(phone.await?));
        Ok(())
    }

    /// A number, read in the region of the campaign that the edit names, or of the workspace.
    async fn phone(
        &self,
        context: &Context,
        edit: &Edit,
        input: PhoneInput,
        field: LeadField,
    ) -> Result<Phone, AppError> {
        let campaign = match edit.campaign {
            Change::Set(id) => self.campaign_of(context, Some(id)).await?,
            Change::Leave | Change::Clear => None,
        };
        let workspace = self.workspace(context).await?;
        let code = campaign
            .as_ref()
            .and_then(|campaign| campaign.default_region.as_deref());
        let code = code.or(workspace.default_region.as_deref());
        input
            .resolve(code.and_then(region))
            .map_err(|_| AppError::Invalid(vec![Fault::field(field, Reason::InvalidPhone)]))
    }
}
