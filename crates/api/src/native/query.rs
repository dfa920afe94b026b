//! What our own API reads from a query: numbers, pages, times.

use app::{DeliveryFilter, ListPage};
use axum::http::Uri;
use domain::limits::WEBHOOK_PAGE_MAX;
use domain::{LeadId, SubscriptionId, Timestamp};

use crate::extract::query;
use crate::failure::Failure;

pub(super) fn number(uri: &Uri, name: &str) -> Result<Option<u64>, Failure> {
    const WRONG: Failure = Failure::Malformed("a query parameter that is a number is not one");
    match query(uri, name) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| WRONG),
    }
}

/// `?limit=`, from 1 to `limit_max`; `wrong` says so.
pub(super) fn limit(uri: &Uri, limit_max: usize, wrong: &'static str) -> Result<usize, Failure> {
    match number(uri, "limit")? {
        None => Ok(limit_max),
        Some(limit) => usize::try_from(limit)
            .ok()
            .filter(|limit| (1..=limit_max).contains(limit))
            .ok_or(Failure::Malformed(wrong)),
    }
}

/// `?limit=` and `?before_id=` of a list that is read newest first.
pub(super) fn list_page(uri: &Uri) -> Result<ListPage, Failure> {
    Ok(ListPage {
        // No store numbers further.
        before_id: number(uri, "before_id")?.map(|id| id.min(i64::MAX.unsigned_abs())),
        limit: limit(uri, WEBHOOK_PAGE_MAX, "limit must be from 1 to 100")?,
    })
}

/// Where the next page of a list begins; `None` after the last.
pub(super) fn next_before_id(
    ids: impl ExactSizeIterator<Item = u64>,
    page: ListPage,
) -> Option<u64> {
    if ids.len() < page.limit {
        return None;
    }
    ids.last()
}

/// `?subscription_id=`, `?lead_id=`, `?from=` and `?until=`.
pub(super) fn delivery_filter(uri: &Uri) -> Result<DeliveryFilter, Failure> {
    const WRONG: Failure = Failure::Malformed("a query parameter that is an id is not one");
    let subscription = number(uri, "subscription_id")?
        .map(|number| SubscriptionId::new(number).ok_or(WRONG))
        .transpose()?;
    let lead = number(uri, "lead_id")?
        .map(|number| LeadId::new(number).ok_or(WRONG))
        .transpose()?;
    Ok(DeliveryFilter {
        id: None,
        subscription,
        lead,
        from: time(uri, "from")?,
        until: time(uri, "until")?,
    })
}

fn time(uri: &Uri, name: &str) -> Result<Option<Timestamp>, Failure> {
    const WRONG: Failure =
        Failure::Malformed("from and until must be RFC 3339, such as 2026-01-31T09:00:00Z");
    match query(uri, name) {
        None => Ok(None),
        Some(text) => Timestamp::parse_rfc3339(&text).map(Some).ok_or(WRONG),
    }
}
