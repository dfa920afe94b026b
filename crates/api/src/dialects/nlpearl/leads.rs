//! Leads of a pearl: update, add, get by id, by the caller's own id, by phone number. Searches, bulks and deletions have files of
//! their own below it.

mod bulk;
mod deletion;
mod lists;

use app::AppError;
use app::leads::Creation;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::IdKind;
use domain::Lead;
use domain::campaign::Campaign;
use domain::command::{LeadRef, Update};
use domain::guard::Guard;

pub(super) use bulk::add_leads;
pub(super) use deletion::{delete_leads, delete_leads_by_external_id};
pub(super) use lists::search_leads;

use super::{auth, campaigns, convert, error, quirks, wire};
use crate::extract::{MediaTypes, Segment, Segments, json_object, segment, segments};
use crate::failure::Failure;
use crate::{Api, views};

/// `PUT /v2/Outbound/{pearlId}/Lead/{leadId}`, and the same in v1.
pub(super) async fn update_lead(
    State(api): State<Api>,
    ids: Segments,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let (pearl, lead) = segments(ids);
    update(&api, &pearl, &lead, &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn update(
    api: &Api,
    pearl: &str,
    lead: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::AnyJson).await?;
    let (edit, faults) = convert::update(members);
    let pearl = campaigns::find(api, &context, pearl).await?;
    let update = Update {
        lead: views::lead(views::by_object_id(auth::DIALECT, IdKind::Lead, lead)),
        in_campaign: Some(pearl.id),
        edit,
        guard: Guard::default(),
    };
    if !faults.is_empty() {
        let error = api.app().refuse_update(&context, &update, faults).await;
        return Err(error.into());
    }
    let done = api.app().update_lead(&context, update).await?;
    Ok(shown(api, &done.lead, &pearl))
}

/// `POST /v2/Outbound/{pearlId}/Lead`; in v1 it is `PUT`.
pub(super) async fn add_lead(
    State(api): State<Api>,
    pearl: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    add(&api, &segment(pearl), &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn add(api: &Api, pearl: &str, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::AnyJson).await?;
    let pearl = campaigns::find(api, &context, pearl).await?;
    let (edit, faults) = convert::addition(members, &pearl);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let creation = Creation {
        edit,
        ..Creation::default()
    };
    let lead = api.app().create_lead(&context, creation).await?.lead;
    let lead_id = convert::lead_id(&lead);
    Ok(quirks::answer(StatusCode::OK, &wire::Added { lead_id }))
}

/// `GET /v2/Outbound/{pearlId}/Lead/{leadId}`, and the same in v1.
pub(super) async fn get_lead(
    State(api): State<Api>,
    ids: Segments,
    headers: HeaderMap,
) -> Response {
    let (pearl, lead) = segments(ids);
    let reference = |_| views::lead(views::by_object_id(auth::DIALECT, IdKind::Lead, &lead));
    get(&api, &pearl, reference, &headers)
        .await
        .unwrap_or_else(error::respond)
}

/// `GET /v2/Outbound/{pearlId}/Lead/External/{externalId}`: of several the newest.
pub(super) async fn get_lead_by_external_id(
    State(api): State<Api>,
    ids: Segments,
    headers: HeaderMap,
) -> Response {
    let (pearl, external_id) = segments(ids);
    let reference = |campaign| LeadRef::External {
        campaign,
        external_id,
    };
    get(&api, &pearl, reference, &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get(
    api: &Api,
    pearl: &str,
    reference: impl FnOnce(domain::CampaignId) -> LeadRef,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let pearl = campaigns::find(api, &context, pearl).await?;
    let reference = reference(pearl.id);
    let lead = api.app().lead(&context, &reference, Some(pearl.id)).await?;
    Ok(shown(api, &lead, &pearl))
}

/// `GET /v2/Outbound/{pearlId}/Lead/PhoneNumber/{phoneNumber}`, and the same in v1: of several the newest.
pub(super) async fn get_lead_by_phone_number(
    State(api): State<Api>,
    ids: Segments,
    headers: HeaderMap,
) -> Response {
    let (pearl, number) = segments(ids);
    get_by_phone(&api, &pearl, &number, &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get_by_phone(
    api: &Api,
    pearl: &str,
    number: &str,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let pearl = campaigns::find(api, &context, pearl).await?;
    let lead = api.app().lead_by_phone(&context, pearl.id, number).await?;
    Ok(shown(api, &lead, &pearl))
}

fn shown(api: &Api, lead: &Lead, pearl: &Campaign) -> Response {
    let now = api.app().environment().now();
    quirks::answer(StatusCode::OK, &convert::lead(lead, pearl, now))
}
