//! JourneyBee's field names, nothing else. Requests and paths mix camelCase with snake_case; so do these.

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

#[derive(Serialize)]
pub(super) struct Created {
    pub(super) id: u64,
    pub(super) uuid: String,
}

#[derive(Serialize)]
pub(super) struct Lead {
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
    pub(super) tags: Vec<Tag>,
    pub(super) assigned_users: Vec<User>,
    pub(super) partnership_leads: [(); 0],
    pub(super) campaign_partners: [(); 0],
    #[serde(rename = "lead_deals")]
    pub(super) deals: [(); 0],
    pub(super) custom_fields: Vec<CustomField>,
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

/// The body of `lead_created` and `lead_updated`. It has no status and no numeric id.
#[derive(Serialize)]
pub(super) struct Notification<'a> {
    pub(super) lead: ToldLead<'a>,
    pub(super) configuration: [(); 0],
}

#[derive(Serialize)]
pub(super) struct ToldLead<'a> {
    pub(super) uuid: String,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    pub(super) company_name: Option<&'a str>,
    pub(super) email: Option<&'a str>,
    pub(super) phone_number: Option<&'a str>,
    pub(super) first_name: Option<&'a str>,
    pub(super) last_name: Option<&'a str>,
    pub(super) created_by_user_uuid: (),
    pub(super) created_by_user_email: (),
    pub(super) created_by_user_first_name: (),
    pub(super) created_by_user_last_name: (),
    pub(super) custom_fields: Vec<ToldField<'a>>,
    pub(super) tags: Vec<ToldTag>,
    pub(super) assigned_users: Vec<ToldUser>,
    pub(super) received_from_company: [(); 0],
    pub(super) sent_to_companies: [(); 0],
}

#[derive(Serialize)]
pub(super) struct ToldField<'a> {
    pub(super) uuid: String,
    pub(super) label: &'a str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) value: Value,
    #[serde(rename = "custom_field_value_uuid")]
    pub(super) value_uuid: (),
    pub(super) options: Vec<ToldOption<'a>>,
}

#[derive(Serialize)]
pub(super) struct ToldOption<'a> {
    pub(super) id: u64,
    pub(super) label: &'a str,
}

#[derive(Serialize)]
pub(super) struct ToldTag {
    pub(super) uuid: String,
    pub(super) label: String,
}

#[derive(Serialize)]
pub(super) struct ToldUser {
    pub(super) uuid: String,
    pub(super) email: String,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
}

/// What the token says.
#[derive(Serialize)]
pub(super) struct Claims<'a> {
    pub(super) company_uuid: String,
    pub(super) user_uuid: (),
    pub(super) event_id: &'static str,
    pub(super) external_settings: ExternalSettings,
    pub(super) jti: &'a str,
    pub(super) iat: i64,
    pub(super) exp: i64,
}

#[derive(Serialize)]
pub(super) struct ExternalSettings {
    pub(super) authorisation: [(); 0],
}
