//! Lists: which leads or calls, in which order, which part.
//!
//! What a filter means is said here once; stores use indexes for as much of it as they can, and ask [`LeadFilter::matches`] of the
//! rest.

use std::borrow::Cow;

use crate::custom_field::CustomValue;
use crate::ids::{CampaignId, FieldId, LeadId, TagId, UserId};
use crate::lead::Lead;
use crate::status::{DialStatus, StageKind};
use crate::time::Timestamp;

/// Which leads. What is `None` or empty leaves all. A deleted lead is in no list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadFilter {
    /// `None`: those of every campaign and of none.
    pub campaigns: Option<Vec<CampaignId>>,
    /// In one of these.
    pub dial_statuses: Vec<DialStatus>,
    /// In one of these.
    pub stage_kinds: Vec<StageKind>,
    pub created_from: Option<Timestamp>,
    /// To before this moment.
    pub created_until: Option<Timestamp>,
    /// A part of the E.164 number; what is no digit in it does not count, but for a leading `+`.
    pub phone_part: Option<String>,
    /// A text that the number, a name, the e-mail, the company or the external id contains, in any case. An empty one leaves
    /// all.
    pub text: Option<Text>,
    /// With one of these.
    pub tags: Vec<TagId>,
    /// Assigned to one of these.
    pub users: Vec<UserId>,
    pub is_assigned: Option<bool>,
    /// With all of these. A text is contained in any case, options of a multi-select are among the chosen ones, every other
    /// value is equal.
    pub custom_fields: Vec<(FieldId, CustomValue)>,
}

/// A text to search for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub text: String,
    /// Leads that are assigned to one of these match too: the users whose names contain the text.
    pub users: Vec<UserId>,
}

/// By what leads are put in order: one without the value before all that have it, texts by their bytes. Equal ones are in
/// the order of their creation, by time and number. A list that descends is the same list backwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LeadOrder {
    #[default]
    CreatedAt,
    /// In the order of [`StageKind::ALL`].
    StageKind,
    /// In the order of [`DialStatus::ALL`].
    DialStatus,
    Phone,
    ExternalId,
}

/// Which part of a list of leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeadPage {
    pub order: LeadOrder,
    pub is_ascending: bool,
    pub start: PageStart,
    pub limit: usize,
    /// Whether the total is asked for. Who reads on where a page ended knows it.
    pub is_counted: bool,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageStart {
    /// After so many.
    Offset(u64),
    /// After this place, in the list's direction; only in the order of creation. Totals are those of the whole list.
    After(Place),
}

/// A place in the order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub created_at: Timestamp,
    /// `None`: after everything of that moment.
    pub id: Option<LeadId>,
}

/// A part of a list of leads.
#[derive(Clone, Debug, PartialEq)]
pub struct LeadList {
    pub leads: Vec<Lead>,
    /// How many there are in all, where that is asked for; else nothing that means anything. Exact for what is in plain columns. Of
    /// a search (texts, tags, users, custom fields) a store counts no more than `limits::LIST_MATCHES_MAX` leads, and looks at no more
    /// than `limits::LIST_LOOKED_MAX` to count them; of a text that more have, it may count those that have its parts, too. Behind that a total is at least the leads up to the end of this page, and one more if there are more.
    pub total: u64,
    pub has_more: bool,
}

impl LeadFilter {
    /// Whether any part of it is more than a store's plain columns can answer.
    pub fn is_searching(&self) -> bool {
        self.phone_part.is_some()
            || self.text.is_some()
            || !self.tags.is_empty()
            || !self.users.is_empty()
            || self.is_assigned.is_some()
            || !self.custom_fields.is_empty()
    }

    /// Whether the lead belongs to the list.
    pub fn matches(&self, lead: &Lead) -> bool {
        lead.deleted_at.is_none() && self.matches_place(lead) && self.matches_content(lead)
    }

    fn matches_place(&self, lead: &Lead) -> bool {
        let in_campaign =
            |ids: &Vec<CampaignId>| lead.campaign_id.is_some_and(|id| ids.contains(&id));
        self.campaigns.as_ref().is_none_or(in_campaign)
            && holds(&self.dial_statuses, &lead.dial_status)
            && holds(&self.stage_kinds, &lead.stage.kind)
            && self.created_from.is_none_or(|from| from <= lead.created_at)
            && self.created_until.is_none_or(|end| lead.created_at < end)
    }

