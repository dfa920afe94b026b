//! Notes on a lead: add, change, list.

use app::AppError;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::NoteId;
use domain::command::LeadRef;

use super::{auth, convert, error};
use crate::extract::{MediaTypes, Segment, Segments, json_object, segment, segments};
use crate::failure::Failure;
use crate::{Api, views};

/// `GET /api/v1/leads/{leadId}/notes`.
pub(super) async fn list_notes(
    State(api): State<Api>,
    lead: Segment,
    headers: HeaderMap,
) -> Response {
    list(&api, &segment(lead), &headers)
        .await
        .unwrap_or_else(error::respond)
}

async fn list(api: &Api, lead: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let context = auth::reading(api, headers).await?;
    let notes = api.app().notes(&context, &lead_ref(lead)).await?;
    let shown: Vec<_> = notes.into_iter().map(convert::note).collect();
    Ok(Json(shown).into_response())
}

/// `POST /api/v1/leads/{leadId}/notes`.
pub(super) async fn add_note(
    State(api): State<Api>,
    lead: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    add(&api, &segment(lead), &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn add(api: &Api, lead: &str, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (new, faults) = convert::new_note(members);
    let lead = lead_ref(lead);
    if !faults.is_empty() {
        api.app().lead(&context, &lead, None).await?;
        return Err(AppError::Invalid(faults).into());
    }
    let note = api.app().add_note(&context, &lead, new).await?;
    Ok((StatusCode::CREATED, Json(convert::added_note(&note))).into_response())
}

/// `PATCH /api/v1/leads/{leadId}/notes/{noteId}`.
pub(super) async fn update_note(
    State(api): State<Api>,
    ids: Segments,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let (lead, note) = segments(ids);
    update(&api, &lead, &note, &headers, body)
        .await
        .unwrap_or_else(error::respond)
}

async fn update(
    api: &Api,
    lead: &str,
    note: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let context = auth::writing(api, headers).await?;
    let members = json_object(headers, body, MediaTypes::Json).await?;
    let (edit, faults) = convert::note_edit(members);
    let (app, lead) = (api.app(), lead_ref(lead));
    let note = note_id(api, &context, &lead, note).await?;
    if !faults.is_empty() || edit.is_nothing() {
        let note = app.note(&context, &lead, note).await?;
        if faults.is_empty() {
            return Ok(Json(convert::changed_note(&note)).into_response());
        }
        return Err(AppError::Invalid(faults).into());
    }
    let note = app.edit_note(&context, &lead, note, |content| edit.apply(content));
    Ok(Json(convert::changed_note(&note.await?)).into_response())
}

/// A text that is no note's number names none; but a lead that is not there is said first.
async fn note_id(
    api: &Api,
    context: &app::Context,
    lead: &LeadRef,
    text: &str,
) -> Result<NoteId, Failure> {
    let number = views::by_number(auth::DIALECT, text).number;
    if let Some(id) = number.and_then(NoteId::new) {
        return Ok(id);
    }
    api.app().lead(context, lead, None).await?;
    Err(AppError::NotFound(app::Missing::Note).into())
}

fn lead_ref(text: &str) -> LeadRef {
    views::lead(views::by_number(auth::DIALECT, text))
}
