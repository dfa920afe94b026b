//! Pearls, which are campaigns and in v1 outbounds: list, detail, run and pause, settings, calls under way.

use std::sync::Arc;

use app::campaigns::CampaignEdit;
use app::hooks::Hook;
use app::{AppError, CampaignRef, Context};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::campaign::{Campaign, CampaignState};
use domain::fault::Fault;
use domain::listing::{CallFilter, CallPage, CallState};
use domain::subscription::Format;
use domain::time_zone::TimeZone;
use domain::{CampaignId, IdKind, Timestamp};

use super::{auth, convert, error, quirks, wire};
use crate::extract::{MediaTypes, Segment, json_object, segment};
use crate::failure::Failure;
use crate::{Api, views};

/// The pearl that an id in a path names.
pub(super) async fn find(api: &Api, context: &Context, id: &str) -> Result<Arc<Campaign>, Failure> {
    let reference = CampaignRef::Vendor(views::by_object_id(auth::DIALECT, IdKind::Campaign, id));
    Ok(api.app().campaign(context, reference).await?)
}

/// `GET /v2/Pearl`; in v1 `/v1/Outbound`.
pub(super) async fn list_pearls(State(api): State<Api>, headers: HeaderMap) -> Response {
    list(&api, &headers).await.unwrap_or_else(error::respond)
}

async fn list(api: &Api, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let pearls = api.app().campaigns(&context).await?;
    let items: Vec<_> = pearls.iter().map(convert::pearl_item).collect();
    Ok(quirks::answer(StatusCode::OK, &items))
}

/// `GET /v2/Pearl/{pearlId}`; in v1 `/v1/Outbound/{outboundId}`.
pub(super) async fn get_pearl(
    State(api): State<Api>,
    pearl: Segment,
    headers: HeaderMap,
) -> Response {
    get(&api, &segment(pearl), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get(api: &Api, pearl: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let pearl = find(api, &context, pearl).await?;
    let now = api.app().environment().now();
    let today = TimeZone::start_of_day(pearl.time_zone.as_ref(), now);
    let counts = convert::PearlCounts {
        leads: api.app().lead_counts(&context, pearl.id).await?,
        today_calls: calls_since(api, &context, pearl.id, today).await?,
        ongoing_calls: ongoing_calls(api, &context, pearl.id).await?,
    };
    Ok(quirks::answer(
        StatusCode::OK,
        &convert::pearl(&pearl, &counts),
    ))
}

async fn calls_since(
    api: &Api,
    context: &Context,
    pearl: CampaignId,
    moment: Timestamp,
) -> Result<u64, AppError> {
    let filter = CallFilter {
        campaigns: Some(vec![pearl]),
        started_from: Some(moment),
        ..CallFilter::default()
    };
    count_calls(api, context, filter).await
}

async fn ongoing_calls(api: &Api, context: &Context, pearl: CampaignId) -> Result<u64, AppError> {
    let filter = CallFilter {
        campaigns: Some(vec![pearl]),
        states: vec![CallState::Active],
        ..CallFilter::default()
    };
    count_calls(api, context, filter).await
}

async fn count_calls(api: &Api, context: &Context, filter: CallFilter) -> Result<u64, AppError> {
    let page = CallPage {
        is_ascending: false,
        offset: 0,
        limit: 1,
    };
    Ok(api.app().list_calls(context, filter, page).await?.total)
}

/// `GET /v2/Pearl/{pearlId}/OngoingCalls`.
pub(super) async fn get_ongoing_calls(
    State(api): State<Api>,
    pearl: Segment,
    headers: HeaderMap,
) -> Response {
    get_ongoing(&api, &segment(pearl), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get_ongoing(api: &Api, pearl: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let pearl = find(api, &context, pearl).await?;
    let ongoing = wire::OngoingCalls {
        total_ongoing_calls: ongoing_calls(api, &context, pearl.id).await?,
        total_on_queue: (),
    };
    Ok(quirks::answer(StatusCode::OK, &ongoing))
}

/// `PUT /v2/Pearl/{pearlId}/Active`; in v1 `POST /v1/Outbound/{outboundId}/Active`. Answers the activity state.
pub(super) async fn set_active(
    State(api): State<Api>,
    pearl: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    activate(&api, &segment(pearl), &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn activate(
    api: &Api,
    pearl: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::AnyJson).await?;
    let pearl = find(api, &context, pearl).await?;
    let (is_active, faults) = convert::is_active(members);
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let state = match (is_active, pearl.state) {
        (true, _) => Some(CampaignState::Running),
        (false, CampaignState::Running) => Some(CampaignState::Paused),
        // It does not run.
        (false, _) => None,
    };
    let edit = CampaignEdit {
        state,
        ..CampaignEdit::default()
    };
    let after = api.app().edit_campaign(&context, pearl.id, edit).await?;
    Ok(quirks::answer(
        StatusCode::OK,
        &convert::activity(after.state),
    ))
}

/// `PUT /v2/Pearl/{pearlId}/Settings/Outbound`.
pub(super) async fn update_outbound_settings(
    State(api): State<Api>,
    pearl: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    update_settings(&api, &segment(pearl), &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn update_settings(
    api: &Api,
    pearl: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::AnyJson).await?;
    let pearl = find(api, &context, pearl).await?;
    let (update, mut faults) = convert::settings(members);
    let hooks = [
        (
            wire::CALL_WEBHOOK_URL,
            Format::NlPearlCall,
            update.call_hook,
        ),
        (
            wire::LEAD_WEBHOOK_URL,
            Format::NlPearlLead,
            update.lead_hook,
        ),
    ];
    for (setting, _, url) in &hooks {
        faults.extend(hook_faults(api, &context, setting, url.as_deref()).await?);
    }
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let pearl = api
        .app()
        .edit_campaign(&context, pearl.id, update.edit)
        .await?;
    for (setting, format, url) in hooks {
        if let Some(url) = url {
            set_hook(api, &context, &pearl, setting, format, url).await?;
        }
    }
    Ok(quirks::answer(StatusCode::OK, &true))
}

/// What is wrong with the URL of a setting.
async fn hook_faults(
    api: &Api,
    context: &Context,
    setting: &str,
    url: Option<&str>,
) -> Result<Vec<Fault>, AppError> {
    let Some(url) = url else {
        return Ok(Vec::new());
    };
    match api.app().check_hook(context, url).await {
        Ok(()) => Ok(Vec::new()),
        Err(AppError::Invalid(faults)) => Ok(faults
            .into_iter()
            .map(|fault| Fault::member(setting, fault.reason))
            .collect()),
        Err(error) => Err(error),
    }
}

async fn set_hook(
    api: &Api,
    context: &Context,
    pearl: &Campaign,
    setting: &str,
    format: Format,
    url: String,
) -> Result<(), AppError> {
    let name = convert::hook_name(pearl, setting);
    if url.is_empty() {
        api.app().clear_hook(context, format, &name).await?;
        return Ok(());
    }
    let hook = Hook {
        name,
        format,
        campaigns: [pearl.id].into(),
        url,
    };
    api.app().set_hook(context, hook).await?;
    Ok(())
}
