//! Leads: list, create, read, update, delete.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use domain::command::{Deletion, LeadRef, Update};
use domain::guard::Guard;

use super::convert::filters;
use super::error::Page;
use super::{auth, convert, error, pages, quirks, wire};
use crate::extract::{MediaTypes, Params, Segment, ignore_body, json_object, segment};
use crate::failure::Failure;
use crate::{Api, views};

/// The lead that a path names.
fn named(id: &str) -> LeadRef {
    views::lead(views::by_number(auth::DIALECT, id))
}

fn respond(failure: Failure) -> Response {
    error::respond_on(Page::Lead, failure)
}

/// `GET /api/user/leads`.
pub(super) async fn list_leads(State(api): State<Api>, uri: Uri, headers: HeaderMap) -> Response {
    list(&api, &headers, &uri)
        .await
        .unwrap_or_else(error::respond)
}

async fn list(api: &Api, headers: &HeaderMap, uri: &Uri) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let mut params = Params::of(uri);
    let filter = filters::leads(&mut params);
    let asked = filters::asked(&mut params, quirks::PER_PAGE);
    params.check()?;
    let page = filters::lead_page(asked);
    let list = api.app().list_leads(&context, filter, page).await?;
    let mut campaigns = Vec::with_capacity(list.leads.len());
    for lead in &list.leads {
        campaigns.push(api.app().campaign_of(&context, lead.campaign_id).await?);
    }
    let leads = list.leads.iter().zip(&campaigns);
    let leads = leads.map(|(lead, campaign)| convert::lead(lead, campaign.as_deref()));
    let leads = leads.collect();
    let request = (headers, uri);
    Ok(pages::respond(&context, request, asked, list.total, leads))
}

/// `PUT` and `PATCH /api/user/leads/{id}`, and the same without `/user`.
pub(super) async fn update_lead(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    update(&api, &segment(id), &headers, body)
        .await
        .unwrap_or_else(respond)
}

async fn update(api: &Api, id: &str, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (edit, faults) = convert::update(members);
    let update = Update {
        lead: named(id),
        in_campaign: None,
        edit,
        guard: Guard::default(),
    };
    if !faults.is_empty() {
        return Err(api
            .app()
            .refuse_update(&context, &update, faults)
            .await
            .into());
    }
    api.app().update_lead(&context, update).await?;
    Ok(Json(wire::Message {
        message: "Lead updated successfully",
    })
    .into_response())
}

/// `POST /api/user/lead`.
pub(super) async fn create_lead(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    create(&api, &headers, body).await.unwrap_or_else(respond)
}

async fn create(api: &Api, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (creation, faults) = convert::creation(members);
    if !faults.is_empty() {
        return Err(app::AppError::Invalid(faults).into());
    }
    let lead = api.app().create_lead(&context, creation).await?.lead;
    let campaign = api.app().campaign_of(&context, lead.campaign_id).await?;
    let data = convert::lead(&lead, campaign.as_deref());
    Ok(Json(wire::Created {
        message: "Lead created successfully",
        data,
    })
    .into_response())
}

/// `GET /api/user/leads/{id}`: no page documents it, a published client calls it.
pub(super) async fn get_lead(State(api): State<Api>, id: Segment, headers: HeaderMap) -> Response {
    get(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(respond)
}

async fn get(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let lead = api.app().lead(&context, &named(id), None).await?;
    let campaign = api.app().campaign_of(&context, lead.campaign_id).await?;
    Ok(Json(convert::lead(&lead, campaign.as_deref())).into_response())
}

/// `DELETE /api/user/leads/{id}`. Its contacts go with it.
pub(super) async fn delete_lead(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    delete(&api, &segment(id), &headers, body)
        .await
        .unwrap_or_else(respond)
}

async fn delete(api: &Api, id: &str, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    ignore_body(body).await;
    let deletion = Deletion {
        lead: named(id),
        in_campaign: None,
        needs_open_campaign: false,
    };
    api.app().delete_lead(&context, deletion).await?;
    Ok(Json(wire::Message {
        message: "Lead deleted successfully",
    })
    .into_response())
}
