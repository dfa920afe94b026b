//! Call logs: listed, by campaign, one. Each answer has an `ETag`; who has it already is told so (304).

use app::{AppError, CallRecord, Context};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use domain::CampaignId;
use domain::listing::CallPage;

use super::convert::calls as convert;
use super::convert::pages;
use super::{auth, campaigns, error};
use crate::extract::{Params, Segment, segment, tagged};
use crate::failure::Failure;
use crate::{Api, views};

/// `GET /v1/call-logs`.
pub(super) async fn list_calls(State(api): State<Api>, uri: Uri, headers: HeaderMap) -> Response {
    list(&api, None, &uri, &headers)
        .await
        .unwrap_or_else(error::respond)
}

/// `GET /v1/call-logs/campaign/{campaign}`.
pub(super) async fn list_calls_of_campaign(
    State(api): State<Api>,
    campaign: Segment,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    list(&api, Some(segment(campaign)), &uri, &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn list(
    api: &Api,
    campaign: Option<String>,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let mut params = Params::of(uri);
    let page = pages::Asked::of(&mut params);
    let mut asked = convert::asked(&mut params);
    // An unknown campaign (404) comes before the faults (400).
    asked.filter.campaigns = match campaign.or(asked.campaign_id.take()) {
        Some(id) => Some(vec![campaigns::find(api, &context, &id).await?.id]),
        None => None,
    };
    error::refuse(params.into_faults())?;
    if let Some(agent) = &asked.agent_id {
        let wanted = asked.filter.campaigns.take();
        let found = campaigns_of(api, &context, agent, wanted).await?;
        asked.filter.campaigns = Some(found);
    }
    if asked.is_nothing {
        asked.filter.campaigns = Some(Vec::new());
    }
    let part = CallPage {
        is_ascending: asked.is_ascending,
        offset: page.offset(),
        limit: page.limit,
    };
    let found = api.app().list_calls(&context, asked.filter, part).await?;
    let agents = agents(api, &context, &found.calls).await?;
    let calls = found.calls.iter().zip(&agents);
    let shown = calls.map(|(call, agent)| convert::call_log(call, agent.as_deref()));
    Ok(tagged(headers, &page.show(shown.collect(), found.total)))
}

/// `GET /v1/call-logs/{id}`.
pub(super) async fn get_call(State(api): State<Api>, id: Segment, headers: HeaderMap) -> Response {
    get(&api, &segment(id), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn get(api: &Api, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let id = views::by_code(auth::DIALECT, id);
    let call = api.app().call_by_vendor_id(&context, &id).await?;
    let agent = agent(api, &context, call.campaign_id).await?;
    Ok(tagged(headers, &convert::call_log(&call, agent.as_deref())))
}

/// The campaigns that name the agent, of those wanted.
async fn campaigns_of(
    api: &Api,
    context: &Context,
    agent: &str,
    wanted: Option<Vec<CampaignId>>,
) -> Result<Vec<CampaignId>, AppError> {
    let campaigns = api.app().campaigns(context).await?;
    let of_agent = campaigns
        .iter()
        .filter(|campaign| campaign.agent.as_deref() == Some(agent))
        .map(|campaign| campaign.id);
    Ok(of_agent
        .filter(|id| wanted.as_ref().is_none_or(|wanted| wanted.contains(id)))
        .collect())
}

/// The agent of each call's campaign.
async fn agents(
    api: &Api,
    context: &Context,
    calls: &[CallRecord],
) -> Result<Vec<Option<String>>, AppError> {
    let mut agents = Vec::with_capacity(calls.len());
    for call in calls {
        agents.push(agent(api, context, call.campaign_id).await?);
    }
    Ok(agents)
}

async fn agent(
    api: &Api,
    context: &Context,
    campaign: CampaignId,
) -> Result<Option<String>, AppError> {
    let campaign = api.app().campaign_of(context, Some(campaign)).await?;
    Ok(campaign.and_then(|campaign| campaign.agent.clone()))
}
