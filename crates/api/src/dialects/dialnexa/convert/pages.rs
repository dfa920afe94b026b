//! `page` and `limit` to a part of a list, and that part to the envelope.

use crate::extract::Params;

use super::super::wire::pages::{Meta, Page};

/// Of a list that names no other, and the largest that may be asked for (dialnexa.mintlify.app, "List Call Logs").
const LIMIT_DEFAULT: u64 = 20;
const LIMIT_MAX: u64 = 100;
/// Beyond it no list has anything.
const PAGE_MAX: u64 = 1_000_000_000;

/// Which part of a list is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    page: u64,
    pub(crate) limit: usize,
}

impl Asked {
    pub(crate) fn of(params: &mut Params) -> Self {
        let page = params.integer_in("page", 1..=PAGE_MAX).unwrap_or(1);
        let limit = params.integer_in("limit", 1..=LIMIT_MAX);
        Self {
            page,
            limit: usize::try_from(limit.unwrap_or(LIMIT_DEFAULT)).unwrap_or_default(),
        }
    }

    pub(crate) fn offset(self) -> u64 {
        (self.page - 1) * self.limit as u64
    }

    /// The page of a list that has so many in all.
    pub(crate) fn show<T>(self, data: Vec<T>, total: u64) -> Page<T> {
        let Self { page, limit } = self;
        let total_pages = total.div_ceil(limit as u64);
        Page {
            data,
            meta: Meta {
                page,
                limit,
                total,
                total_pages,
            },
        }
    }
}
