//! The names of what a company has set up: tags, custom fields, users.

use serde::Serialize;

#[derive(Serialize)]
pub(in crate::dialects::journeybee) struct TagDefinition {
    pub(in crate::dialects::journeybee) id: u64,
    pub(in crate::dialects::journeybee) uuid: String,
    pub(in crate::dialects::journeybee) label: String,
    pub(in crate::dialects::journeybee) background_color: String,
    pub(in crate::dialects::journeybee) text_color: String,
    pub(in crate::dialects::journeybee) association: &'static str,
    pub(in crate::dialects::journeybee) partner_type: Option<String>,
    pub(in crate::dialects::journeybee) company_id: u64,
}

#[derive(Serialize)]
pub(in crate::dialects::journeybee) struct CustomFieldDefinition {
    pub(in crate::dialects::journeybee) id: u64,
    pub(in crate::dialects::journeybee) uuid: String,
    pub(in crate::dialects::journeybee) label: String,
    #[serde(rename = "type")]
    pub(in crate::dialects::journeybee) kind: &'static str,
    pub(in crate::dialects::journeybee) category: &'static str,
    pub(in crate::dialects::journeybee) partner_type: Option<String>,
    #[serde(rename = "required")]
    pub(in crate::dialects::journeybee) is_required: bool,
    #[serde(rename = "shared")]
    pub(in crate::dialects::journeybee) is_shared: bool,
    /// `None` unless the type is a select.
    pub(in crate::dialects::journeybee) options: Option<Vec<FieldOption>>,
}

#[derive(Serialize)]
pub(in crate::dialects::journeybee) struct FieldOption {
    pub(in crate::dialects::journeybee) id: u64,
    pub(in crate::dialects::journeybee) label: String,
}

#[derive(Serialize)]
pub(in crate::dialects::journeybee) struct UserOfCompany {
    pub(in crate::dialects::journeybee) id: u64,
    pub(in crate::dialects::journeybee) created_at: String,
    pub(in crate::dialects::journeybee) email: String,
    pub(in crate::dialects::journeybee) first_name: Option<String>,
    pub(in crate::dialects::journeybee) last_name: Option<String>,
    pub(in crate::dialects::journeybee) role: &'static str,
    pub(in crate::dialects::journeybee) position: (),
    pub(in crate::dialects::journeybee) email_verified: (),
    pub(in crate::dialects::journeybee) disabled_at: (),
    pub(in crate::dialects::journeybee) color: (),
    pub(in crate::dialects::journeybee) profile_image_id: (),
    pub(in crate::dialects::journeybee) profile_image_uuid: (),
    pub(in crate::dialects::journeybee) country_id: (),
    pub(in crate::dialects::journeybee) country_label: (),
    pub(in crate::dialects::journeybee) country_code: (),
}
