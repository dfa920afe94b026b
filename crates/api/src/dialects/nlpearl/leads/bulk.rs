//! Many leads in one request: all of them are added, or none.

use app::bulks::BulkWriter;
use app::leads::Creation;
use app::{AppError, Context};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::campaign::Campaign;
use domain::fault::{Fault, JsonType, Reason};
use domain::limits::{BULK_LEADS_MAX, FAULTS_MAX};
use serde_json::Value;

use super::super::{auth, campaigns, convert, error, quirks, wire};
use crate::Api;
use crate::extract::{Elements, MediaTypes, Members, Part, Segment, segment};
use crate::failure::Failure;

/// `POST /v2/Outbound/{pearlId}/Leads/Add`.
pub(in super::super) async fn add_leads(
    State(api): State<Api>,
    pearl: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let pearl = segment(pearl);
    // A task of its own, so that what a client leaves behind by hanging up is cleared away at once.
    let adding = tokio::spawn(async move { add(&api, &pearl, &headers, body).await });
    let added = adding.await;
    added
        .unwrap_or_else(|_| Err(AppError::Internal.into()))
        .unwrap_or_else(error::respond)
}

async fn add(api: &Api, pearl: &str, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let mut elements = Elements::read(headers, body, MediaTypes::AnyJson, wire::LEADS)?;
    let added = add_all(api, &context, pearl, &mut elements).await;
    elements.close().await;
    added?;
    Ok(quirks::answer(StatusCode::OK, &true))
}

async fn add_all(
    api: &Api,
    context: &Context,
    pearl: &str,
    elements: &mut Elements,
) -> Result<(), Failure> {
    // Before the body is read, which may take minutes.
    let pearl = campaigns::find(api, context, pearl).await?;
    let mut bulk = api.app().open_bulk(context).await?;
    match stage(&mut bulk, &pearl, elements).await {
        Ok(()) => {
            bulk.accept().await?;
            Ok(())
        }
        Err(failure) => {
            // What cannot be dropped now is dropped by the worker.
            let _ = bulk.abandon().await;
            Err(failure)
        }
    }
}

/// Stages every lead, or says what is wrong with the first of those that are faulty.
async fn stage(
    bulk: &mut BulkWriter,
    pearl: &Campaign,
    elements: &mut Elements,
) -> Result<(), Failure> {
    let (mut faults, mut count) = (Vec::new(), 0);
    while faults.len() < FAULTS_MAX {
        match elements.next().await? {
            None => break,
            Some(Part::Fault(fault)) => faults.push(fault),
            Some(Part::Element(_)) if count == BULK_LEADS_MAX => {
                let items_max = BULK_LEADS_MAX;
                faults.push(Fault::member(wire::LEADS, Reason::TooMany { items_max }));
                break;
            }
            Some(Part::Element(lead)) => {
                faults.extend(stage_lead(bulk, pearl, count, lead).await?);
                count += 1;
            }
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    faults.truncate(FAULTS_MAX);
    Err(AppError::Invalid(faults).into())
}

async fn stage_lead(
    bulk: &mut BulkWriter,
    pearl: &Campaign,
    index: usize,
    lead: Value,
) -> Result<Vec<Fault>, AppError> {
    let Value::Object(members) = lead else {
        let place = format!("{}[{index}]", wire::LEADS);
        let reason = Reason::WrongType(JsonType::Object);
        return Ok(vec![Fault::member(place, reason)]);
    };
    let (edit, faults) = convert::addition(Members::new(members), pearl);
    if !faults.is_empty() {
        return Ok(in_lead(index, faults));
    }
    let creation = Creation {
        edit,
        ..Creation::default()
    };
    match bulk.push(creation).await {
        Ok(()) => Ok(Vec::new()),
        Err(AppError::Invalid(faults)) => Ok(in_lead(index, faults)),
        Err(error) => Err(error),
    }
}

fn in_lead(index: usize, faults: Vec<Fault>) -> Vec<Fault> {
    let faults = faults.into_iter();
    let placed = faults.map(|Fault { at, reason }| {
        Fault::member(quirks::in_lead(index, error::member(&at)), reason)
    });
    placed.collect()
}
