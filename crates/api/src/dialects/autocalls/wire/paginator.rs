//! Laravel's length-aware paginator, in the order of its `toArray`.

use serde::Serialize;

#[derive(Serialize)]
pub(in crate::dialects::autocalls) struct Paginator<T> {
    pub(in crate::dialects::autocalls) current_page: u64,
    pub(in crate::dialects::autocalls) data: Vec<T>,
    pub(in crate::dialects::autocalls) first_page_url: String,
    pub(in crate::dialects::autocalls) from: Option<u64>,
    pub(in crate::dialects::autocalls) last_page: u64,
    pub(in crate::dialects::autocalls) last_page_url: String,
    pub(in crate::dialects::autocalls) links: Vec<Link>,
    pub(in crate::dialects::autocalls) next_page_url: Option<String>,
    pub(in crate::dialects::autocalls) path: String,
    pub(in crate::dialects::autocalls) per_page: u64,
    pub(in crate::dialects::autocalls) prev_page_url: Option<String>,
    pub(in crate::dialects::autocalls) to: Option<u64>,
    pub(in crate::dialects::autocalls) total: u64,
}

#[derive(Serialize)]
pub(in crate::dialects::autocalls) struct Link {
    pub(in crate::dialects::autocalls) url: Option<String>,
    pub(in crate::dialects::autocalls) label: String,
    pub(in crate::dialects::autocalls) active: bool,
}
