//! Deletes leads, by ids or by the caller's own: whatever of them is there.

use std::collections::BTreeSet;

use app::{AppError, Context};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::command::{Deletion, LeadRef};
use domain::fault::{Fault, JsonType, Reason};
use domain::limits::{BATCH_COMMANDS_MAX, DELETE_LEADS_MAX, FAULTS_MAX};
use domain::{CampaignId, IdKind};
use futures_util::future::join_all;
use serde_json::Value;

use super::super::{auth, campaigns, error, quirks, wire};
use crate::extract::{Elements, MediaTypes, Part, Segment, segment};
use crate::failure::Failure;
use crate::{Api, views};

/// How leads are named.
struct Naming {
    member: &'static str,
    reference: fn(CampaignId, String) -> LeadRef,
}

const BY_ID: Naming = Naming {
    member: wire::LEAD_IDS,
    reference: |_, id| views::lead(views::by_object_id(auth::DIALECT, IdKind::Lead, &id)),
};

const BY_EXTERNAL_ID: Naming = Naming {
    member: wire::LEAD_EXTERNAL_IDS,
    reference: |campaign, external_id| LeadRef::External {
        campaign,
        external_id,
    },
};

/// `DELETE /v2/Outbound/{pearlId}/Leads`, and the same in v1.
pub(in super::super) async fn delete_leads(
    State(api): State<Api>,
    pearl: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    delete(&api, &segment(pearl), &headers, body, &BY_ID)
        .await
        .unwrap_or_else(error::respond)
}

/// `DELETE /v2/Outbound/{pearlId}/Leads/External`, and the same in v1: of several with an id the newest.
pub(in super::super) async fn delete_leads_by_external_id(
    State(api): State<Api>,
    pearl: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    delete(&api, &segment(pearl), &headers, body, &BY_EXTERNAL_ID)
        .await
        .unwrap_or_else(error::respond)
}

/// Answers whether every name was that of a lead.
async fn delete(
    api: &Api,
    pearl: &str,
    headers: &HeaderMap,
    body: Body,
    naming: &Naming,
) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let mut elements = Elements::read(headers, body, MediaTypes::AnyJson, naming.member)?;
    let read = names(&mut elements, naming.member).await;
    elements.close().await;
    let (names, faults) = read?;
    let pearl = campaigns::find(api, &context, pearl).await?;
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let names: Vec<_> = names.into_iter().collect();
    let mut were_all_there = true;
    // As many as one batch takes, so that the deletion leaves room in the queue for others.
    for batch in names.chunks(BATCH_COMMANDS_MAX) {
        let references = batch.iter().cloned();
        let references = references.map(|name| (naming.reference)(pearl.id, name));
        let deletions = references.map(|lead| delete_one(api, &context, pearl.id, lead));
        for was_there in join_all(deletions).await {
            were_all_there &= was_there?;
        }
    }
    Ok(quirks::answer(StatusCode::OK, &were_all_there))
}

/// The names, each once, and what is wrong with the body.
async fn names(
    elements: &mut Elements,
    member: &str,
) -> Result<(BTreeSet<String>, Vec<Fault>), Failure> {
    let (mut names, mut faults, mut count) = (BTreeSet::new(), Vec::new(), 0);
    while faults.len() < FAULTS_MAX {
        match elements.next().await? {
            None => break,
            Some(Part::Fault(fault)) => faults.push(fault),
            Some(Part::Element(_)) if count == DELETE_LEADS_MAX => {
                let items_max = DELETE_LEADS_MAX;
                faults.push(Fault::member(member, Reason::TooMany { items_max }));
                break;
            }
            Some(Part::Element(Value::String(name))) => {
                names.insert(name);
                count += 1;
            }
            Some(Part::Element(_)) => {
                let place = format!("{member}[{count}]");
                faults.push(Fault::member(place, Reason::WrongType(JsonType::Text)));
                count += 1;
            }
        }
    }
    Ok((names, faults))
}

async fn delete_one(
    api: &Api,
    context: &Context,
    pearl: CampaignId,
    lead: LeadRef,
) -> Result<bool, AppError> {
    let deletion = Deletion {
        lead,
        in_campaign: Some(pearl),
        needs_open_campaign: false,
    };
    match api.app().delete_lead(context, deletion).await {
        Ok(_) => Ok(true),
        Err(AppError::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
