//! The names in the webhooks of an integration: `lead_created`, `lead_updated` and `lead_deleted`.

use serde::Serialize;
use serde_json::Value;

/// The body of each of them. It has no status and no numeric id.
#[derive(Serialize)]
pub(in crate::dialects::journeybee) struct Notification<'a> {
    pub(in crate::dialects::journeybee) lead: ToldLead<'a>,
    pub(in crate::dialects::journeybee) configuration: [(); 0],
}

#[derive(Serialize)]
pub(in crate::dialects::journeybee) struct ToldLead<'a> {
    pub(in crate::dialects::journeybee) uuid: String,
    pub(in crate::dialects::journeybee) created_at: i64,
    pub(in crate::dialects::journeybee) updated_at: i64,
    pub(in crate::dialects::journeybee) company_name: Option<&'a str>,
    pub(in crate::dialects::journeybee) email: Option<&'a str>,
    pub(in crate::dialects::journeybee) phone_number: Option<&'a str>,
    pub(in crate::dialects::journeybee) first_name: Option<&'a str>,
    pub(in crate::dialects::journeybee) last_name: Option<&'a str>,
    pub(in crate::dialects::journeybee) created_by_user_uuid: (),
    pub(in crate::dialects::journeybee) created_by_user_email: (),
    pub(in crate::dialects::journeybee) created_by_user_first_name: (),
    pub(in crate::dialects::journeybee) created_by_user_last_name: (),
    pub(in crate::dialects::journeybee) custom_fields: Vec<ToldField<'a>>,
    pub(in crate::dialects::journeybee) tags: Vec<ToldTag>,
    pub(in crate::dialects::journeybee) assigned_users: Vec<ToldUser>,
    pub(in crate::dialects::journeybee) received_from_company: [(); 0],
    pub(in crate::dialects::journeybee) sent_to_companies: [(); 0],
}

#[derive(Serialize)]
pub(in crate::dialects::journeybee) struct ToldField<'a> {
    pub(in crate::dialects::journeybee) uuid: String,
    pub(in crate::dialects::journeybee) label: &'a str,
    #[serde(rename = "type")]
    pub(in crate::dialects::journeybee) kind: &'static str,
    pub(in crate::dialects::journeybee) value: Value,
    #[serde(rename = "custom_field_value_uuid")]
    pub(in crate::dialects::journeybee) value_uuid: (),
    pub(in crate::dialects::journeybee) options: Vec<ToldOption<'a>>,
}

#[derive(Serialize)]
pub(in crate::dialects::journeybee) struct ToldOption<'a> {
    pub(in crate::dialects::journeybee) id: u64,
    pub(in crate::dialects::journeybee) label: &'a str,
}

#[derive(Serialize)]
pub(in crate::dialects::journeybee) struct ToldTag {
    pub(in crate::dialects::journeybee) uuid: String,
    pub(in crate::dialects::journeybee) label: String,
}

#[derive(Serialize)]
pub(in crate::dialects::journeybee) struct ToldUser {
    pub(in crate::dialects::journeybee) uuid: String,
    pub(in crate::dialects::journeybee) email: String,
    pub(in crate::dialects::journeybee) first_name: Option<String>,
    pub(in crate::dialects::journeybee) last_name: Option<String>,
}

/// What the token says.
#[derive(Serialize)]
pub(in crate::dialects::journeybee) struct Claims<'a> {
    pub(in crate::dialects::journeybee) company_uuid: String,
    pub(in crate::dialects::journeybee) user_uuid: (),
    pub(in crate::dialects::journeybee) event_id: &'static str,
    pub(in crate::dialects::journeybee) external_settings: ExternalSettings,
    pub(in crate::dialects::journeybee) jti: &'a str,
    pub(in crate::dialects::journeybee) iat: i64,
    pub(in crate::dialects::journeybee) exp: i64,
}

#[derive(Serialize)]
pub(in crate::dialects::journeybee) struct ExternalSettings {
    pub(in crate::dialects::journeybee) authorisation: [(); 0],
}
