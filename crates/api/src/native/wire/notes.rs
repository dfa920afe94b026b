//! Notes on a lead.

use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
pub(in crate::native) struct Notes {
    pub(in crate::native) notes: Vec<Note>,
}

#[derive(Serialize)]
pub(in crate::native) struct Note {
    pub(in crate::native) id: u64,
    pub(in crate::native) created_at: String,
    pub(in crate::native) updated_at: String,
    /// As its editor sent it.
    pub(in crate::native) document: Value,
    pub(in crate::native) attachments: Vec<String>,
    pub(in crate::native) mentions: Vec<u64>,
}
