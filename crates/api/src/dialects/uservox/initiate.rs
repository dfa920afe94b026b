//! Initiate: make a lead, or let one that was parked be called; one or up to a thousand.

use app::AppError;
use app::leads::Creation;
use app::{Conflict, Context};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use domain::command::{Done, Update};
use domain::edit::{Change, Edit};
use domain::guard::Guard;
use domain::limits::{BATCH_COMMANDS_MAX, INITIATE_BODY_BYTES_MAX};
use futures_util::StreamExt;
use futures_util::stream;

use super::convert::{self, Initiation, Row};
use super::leads::{find, find_process, show};
use super::wire::Named;
use super::{auth, error, quirks, wire};
use crate::Api;
use crate::extract::{MediaTypes, json_object, json_object_within};
use crate::failure::Failure;

/// `POST /api/v1/leads/initiate`.
pub(super) async fn initiate_lead(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut named = Named::default();
    one(&api, &headers, body, &mut named)
        .await
        .unwrap_or_else(|failure| error::respond_to_initiate(failure, &named))
}

async fn one(
    api: &Api,
    headers: &HeaderMap,
    body: Body,
    named: &mut Named,
) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    refuse_blocked(api, &context).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (initiation, init) = convert::initiation(members, named)?;
    let lead = initiate(api, &context, initiation, init, named).await?;
    Ok(Json(wire::Initiated {
        success: true,
        lead,
    })
    .into_response())
}

async fn initiate(
    api: &Api,
    context: &Context,
    initiation: Initiation,
    init: bool,
    named: &Named,
) -> Result<wire::Lead, Failure> {
    let done = match initiation {
        Initiation::Existing => {
            let next_attempt_at = if init { Change::Clear } else { Change::Leave };
            let update = Update {
                lead: find(api, context, named).await?,
                in_campaign: None,
                edit: Edit {
                    next_attempt_at,
                    ..Edit::default()
                },
                guard: Guard::default(),
            };
            api.app().update_lead(context, update).await?
        }
        Initiation::New(edit) => make(api, context, *edit, init, named).await?,
    };
    show(api, context, &done.lead).await
}

async fn make(
    api: &Api,
    context: &Context,
    edit: Edit,
    init: bool,
    named: &Named,
) -> Result<Done, Failure> {
    let project = named.project.as_deref().unwrap_or_default();
    auth::check_project(api, context, project).await?;
    let process = named.process.as_deref().unwrap_or_default();
    let process = find_process(api, context, process).await?;
    let parked = (!init).then_some(quirks::NOT_INITIATED);
    let creation = Creation {
        edit: Edit {
            campaign: Change::Set(process.id),
            next_attempt_at: Change::set_if(parked),
            ..edit
        },
        unique: convert::UNIQUE.to_vec(),
        ..Creation::default()
    };
    // Where a workspace asks for the vendor's block, a repeated submission is a duplicate like any other.
    if !api.app().workspace(context).await?.blocks_repeats {
        return Ok(api.app().create_lead_once(context, creation).await?);
    }
    let made = api.app().create_lead(context, creation).await;
    if let Err(AppError::Conflict(Conflict::Duplicate(_))) = &made {
        api.app().note_repeat(context);
    }
    Ok(made?)
}

async fn refuse_blocked(api: &Api, context: &Context) -> Result<(), Failure> {
    match api.app().blocked_seconds(context).await? {
        None => Ok(()),
        Some(retry_after_seconds) => Err(Failure::Blocked {
            retry_after_seconds,
        }),
    }
}

/// `POST /api/v1/leads/bulk/initiate`: each row has a result of its own.
pub(super) async fn initiate_leads(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut named = Named::default();
    many(&api, &headers, body, &mut named)
        .await
        .unwrap_or_else(|failure| error::respond_to_initiate(failure, &named))
}

async fn many(
    api: &Api,
    headers: &HeaderMap,
    body: Body,
    named: &mut Named,
) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    refuse_blocked(api, &context).await?;
    let members =
        json_object_within(headers, body, MediaTypes::Json, INITIATE_BODY_BYTES_MAX).await?;
    let (rows, init) = convert::rows(members)?;
    check_places(api, &context, &rows, named).await?;
    let results = stream::iter(rows)
        .map(|row| initiate_row(api, &context, row, init))
        // As many as one batch takes, so that a bulk leaves room in the queue for others.
        .buffered(BATCH_COMMANDS_MAX);
    let mut answer = wire::BulkInitiated::default();
    let mut results = std::pin::pin!(results);
    while let Some(result) = results.next().await {
        match result? {
            Ok(lead) => answer.success.push(lead),
            Err(error) => answer.errors.push(error),
        }
    }
    Ok(Json(answer).into_response())
}

/// A foreign project or an unknown process anywhere refuses the whole, before anything is made.
async fn check_places(
    api: &Api,
    context: &Context,
    rows: &[Row],
    named: &mut Named,
) -> Result<(), Failure> {
    let mut known: Vec<&str> = Vec::new();
    for row in rows {
        if let Some(project) = &row.named.project {
            auth::check_project(api, context, project).await?;
        }
        let Some(process) = row.named.process.as_deref() else {
            continue;
        };
        if known.contains(&process) {
            continue;
        }
        named.process = Some(process.to_owned());
        find_process(api, context, process).await?;
        known.push(process);
    }
    Ok(())
}

/// The row's lead, or why there is none. What is nobody's fault ends the whole request: its rows may be sent again.
async fn initiate_row(
    api: &Api,
    context: &Context,
    row: Row,
    init: bool,
) -> Result<Result<wire::Lead, wire::RowError>, Failure> {
    let Row {
        given,
        named,
        initiation,
    } = row;
    let made = match initiation {
        Ok(initiation) => initiate(api, context, initiation, init, &named).await,
        Err(faults) => Err(AppError::Invalid(faults).into()),
    };
    match made {
        Ok(lead) => Ok(Ok(lead)),
        Err(Failure::App(error)) if error.is_retryable() || error == AppError::Internal => {
            Err(error.into())
        }
        Err(failure) => Ok(Err(wire::RowError {
            data: given,
            reference_id: named.reference.clone(),
            error: error::text_of(failure, &named),
        })),
    }
}
