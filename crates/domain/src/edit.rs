//! What a caller wants changed: per field leave, set or clear.
//!
//! An edit knows no vendor and decides nothing. Absent never clears anything; a dialect that cannot
//! clear simply never says [`Change::Clear`].

use crate::custom_field::{CustomValue, FieldType};
use crate::ids::{CampaignId, FieldId, TagId, UserId};
use crate::lead::Lead;
use crate::object::ObjectEdit;
use crate::phone::PhoneInput;
use crate::status::{DialStatus, StageKind};
use crate::time::Timestamp;
use crate::time_zone::TimeZone;

/// One field's part of an edit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    #[default]
    Leave,
    Set(T),
    Clear,
}

/// A set's part of an edit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SetEdit<T> {
    #[default]
    Leave,
    Replace(Vec<T>),
    Add(Vec<T>),
    Remove(Vec<T>),
}

/// What happens to the stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StageEdit {
    #[default]
    Leave,
    /// The first stage of this kind in the lead's campaign; stays if the lead is in one of that kind.
    OfKind(StageKind),
    /// This stage, whatever the campaign's transitions say.
    Named(String),
    /// A move under the campaign's rules on transitions and dispositions.
    Transition {
        to: Option<String>,
        disposition: Option<String>,
    },
}

/// A status set by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusEdit {
    pub to: DialStatus,
    /// Statuses that the caller's vocabulary shows as the same word: a lead in one of them stays.
    pub same_as: Vec<DialStatus>,
}

/// A value for one custom field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomFieldEdit {
    pub field: FieldId,
    /// The type the caller believes the field has; `None` says nothing.
    pub declared_type: Option<FieldType>,
    /// `None` removes the value.
    pub value: Option<CustomValue>,
}

/// What a caller wants of one lead. The default changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    pub campaign: Change<CampaignId>,
    pub external_id: Change<String>,
    pub phone: Change<PhoneInput>,
    pub first_name: Change<String>,
    pub last_name: Change<String>,
    pub name: Change<String>,
    pub email: Change<String>,
    pub company_name: Change<String>,
    pub time_zone: Change<TimeZone>,
    pub variables: ObjectEdit,
    pub collected: ObjectEdit,
    /// Named fields only; the others stay.
    pub custom_fields: Vec<CustomFieldEdit>,
    pub notes: Change<String>,
    pub tags: SetEdit<TagId>,
    pub assigned_users: SetEdit<UserId>,
    pub dial_status: Option<StatusEdit>,
    pub stage: StageEdit,
    pub disposition: Change<String>,
    pub next_attempt_at: Change<Timestamp>,
}

impl<T> Change<T> {
    /// `Some(value)` sets, `None` leaves: for wires on which absent and null mean the same.
    pub fn set_if(value: Option<T>) -> Self {
        value.map_or(Self::Leave, Self::Set)
    }

    /// Puts the change into a field.
    pub fn apply(self, slot: &mut Option<T>) {
        match self {
            Self::Leave => {}
            Self::Set(value) => *slot = Some(value),
            Self::Clear => *slot = None,
        }
    }

    /// Whether a new lead's field with this value is what the change makes of it.
    fn is_met_by(&self, value: Option<&T>) -> bool
    where
        T: PartialEq,
    {
        match self {
            Self::Set(wanted) => value == Some(wanted),
            Self::Leave | Self::Clear => value.is_none(),
        }
    }

    pub const fn is_leave(&self) -> bool {
        matches!(self, Self::Leave)
    }
}

impl<T> SetEdit<T> {
    /// The members the edit names, whatever it does with them.
    pub fn named(&self) -> &[T] {
        match self {
            Self::Leave => &[],
            Self::Replace(items) | Self::Add(items) | Self::Remove(items) => items,
        }
    }
}

impl Edit {
    /// Whether a lead is already what this edit, a new lead's, would make it. An edit of more than contact data and
    /// variables never is.
    pub fn is_met_by(&self, lead: &Lead) -> bool {
        let plain = Self {
            campaign: self.campaign.clone(),
            external_id: self.external_id.clone(),
            phone: self.phone.clone(),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            name: self.name.clone(),
            email: self.email.clone(),
            company_name: self.company_name.clone(),
            variables: self.variables.clone(),
            ..Self::default()
        };
        let phone = match &self.phone {
            Change::Set(PhoneInput::International(phone)) => {
                lead.phone.as_ref().map(crate::Phone::e164) == Some(phone.e164())
            }
            Change::Set(PhoneInput::National(_)) => false,
            Change::Leave | Change::Clear => lead.phone.is_none(),
        };
        plain == *self
            && phone
            && self.campaign.is_met_by(lead.campaign_id.as_ref())
            && self.external_id.is_met_by(lead.external_id.as_ref())
            && self.first_name.is_met_by(lead.first_name.as_ref())
            && self.last_name.is_met_by(lead.last_name.as_ref())
            && self.name.is_met_by(lead.name.as_ref())
            && self.email.is_met_by(lead.email.as_ref())
            && self.company_name.is_met_by(lead.company_name.as_ref())
            && crate::Object::default()
                .edited(&self.variables)
                .is_same_text(&lead.variables)
    }

    /// Whether deciding this edit needs to know the campaign of the lead (stages, region).
    pub fn needs_campaign(&self) -> bool {
        !matches!(self.stage, StageEdit::Leave)
            || !self.campaign.is_leave()
            || matches!(self.phone, Change::Set(PhoneInput::National(_)))
    }

    /// The campaign the lead will be in.
    pub fn target_campaign(&self, lead: &Lead) -> Option<CampaignId> {
        match self.campaign {
            Change::Leave => lead.campaign_id,
            Change::Set(campaign) => Some(campaign),
            Change::Clear => None,
        }
    }
}

#[cfg(test)]
mod tests;
