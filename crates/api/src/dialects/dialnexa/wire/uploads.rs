//! The field names of uploads, nothing else.

use serde::Serialize;

/// The part of the body that is the file.
pub(crate) const FILE: &str = "file";

#[derive(Serialize)]
pub(crate) struct Uploaded {
    pub(crate) campaign_id: String,
    pub(crate) leads_created: usize,
    pub(crate) leads_skipped: usize,
    pub(crate) message: String,
}

/// Rows that are refused for one reason.
#[derive(Serialize)]
pub(crate) struct RowErrors {
    pub(crate) reason: String,
    /// Of all of them.
    pub(crate) count: usize,
    /// The first of them, as a spreadsheet numbers them.
    pub(crate) rows: Vec<usize>,
}