    fn matches_content(&self, lead: &Lead) -> bool {
        let is_assigned = !lead.assigned_users.is_empty();
        self.phone_part
            .as_ref()
            .is_none_or(|part| has_phone_part(lead, part))
            && self.text.as_ref().is_none_or(|text| has_text(lead, text))
            && (self.tags.is_empty() || self.tags.iter().any(|tag| lead.tags.contains(tag)))
            && (self.users.is_empty() || is_assigned_to(lead, &self.users))
            && self.is_assigned.is_none_or(|wanted| wanted == is_assigned)
            && self
                .custom_fields
                .iter()
                .all(|(field, value)| has_value(lead, *field, value))
    }
}

/// Whose text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextOf {
    Phone,
    /// One of the lead's own, but for its number.
    Lead,
    /// A custom field's.
    Field(FieldId),
}

/// The texts of a lead that a search looks into, in lower case, a line each.
pub fn search_text(lead: &Lead) -> String {
    let lines: Vec<_> = search_texts(lead).map(|(_, text)| text).collect();
    lines.join("\n").to_lowercase()
}

/// The same, in their own case, and whose they are. Each may have lines.
pub fn search_texts(lead: &Lead) -> impl Iterator<Item = (TextOf, Cow<'_, str>)> {
    let fields = lead.custom_fields.iter();
    let fields = fields.filter_map(|(field, value)| match value {
        CustomValue::Text(text) => Some((TextOf::Field(*field), Cow::from(text))),
        _ => None,
    });
    own_texts(lead).chain(fields)
}

/// Without those of custom fields.
fn own_texts(lead: &Lead) -> impl Iterator<Item = (TextOf, Cow<'_, str>)> {
    let full_name = match (&lead.first_name, &lead.last_name) {
        (Some(first), Some(last)) => Some(Cow::from(format!("{first} {last}"))),
        _ => None,
    };
    let texts = [
        &lead.first_name,
        &lead.last_name,
        &lead.name,
        &lead.email,
        &lead.company_name,
        &lead.external_id,
    ];
    let texts = texts.into_iter().flatten().map(Cow::from);
    let phone = lead.phone.iter().map(|phone| Cow::from(phone.e164()));
    let phone = phone.map(|phone| (TextOf::Phone, phone));
    phone.chain(
        full_name
            .into_iter()
            .chain(texts)
            .map(|text| (TextOf::Lead, text)),
    )
}

fn holds<T: PartialEq>(wanted: &[T], value: &T) -> bool {
    wanted.is_empty() || wanted.contains(value)
}

fn is_assigned_to(lead: &Lead, users: &[UserId]) -> bool {
    users.iter().any(|user| lead.assigned_users.contains(user))
}

fn has_phone_part(lead: &Lead, part: &str) -> bool {
    let part = phone_part(part);
    lead.phone
        .as_ref()
        .is_some_and(|phone| phone.e164().contains(&part))
}

/// The part of a number as numbers are stored.
pub fn phone_part(part: &str) -> String {
    let digits = part.chars().filter(char::is_ascii_digit);
    let plus = part.trim_start().starts_with('+').then_some('+');
    plus.into_iter().chain(digits).collect()
}

fn has_text(lead: &Lead, wanted: &Text) -> bool {
    let text = wanted.text.to_lowercase();
    if text.is_empty() {
        return true;
    }
    let has = |(_, own): (TextOf, Cow<'_, str>)| {
        own.lines().any(|line| line.to_lowercase().contains(&text))
    };
    own_texts(lead).any(has) || is_assigned_to(lead, &wanted.users)
}

fn has_value(lead: &Lead, field: FieldId, wanted: &CustomValue) -> bool {
    match (lead.custom_fields.get(&field), wanted) {
        (Some(CustomValue::Text(text)), CustomValue::Text(part)) => {
            text.to_lowercase().contains(&part.to_lowercase())
        }
        (Some(CustomValue::MultiSelect(chosen)), CustomValue::MultiSelect(options)) => {
            options.iter().all(|option| chosen.contains(option))
        }
        (Some(value), wanted) => value == wanted,
        (None, _) => false,
    }
}

/// How a call stands, for lists of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallState {
    Active,
    /// Its dialer was not heard of again.
    Expired,
    Ended(DialStatus),
}

/// Which calls. What is `None` or empty leaves all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// `None`: those of every campaign.
    pub campaigns: Option<Vec<CampaignId>>,
    pub lead: Option<LeadId>,
    /// In one of these.
    pub states: Vec<CallState>,
    pub started_from: Option<Timestamp>,
    /// To before this moment.
    pub started_until: Option<Timestamp>,
    /// A part of the number that was called, as in [`LeadFilter`].
    pub phone_part: Option<String>,
    /// Seconds of conversation, at least.
    pub duration_seconds_min: Option<u32>,
    pub duration_seconds_max: Option<u32>,
}

/// Which part of a list of calls, by when they started; those that started at once by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallPage {
    pub is_ascending: bool,
    pub offset: u64,
    pub limit: usize,
}

#[cfg(test)]
mod tests;
