//! Deliberate oddities of JourneyBee. Do not copy them.

use domain::Lead;
use domain::custom_field::FieldType;
use domain::object::{Object, ObjectEdit};
use serde_json::{Map, Value};

/// Where a lead came from, in the vendor's words.
pub(super) const SOURCES: [&str; 5] = [
    "manual",
    "campaign",
    "partnership",
    "integration",
    "lead_submission_form",
];

/// What a new lead belongs to. The vendor requires it, and its own first example leaves it out; it is
/// checked and not kept, because partners are not served here.
pub(super) const ASSOCIATION_TYPES: [&str; 3] = ["referral", "reseller", "campaigns"];

/// Members of a creation that say something of partners or of other systems. Dropping them in silence would
/// change what the caller asked for, so they are refused unless there is nothing in them.
pub(super) const NOT_SERVED: [&str; 5] = [
    "partnershipLead",
    "partnerCustomFields",
    "attributions",
    "integrationCustomFields",
    "powerups",
];

/// The one member of a creation that is read and forgotten: it only repeats where the lead came from.
pub(super) const INTEGRATION_NAME: &str = "integrationName";

/// A list asks who is asking: "User ID must match the authenticated user". A key is no user here, so that any user of
/// the company is taken.
///
/// The page does not show the name of the parameter with the filter by custom fields. These are taken; the first that is
/// given counts.
pub(super) const CUSTOM_FIELD_FILTERS: [&str; 3] = ["customFields", "custom_fields", "filters"];

/// The intro page has `pageSize` for all lists; `limit` is what others call it.
pub(super) const PAGE_SIZES: [&str; 2] = ["limit", "pageSize"];

/// Between the time and the number of a precise cursor. A time alone, which has no fraction in the vendor's lists, names
/// the whole second.
pub(super) const PLACE_SEPARATOR: char = '~';

/// The kinds of lists. No lead here came from a partner or went to one, so that three of them are always empty.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    OfPartners,
    OfCampaigns,
}

pub(super) const VIEWS: [&str; 4] = ["received", "sent", "reseller", "campaigns"];

impl View {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "received" | "sent" | "reseller" => Some(Self::OfPartners),
            "campaigns" => Some(Self::OfCampaigns),
            _ => None,
        }
    }
}

/// Kept on tags and custom fields, and filtered by; it means nothing here.
pub(super) const PARTNER_TYPES: [&str; 2] = ["referral", "reseller"];

/// What custom fields can belong to. A `card` has tags only.
pub(super) const CATEGORIES: [&str; 3] = ["lead", "lead_deal", "partner"];

/// Users have no roles here: each may be assigned anything.
pub(super) const ROLE: &str = "admin";

/// The source has no field of its own: it is kept among the lead's variables under this name.
const SOURCE_VARIABLE: &str = "source";

pub(super) fn keep_source(source: &str) -> ObjectEdit {
    let mut members = Map::new();
    members.insert(SOURCE_VARIABLE.to_owned(), source.into());
    ObjectEdit::Merge(Object::new(members))
}

/// The source as it was given; `None` if the lead's variable of that name is something else.
pub(super) fn show_source(lead: &Lead) -> Option<&str> {
    let source = lead.variables.members().get(SOURCE_VARIABLE)?.as_str()?;
    SOURCES.contains(&source).then_some(source)
}

/// The one member of a value object, named after the type; a `textarea` travels as `text`, and is also
/// taken under its own name.
pub(super) fn value_member(field_type: FieldType, value: &Map<String, Value>) -> &'static str {
    let is_text = FieldType::Text.name();
    match field_type {
        FieldType::Textarea if value.contains_key(is_text) => is_text,
        FieldType::Textarea if !value.contains_key(FieldType::Textarea.name()) => is_text,
        other => other.name(),
    }
}
