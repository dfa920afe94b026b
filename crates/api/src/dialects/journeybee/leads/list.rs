//! The list of leads: newest first by a cursor, or by page numbers.
//!
//! A cursor is a time, the creation of the last lead that was read, and times are shown without a fraction. So a page ends where a
//! second ends: it is filled up with the rest of its last one. A second so crowded that this would be a long page (after a bulk) is
//! divided where a millisecond ends, and its times are shown with milliseconds; should one have more than
//! `limits::LIST_PAGE_MAX`, the `Link` header alone knows the place.

use app::{AppError, Context};
use axum::Json;
use axum::extract::State;
use axum::http::header::LINK;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use domain::fault::{Fault, Reason};
use domain::limits::LIST_PAGE_MAX;
use domain::listing::{LeadFilter, LeadList, LeadPage, PageStart, Place, Text};
use domain::{CampaignId, Lead, Timestamp};

use super::super::convert::{List, Paging};
use super::super::quirks::View;
use super::super::{auth, convert, error, wire};
use super::names;
use crate::Api;
use crate::failure::Failure;

/// What a page is filled up with at most, to end where a second ends.
const SECOND_LEADS_MAX: usize = 50;

/// `GET /api/v1/leads`.
pub(in crate::dialects::journeybee) async fn list_leads(
    State(api): State<Api>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    list(&api, &uri, &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn list(api: &Api, uri: &Uri, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let mut list = convert::list(uri);
    resolve(api, &context, &mut list).await?;
    if !list.faults.is_empty() {
        return Err(AppError::Invalid(list.faults).into());
    }
    let (found, split) = page(api, &context, &list).await?;
    let names = names(api, &context, &found.leads).await?;
    let shown = found.leads.iter().map(|lead| {
        let is_precise = split == Some(second_of(lead));
        convert::listed_lead(lead, &names, found.total, is_precise)
    });
    let mut response = Json(shown.collect::<Vec<_>>()).into_response();
    let end = found.leads.last().filter(|_| found.has_more);
    if let Some(link) = end.and_then(|end| convert::next(uri, list.paging, end)) {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}

/// Finds what the query names, and finishes the filter with it.
async fn resolve(api: &Api, context: &Context, list: &mut List) -> Result<(), Failure> {
    let app = api.app();
    if let Some(id) = list.user
        && app.user(context, id).await?.is_none()
    {
        let reason = Reason::UnknownReference(id.to_string());
        list.faults.push(Fault::member(wire::USER_ID, reason));
    }
    if let Some((name, items)) = list.custom_fields.take() {
        let definitions = app.fields(context).await?;
        match convert::custom_fields_wanted(name, items, &definitions) {
            Ok(wanted) => list.filter.custom_fields = wanted,
            Err(faults) => list.faults.extend(faults),
        }
    }
    if let Some(text) = list.search.take() {
        let users = convert::named(&app.users(context).await?, &text);
        list.filter.text = Some(Text { text, users });
    }
    list.filter.campaigns = match list.view {
        None => None,
        Some(View::OfPartners) => Some(Vec::new()),
        Some(View::OfCampaigns) => Some(campaigns(api, context).await?),
    };
    Ok(())
}

async fn campaigns(api: &Api, context: &Context) -> Result<Vec<CampaignId>, Failure> {
    let campaigns = api.app().campaigns(context).await?;
    Ok(campaigns.iter().map(|campaign| campaign.id).collect())
}

/// The page, and the second that it divides.
async fn page(
    api: &Api,
    context: &Context,
    list: &List,
) -> Result<(LeadList, Option<Timestamp>), Failure> {
    if list.filter.campaigns.as_ref().is_some_and(Vec::is_empty) {
        let none = LeadList {
            leads: Vec::new(),
            total: 0,
            has_more: false,
        };
        return Ok((none, None));
    }
    if let Paging::Page(_) = list.paging {
        let found = read(api, context, &list.filter, list.page(list.size)).await?;
        return Ok((found, None));
    }
    // One more, to see whether the page ends where its second does.
    let mut found = read(api, context, &list.filter, list.page(list.size + 1)).await?;
    if found.leads.len() <= list.size {
        return Ok((found, None));
    }
    let beyond = found.leads.pop();
    let (Some(end), Some(beyond)) = (found.leads.last(), beyond) else {
        return Ok((found, None));
    };
    let second = second_of(end);
    if second_of(&beyond) < second {
        found.has_more = true;
        return Ok((found, None));
    }
    let after = place_of(&beyond);
    found.leads.push(beyond);
    if !found.has_more {
        return Ok((found, None));
    }
    let rest = rest_of(api, context, list, second, after, SECOND_LEADS_MAX).await?;
    found.leads.extend(rest.leads);
    if !rest.has_more {
        return Ok((found, None));
    }
    end_with_millisecond(api, context, list, &mut found).await?;
    Ok((found, Some(second)))
}

/// Ends a page in the midst of a crowded second where a millisecond ends: behind as many leads as were asked for, or as there are.
async fn end_with_millisecond(
    api: &Api,
    context: &Context,
    list: &List,
    found: &mut LeadList,
) -> Result<(), Failure> {
    let Some(end) = found.leads.last() else {
        return Ok(());
    };
    let (at, after) = (end.created_at, place_of(end));
    let begun = found.leads.partition_point(|lead| lead.created_at > at);
    if begun >= list.size {
        found.leads.truncate(begun);
        return Ok(());
    }
    let room = LIST_PAGE_MAX - found.leads.len();
    let rest = rest_of(api, context, list, at, after, room).await?;
    found.leads.extend(rest.leads);
    Ok(())
}

/// What comes behind the place and is not older than a moment.
async fn rest_of(
    api: &Api,
    context: &Context,
    list: &List,
    from: Timestamp,
    after: Place,
    limit: usize,
) -> Result<LeadList, Failure> {
    let filter = LeadFilter {
        created_from: Some(from),
        ..list.filter.clone()
    };
    let page = LeadPage {
        start: PageStart::After(after),
        ..list.page(limit)
    };
    read(api, context, &filter, page).await
}

async fn read(
    api: &Api,
    context: &Context,
    filter: &LeadFilter,
    page: LeadPage,
) -> Result<LeadList, Failure> {
    Ok(api.app().list_leads(context, filter.clone(), page).await?)
}

/// The beginning of the second in which the lead was created.
fn second_of(lead: &Lead) -> Timestamp {
    let millis = lead.created_at.as_seconds() * 1_000;
    Timestamp::from_millis(millis).unwrap_or(Timestamp::FIRST)
}

const fn place_of(lead: &Lead) -> Place {
    Place {
        created_at: lead.created_at,
        id: Some(lead.id),
    }
}
