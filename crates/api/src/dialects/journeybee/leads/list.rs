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
use domain::limits::{BATCH_COMMANDS_MAX, LIST_PAGE_MAX};
use domain::listing::{LeadList, LeadPage, PageStart, Place, Text};
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
    let reader = Reader { api, context, list };
    if let Paging::Page(_) = list.paging {
        return Ok((reader.read(list.page(list.size)).await?, None));
    }
    // One more, to see whether the page ends where its second does.
    let mut found = reader.read(list.page(list.size + 1)).await?;
    let Some(end) = found.leads.get(list.size - 1) else {
        return Ok((found, None));
    };
    let (second, millisecond) = (second_of(end), end.created_at);
    let leads_max = list.size + SECOND_LEADS_MAX;
    if reader.end_before(second, &mut found, leads_max).await? {
        return Ok((found, None));
    }
    let leads_max = LIST_PAGE_MAX;
    reader
        .end_before(millisecond, &mut found, leads_max)
        .await?;
    Ok((found, Some(second)))
}

/// Reads the parts of one page.
struct Reader<'a> {
    api: &'a Api,
    context: &'a Context,
    list: &'a List,
}

impl Reader<'_> {
    /// Reads on until a lead is older than `from`, and ends the page before it. Whether that leaves no more leads than so many.
    async fn end_before(
        &self,
        from: Timestamp,
        found: &mut LeadList,
        leads_max: usize,
    ) -> Result<bool, Failure> {
        loop {
            let leads = &mut found.leads;
            let end = leads.partition_point(|lead| lead.created_at >= from);
            if end > leads_max {
                return Ok(false);
            }
            if end < leads.len() {
                leads.truncate(end);
                found.has_more = true;
                return Ok(true);
            }
            let Some(last) = leads.last().filter(|_| found.has_more) else {
                return Ok(true);
            };
            if end == leads_max {
                return Ok(false);
            }
            let room = LIST_PAGE_MAX - end;
            let rest = self.read(LeadPage {
                start: PageStart::After(place_of(last)),
                is_counted: false,
                ..self.list.page(room.min(self.step(leads)))
            });
            let rest = rest.await?;
            found.leads.extend(rest.leads);
            found.has_more = rest.has_more;
        }
    }

    /// What is read at once behind a page: where it ends between leads of one millisecond, a bulk made them, a batch at a time.
    fn step(&self, leads: &[Lead]) -> usize {
        let size = self.list.size;
        let [last, next] = [size - 1, size].map(|at| leads.get(at).map(|lead| lead.created_at));
        if last == next {
            BATCH_COMMANDS_MAX / 2
        } else {
            SECOND_LEADS_MAX
        }
    }

    async fn read(&self, page: LeadPage) -> Result<LeadList, Failure> {
        let filter = self.list.filter.clone();
        Ok(self
            .api
            .app()
            .list_leads(self.context, filter, page)
            .await?)
    }
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
