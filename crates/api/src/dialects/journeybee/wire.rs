//! JourneyBee's field names, nothing else. Requests and paths mix camelCase with snake_case; so do these.

mod definitions;
mod notes;
mod webhook;

pub(super) use definitions::{CustomFieldDefinition, FieldOption, TagDefinition, UserOfCompany};
pub(super) use notes::{AddedNote, ChangedNote, Note};
pub(super) use webhook::{
    Claims, ExternalSettings, Notification, ToldField, ToldLead, ToldOption, ToldTag, ToldUser,
};

use serde::Serialize;
use serde_json::Value;

pub(super) const COMPANY_NAME: &str = "company_name";
pub(super) const EMAIL: &str = "email";
pub(super) const PHONE_NUMBER: &str = "phone_number";
pub(super) const FIRST_NAME: &str = "first_name";
pub(super) const LAST_NAME: &str = "last_name";
pub(super) const STATUS: &str = "status";
pub(super) const ASSIGNED_USERS: &str = "assignedUsers";
pub(super) const TAGS: &str = "tags";
pub(super) const CUSTOM_FIELDS: &str = "customFields";
pub(super) const CUSTOM_FIELD_ID: &str = "customFieldId";
pub(super) const TYPE: &str = "type";
pub(super) const VALUE: &str = "value";
pub(super) const ASSOCIATION_TYPE: &str = "associationType";
pub(super) const SOURCE: &str = "source";
pub(super) const COMPANY_CAMPAIGN_ID: &str = "companyCampaignId";

// Of a list.
pub(super) const USER_ID: &str = "userId";
pub(super) const CURSOR: &str = "cursor";
pub(super) const SEARCH: &str = "search";
pub(super) const VIEW: &str = "view";
pub(super) const ASSIGNED: &str = "assigned";
pub(super) const UNASSIGNED: &str = "unassigned";
pub(super) const USERS: &str = "users";
pub(super) const PAGE: &str = "page";
pub(super) const SORT: &str = "sort";
pub(super) const ID: &str = "id";
pub(super) const ASC: &str = "asc";

// Of definitions.
pub(super) const LABEL: &str = "label";
pub(super) const ASSOCIATION: &str = "association";
pub(super) const CATEGORY: &str = "category";
pub(super) const PARTNER_TYPE: &str = "partner_type";
pub(super) const BACKGROUND_COLOR: &str = "background_color";
pub(super) const TEXT_COLOR: &str = "text_color";
pub(super) const REQUIRED: &str = "required";
pub(super) const SHARED: &str = "shared";
pub(super) const OPTIONS: &str = "options";

// Of notes.
pub(super) const DOCUMENT: &str = "document";
pub(super) const ATTACHMENTS: &str = "attachments";
pub(super) const MENTIONS: &str = "mentions";

#[derive(Serialize)]
pub(super) struct Error {
    pub(super) error: String,
}

#[derive(Serialize)]
pub(super) struct Changed {
    pub(super) id: u64,
    pub(super) uuid: String,
    pub(super) updated_at: String,
}

/// The answer to a creation of anything but a note.
#[derive(Serialize)]
pub(super) struct Created {
    pub(super) id: u64,
    pub(super) uuid: String,
}

/// A lead; in a list with `total`, by itself with `custom_fields`.
#[derive(Serialize)]
pub(super) struct Lead {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) total: Option<u64>,
    pub(super) id: u64,
    pub(super) uuid: String,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) source: Option<String>,
    pub(super) company_name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone_number: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) status: &'static str,
    pub(super) partner_type: (),
    pub(super) company_id: u64,
    pub(super) created_by_user_id: (),
    pub(super) campaign_id: Option<u64>,
    pub(super) campaign_title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) custom_fields: Option<Vec<CustomField>>,
    pub(super) tags: Vec<Tag>,
    pub(super) assigned_users: Vec<User>,
    pub(super) partnership_leads: [(); 0],
    pub(super) campaign_partners: [(); 0],
    #[serde(rename = "lead_deals")]
    pub(super) deals: [(); 0],
}

#[derive(Serialize)]
pub(super) struct Tag {
    pub(super) id: u64,
    pub(super) label: String,
    pub(super) background_color: String,
    pub(super) text_color: String,
}

#[derive(Serialize)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) email: String,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) color: (),
    pub(super) profile_image_id: (),
    pub(super) profile_image_uuid: (),
}

#[derive(Serialize)]
pub(super) struct CustomField {
    pub(super) id: u64,
    pub(super) label: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) value: Value,
    #[serde(rename = "custom_field_value_id")]
    pub(super) value_id: (),
}
