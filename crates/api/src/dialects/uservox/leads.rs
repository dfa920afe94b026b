//! Leads: queue an update, read one with its activities. What makes them is `initiate`.

use std::sync::Arc;

use app::{AppError, CampaignRef, Context, Missing};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use domain::campaign::Campaign;
use domain::command::{LeadRef, Update};
use domain::edit::Edit;
use domain::guard::{Guard, OnActiveCall};
use domain::{IdKind, Lead};

use super::wire::Named;
use super::{activities, auth, convert, error, quirks, wire};
use crate::extract::{MediaTypes, json_object};
use crate::failure::Failure;
use crate::{Api, views};

/// `POST /api/v1/leads/update`.
pub(super) async fn update_lead(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut named = Named::default();
    update(&api, &headers, body, &mut named)
        .await
        .unwrap_or_else(|failure| error::respond(failure, &named))
}

async fn update(
    api: &Api,
    headers: &HeaderMap,
    body: Body,
    named: &mut Named,
) -> Result<Response, Failure> {
    let mut context = auth::writing(api, headers).await?;
    let mut members = json_object(headers, body, MediaTypes::Json).await?;
    *named = convert::named(&mut members);
    if members.has_faults() {
        return Err(AppError::Invalid(members.into_faults()).into());
    }
    let lead = find(api, &context, named).await?;
    let convert::Update { edit, user, faults } = convert::update(members);
    if !faults.is_empty() {
        // The guard is tested when the update runs, so a call in progress hides no fault here.
        let update = Update {
            lead,
            in_campaign: None,
            edit: Edit::default(),
            guard: Guard::default(),
        };
        let error = api.app().refuse_update(&context, &update, faults).await;
        return Err(error.into());
    }
    context.on_behalf_of = user;
    let guard = Guard {
        on_active_call: OnActiveCall::Reject,
        ..Guard::default()
    };
    api.app().queue_update(&context, lead, edit, guard).await?;
    let message = "Lead update initiated";
    Ok(Json(wire::Accepted {
        success: true,
        message,
    })
    .into_response())
}

/// The lead that a request names: by its id, or by its reference in a process of the token's project.
pub(super) async fn find(api: &Api, context: &Context, named: &Named) -> Result<LeadRef, Failure> {
    let by_reference = match (&named.lead, &named.reference) {
        (Some(_), _) => None,
        (None, None) => {
            return Err(Failure::Malformed(
                "Either leadId or referenceId is required",
            ));
        }
        (None, Some(reference)) => match (&named.project, &named.process) {
            (Some(_), Some(process)) => Some((reference, process)),
            _ => {
                return Err(Failure::Malformed(
                    "projectId and processId are required when using referenceId",
                ));
            }
        },
    };
    if let Some(project) = &named.project {
        auth::check_project(api, context, project).await?;
    }
    let Some((reference, process)) = by_reference else {
        let id = named.lead.as_deref().unwrap_or_default();
        return Ok(views::lead(views::by_object_id(
            auth::DIALECT,
            IdKind::Lead,
            id,
        )));
    };
    let process = find_process(api, context, process).await;
    // No such process has no such lead.
    let campaign = process.map_err(|error| match error {
        Failure::App(AppError::NotFound(_)) => AppError::NotFound(Missing::Lead).into(),
        other => other,
    })?;
    Ok(LeadRef::External {
        campaign: campaign.id,
        external_id: reference.clone(),
    })
}

pub(super) async fn find_process(
    api: &Api,
    context: &Context,
    id: &str,
) -> Result<Arc<Campaign>, Failure> {
    let process = CampaignRef::Vendor(views::by_object_id(auth::DIALECT, IdKind::Campaign, id));
    Ok(api.app().campaign(context, process).await?)
}

pub(super) async fn show(api: &Api, context: &Context, lead: &Lead) -> Result<wire::Lead, Failure> {
    let workspace = api.app().workspace(context).await?;
    let campaign = api.app().campaign_of(context, lead.campaign_id).await?;
    Ok(convert::lead(lead, &workspace, campaign.as_deref()))
}

/// `GET /api/v1/leads/get`.
pub(super) async fn get_lead(State(api): State<Api>, uri: Uri, headers: HeaderMap) -> Response {
    let named = convert::named_in_query(&uri);
    get(&api, &uri, &headers, &named)
        .await
        .unwrap_or_else(|failure| error::respond(failure, &named))
}

async fn get(
    api: &Api,
    uri: &Uri,
    headers: &HeaderMap,
    named: &Named,
) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let is_masked = convert::is_masked(uri)?;
    let lead = find(api, &context, named).await?;
    let found = api.app().lead(&context, &lead, None).await?;
    let mut lead = show(api, &context, &found).await?;
    if is_masked {
        lead.phone = lead.phone.as_deref().map(quirks::mask);
    }
    let data = wire::LeadWithActivities {
        lead,
        activities: activities::of(api, &context, &found).await?,
        last_disposition: found.disposition,
    };
    Ok(Json(wire::Found {
        success: true,
        data,
    })
    .into_response())
}
