//! Campaign leads: create, list, read, update, remove.

use app::leads::Creation;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use domain::command::{Deletion, Update};
use domain::edit::Change;
use domain::fault::Reason;
use domain::guard::{AttemptGuard, Guard};
use domain::listing::{LeadFilter, LeadOrder, LeadPage, PageStart};

use super::convert::pages::Asked;
use super::{auth, campaigns, convert, error, wire};
use crate::extract::{MediaTypes, Params, Segment, json_object, segment};
use crate::failure::Failure;
use crate::{Api, views};

/// `PATCH /v1/campaigns-leads/{id}`: only before the first attempt.
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
    let guard = Guard {
        attempt: AttemptGuard::BeforeFirst,
        ..Guard::default()
    };
    let update = Update {
        lead: views::lead(views::by_code(auth::DIALECT, id)),
        in_campaign: None,
        edit,
        guard,
    };
    if !faults.is_empty() {
        let error = api.app().refuse_update(&context, &update, faults).await;
        return Err(error.into());
    }
    let done = api.app().update_lead(&context, update).await?;
    Ok(Json(convert::lead(&done.lead, Some(id))).into_response())
}

/// `POST /v1/campaigns-leads`.
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
    let (campaign, mut edit, faults) = convert::creation(members);
    // An unknown campaign (404) comes before the faults (400).
    if let Some(id) = campaign {
        let campaign = campaigns::find(api, &context, &id).await?;
        let now = api.app().environment().now();
        edit.campaign = Change::Set(campaign.id);
        edit.next_attempt_at = Change::set_if(convert::campaigns::scheduled_at(&campaign, now));
    }
    error::refuse(faults)?;
    let creation = Creation {
        edit,
        ..Creation::default()
    };
    let lead = api.app().create_lead(&context, creation).await?.lead;
    Ok((StatusCode::CREATED, Json(convert::lead(&lead, None))).into_response())
}

/// `GET /v1/campaigns-leads?campaign_id=`, ours: in the order in which they were added.
pub(super) async fn list_leads(State(api): State<Api>, uri: Uri, headers: HeaderMap) -> Response {
    list(&api, &uri, &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn list(api: &Api, uri: &Uri, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let mut params = Params::of(uri);
    let asked = Asked::of(&mut params);
    let mut filter = LeadFilter::default();
    match params.text(wire::CAMPAIGN_ID) {
        // An unknown campaign (404) comes before the faults (400).
        Some(id) => filter.campaigns = Some(vec![campaigns::find(api, &context, &id).await?.id]),
        None => params.fault(wire::CAMPAIGN_ID, Reason::Required),
    }
    if let Some(word) = params.text(wire::STATUS) {
        match convert::statuses(&word) {
            Some(statuses) => filter.dial_statuses = statuses,
            None => params.fault(wire::STATUS, Reason::NotAllowed),
        }
    }
    error::refuse(params.into_faults())?;
    let page = LeadPage {
        order: LeadOrder::CreatedAt,
        is_ascending: true,
        start: PageStart::Offset(asked.offset()),
        limit: asked.limit,
        is_counted: true,
    };
    let found = api.app().list_leads(&context, filter, page).await?;
    let shown = found.leads.iter().map(|lead| convert::lead(lead, None));
    Ok(Json(asked.show(shown.collect(), found.total)).into_response())
}

/// `GET /v1/campaigns-leads/{id}`.
pub(super) async fn get_lead(State(api): State<Api>, id: Segment, headers: HeaderMap) -> Response {
    get(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let reference = views::lead(views::by_code(auth::DIALECT, id));
    let lead = api.app().lead(&context, &reference, None).await?;
    Ok(Json(convert::lead(&lead, Some(id))).into_response())
}

/// `DELETE /v1/campaigns-leads/{id}`: a call under way may end, and the log stays.
pub(super) async fn delete_lead(
    State(api): State<Api>,
    id: Segment,
    headers: HeaderMap,
) -> Response {
    delete(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn delete(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let deletion = Deletion {
        lead: views::lead(views::by_code(auth::DIALECT, id)),
        in_campaign: None,
        needs_open_campaign: true,
    };
    api.app().delete_lead(&context, deletion).await?;
    let message = "Lead removed from campaign.";
    Ok(Json(wire::Message { message }).into_response())
}
