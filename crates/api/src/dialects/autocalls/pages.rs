//! Pages of lists: Laravel's length-aware paginator, or the bare array that older clients expect.
//!
//! What is on a page is the store's business, and how it is asked for is `convert/filters.rs`'s.

use app::Context;
use axum::Json;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::wire;
use crate::extract::own_url;

/// Pages that are linked on each side of the current one.
const SIDE: u64 = 3;

/// Which page was asked for; both are at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) page: u64,
    pub(super) per_page: u64,
}

impl Asked {
    /// How many come before it.
    pub(super) fn offset(self) -> u64 {
        (self.page - 1).saturating_mul(self.per_page)
    }

    pub(super) fn limit(self) -> usize {
        usize::try_from(self.per_page).unwrap_or(usize::MAX)
    }
}

/// The answer: the page, or for a key that was made so just what is on it.
pub(super) fn respond<T: Serialize>(
    context: &Context,
    (headers, uri): (&HeaderMap, &Uri),
    asked: Asked,
    total: u64,
    data: Vec<T>,
) -> Response {
    if context.has_bare_lists {
        return Json(data).into_response();
    }
    Json(page(own_url(headers, uri), asked, total, data)).into_response()
}

fn page<T>(path: String, asked: Asked, total: u64, data: Vec<T>) -> wire::Paginator<T> {
    let Asked { page, per_page } = asked;
    let last_page = total.div_ceil(per_page).max(1);
    // As in the vendor's example, links do not repeat the filters.
    let url = |page: u64| format!("{path}?page={page}");
    let previous = (page > 1).then(|| url(page - 1));
    let next = (page < last_page).then(|| url(page + 1));
    let count = data.len() as u64;
    let from = (count > 0).then(|| asked.offset() + 1);
    let link = |url: Option<String>, label: String| wire::Link {
        url,
        label,
        active: false,
    };
    let numbered = window(page, last_page).into_iter().map(|number| {
        let Some(number) = number else {
            return link(None, "...".to_owned());
        };
        wire::Link {
            active: number == page,
            ..link(Some(url(number)), number.to_string())
        }
    });
    let mut links = vec![link(previous.clone(), "&laquo; Previous".to_owned())];
    links.extend(numbered);
    links.push(link(next.clone(), "Next &raquo;".to_owned()));
    wire::Paginator {
        current_page: page,
        data,
        first_page_url: url(1),
        from,
        last_page,
        last_page_url: url(last_page),
        links,
        next_page_url: next,
        per_page,
        prev_page_url: previous,
        to: from.map(|from| from + count - 1),
        total,
        path,
    }
}

/// The pages that are linked, as Laravel's `UrlWindow` chooses them; `None` is a gap.
fn window(page: u64, last_page: u64) -> Vec<Option<u64>> {
    if last_page < SIDE * 2 + 8 {
        return (1..=last_page).map(Some).collect();
    }
    let edge = SIDE + 4;
    let (first, last) = (1..=2, last_page - 1..=last_page);
    let parts = if page <= edge {
        vec![1..=edge + SIDE, last]
    } else if page > last_page - edge {
        vec![first, last_page - (edge + SIDE - 1)..=last_page]
    } else {
        vec![first, page - SIDE..=page + SIDE, last]
    };
    let mut pages = Vec::new();
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            pages.push(None);
        }
        pages.extend(part.map(Some));
    }
    pages
}

#[cfg(test)]
mod tests;
