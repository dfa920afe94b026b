//! The names in notes. What a request calls `document`, a read calls `content`.

use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
pub(in crate::dialects::journeybee) struct AddedNote {
    pub(in crate::dialects::journeybee) id: u64,
}

#[derive(Serialize)]
pub(in crate::dialects::journeybee) struct ChangedNote {
    pub(in crate::dialects::journeybee) id: u64,
    pub(in crate::dialects::journeybee) updated_at: String,
}

#[derive(Serialize)]
pub(in crate::dialects::journeybee) struct Note {
    pub(in crate::dialects::journeybee) id: u64,
    pub(in crate::dialects::journeybee) content: Value,
    pub(in crate::dialects::journeybee) created_at: String,
    pub(in crate::dialects::journeybee) updated_at: String,
    pub(in crate::dialects::journeybee) created_by: (),
    pub(in crate::dialects::journeybee) attachments: Vec<String>,
    pub(in crate::dialects::journeybee) mentions: Vec<u64>,
}
