//! Leads: update, create, delete, read one. Lists are in `list`.

mod list;

pub(super) use list::list_leads;

use std::slice::from_ref;

use app::leads::Creation;
use app::{AppError, Context, Missing};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::command::{Deletion, Update};
use domain::edit::Change;
use domain::fault::{Fault, Reason};
use domain::guard::Guard;
use domain::{CampaignId, Lead};

use super::{auth, convert, error, wire};
use crate::extract::{MediaTypes, Segment, Segments, ignore_body, json_object, segment, segments};
use crate::failure::Failure;
use crate::{Api, views};

/// `PATCH /api/v1/leads/{leadId}`.
pub(super) async fn update_lead(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    update(&api, &segment(id), &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn update(api: &Api, id: &str, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (edit, faults) = convert::update(members);
    let lead = views::lead(views::by_number(auth::DIALECT, id));
    let update = Update {
        lead,
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
    let lead = api.app().update_lead(&context, update).await?.lead;
    Ok(Json(convert::changed(&lead)).into_response())
}

/// `POST /api/v1/leads`.
pub(super) async fn create_lead(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    create(&api, &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn create(api: &Api, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (edit, faults) = convert::creation(members);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let campaign = edit.campaign.clone();
    let creation = Creation {
        edit,
        ..Creation::default()
    };
    let created = api.app().create_lead(&context, creation).await;
    let lead = created
        .map_err(|error| without_campaign(error, &campaign))?
        .lead;
    Ok((StatusCode::CREATED, Json(convert::created(&lead))).into_response())
}

/// The campaign is a member of the body here, not a part of the path: one that the key may not use is like one that is not there,
/// and a key that may not do without has to name one.
fn without_campaign(error: AppError, named: &Change<CampaignId>) -> AppError {
    if !matches!(error, AppError::NotFound(Missing::Campaign)) {
        return error;
    }
    let reason = match named {
        Change::Set(id) => Reason::UnknownReference(id.to_string()),
        Change::Leave | Change::Clear => Reason::Required,
    };
    AppError::Invalid(vec![Fault::member(wire::COMPANY_CAMPAIGN_ID, reason)])
}

/// `DELETE /api/v1/leads/{leadId}`: 204 and no body, the one empty answer of all dialects.
pub(super) async fn delete_lead(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    delete(&api, &segment(id), &headers, body)
        .await
        .unwrap_or_else(error::respond_to_deletion)
}

async fn delete(api: &Api, id: &str, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    ignore_body(body).await;
    let deletion = Deletion {
        lead: views::lead(views::by_number(auth::DIALECT, id)),
        in_campaign: None,
        needs_open_campaign: false,
    };
    api.app().delete_lead(&context, deletion).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /api/v1/companies/{companyId}/leads/{leadId}`.
pub(super) async fn get_company_lead(
    State(api): State<Api>,
    ids: Segments,
    headers: HeaderMap,
) -> Response {
    let (company, id) = segments(ids);
    get_in_company(&api, &company, &id, &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get_in_company(
    api: &Api,
    company: &str,
    id: &str,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let company = views::by_number(auth::DIALECT, company).number;
    if company != Some(context.workspace_id.get()) {
        return Err(AppError::NotFound(Missing::Lead).into());
    }
    show(api, &context, id).await
}

/// `GET /api/v1/leads/{leadId}`: no page documents it; the company in the vendor's path says nothing new.
pub(super) async fn get_lead(State(api): State<Api>, id: Segment, headers: HeaderMap) -> Response {
    get(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    show(api, &context, id).await
}

async fn show(api: &Api, context: &Context, id: &str) -> Result<Response, Failure> {
    let lead = views::lead(views::by_number(auth::DIALECT, id));
    let lead = api.app().lead(context, &lead, None).await?;
    let names = names(api, context, from_ref(&lead)).await?;
    let definitions = api.app().fields(context).await?;
    Ok(Json(convert::whole_lead(&lead, &names, &definitions)).into_response())
}

/// What the leads refer to.
async fn names(api: &Api, context: &Context, leads: &[Lead]) -> Result<convert::Names, Failure> {
    let app = api.app();
    let mut names = convert::Names::default();
    for id in leads.iter().filter_map(|lead| lead.campaign_id) {
        if names.campaigns.contains_key(&id) {
            continue;
        }
        if let Some(campaign) = app.campaign_of(context, Some(id)).await? {
            names.campaigns.insert(id, campaign);
        }
    }
    for tag in app.tags_of(context, leads).await? {
        names.tags.insert(tag.id, tag);
    }
    for user in app.users_of(context, leads).await? {
        names.users.insert(user.id, user);
    }
    Ok(names)
}
