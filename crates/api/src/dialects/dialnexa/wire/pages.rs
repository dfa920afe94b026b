//! The envelope of lists, nothing else.

use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Page<T> {
    pub(crate) data: Vec<T>,
    pub(crate) meta: Meta,
}

#[derive(Serialize)]
pub(crate) struct Meta {
    pub(crate) page: u64,
    pub(crate) limit: usize,
    pub(crate) total: u64,
    #[serde(rename = "totalPages")]
    pub(crate) total_pages: u64,
}
