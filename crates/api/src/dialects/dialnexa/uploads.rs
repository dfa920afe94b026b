//! A file of leads for a campaign: all of its rows are added, or none.

use app::AppError;
use app::bulks::BulkWriter;
use app::leads::Creation;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::CampaignId;
use domain::Timestamp;
use domain::edit::Change;
use domain::fault::{Fault, Reason};
use domain::limits::{BULK_LEADS_MAX, FAULTS_MAX};

use super::convert::campaigns::scheduled_at;
use super::convert::uploads::Columns;
use super::sheet::{Row, Sheet};
use super::wire::uploads::{FILE, RowErrors, Uploaded};
use super::{auth, campaigns, convert, error};
use crate::Api;
use crate::extract::{Segment, segment, upload};
use crate::failure::Failure;

const EMPTY: Failure = Failure::Malformed("The uploaded file must include a phone_number column");
const TOO_MANY_ROWS: Failure = Failure::Malformed("The uploaded file must have at most 50000 rows");

/// `POST /v1/campaigns-leads/upload-file/{campaignId}`.
pub(super) async fn upload_leads(
    State(api): State<Api>,
    campaign: Segment,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let campaign = segment(campaign);
    // A task of its own, so that what a client leaves behind by hanging up is cleared away at once.
    let adding = tokio::spawn(async move { add(&api, &campaign, &headers, body).await });
    let added = adding.await;
    let added = added.unwrap_or_else(|_| Err(Refused::from(AppError::Internal)));
    added.unwrap_or_else(|refused| match refused {
        Refused::Whole(failure) => error::respond(failure),
        Refused::Rows(errors) => error::refuse_rows(errors),
    })
}

/// Why a file is not taken.
enum Refused {
    Whole(Failure),
    Rows(Vec<RowErrors>),
}

impl<E: Into<Failure>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Whole(error.into())
    }
}

/// What came of the rows so far.
#[derive(Default)]
struct Tally {
    skipped: usize,
    refused: Vec<RowErrors>,
}

impl Tally {
    fn refuse(&mut self, row: usize, faults: &[Fault]) {
        for fault in faults {
            let reason = error::row_text(fault);
            let mut groups = self.refused.iter();
            let place = groups.position(|group| group.reason == reason);
            let place = place.unwrap_or(self.refused.len());
            if place == self.refused.len() {
                self.refused.push(RowErrors {
                    reason,
                    count: 0,
                    rows: Vec::new(),
                });
            }
            let group = &mut self.refused[place];
            group.count += 1;
            if group.rows.len() < FAULTS_MAX {
                group.rows.push(row);
            }
        }
    }
}

async fn add(
    api: &Api,
    campaign: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let context = auth::writing(api, headers).await?;
    let found = campaigns::find(api, &context, campaign).await?;
    let starts_at = scheduled_at(&found, api.app().environment().now());
    let leads = Leads {
        campaign: found.id,
        starts_at,
    };
    // Before the file is read: it is held in memory, and few bulks may be under way.
    let mut bulk = api.app().open_bulk(&context).await?;
    match stage(&mut bulk, leads, headers, body).await {
        Ok(skipped) => {
            let created = bulk.accept().await?;
            let id = convert::campaign_code(found.id);
            let shown = uploaded(id, created, skipped);
            Ok((StatusCode::CREATED, Json(shown)).into_response())
        }
        Err(refused) => {
            // What cannot be dropped now is dropped by the worker.
            let _ = bulk.abandon().await;
            Err(refused)
        }
    }
}

/// What all leads of a file have alike.
#[derive(Clone, Copy)]
struct Leads {
    campaign: CampaignId,
    starts_at: Option<Timestamp>,
}

/// Stages the lead of every row; how many rows have no number.
async fn stage(
    bulk: &mut BulkWriter,
    leads: Leads,
    headers: &HeaderMap,
    body: Body,
) -> Result<usize, Refused> {
    let file = upload(headers, body, FILE).await?;
    let missing = || AppError::Invalid(vec![Fault::member(FILE, Reason::Required)]);
    let mut sheet = Sheet::read(file.ok_or_else(missing)?)?;
    let columns = Columns::of(&sheet.next().await?.ok_or(EMPTY)?)?;
    let (mut tally, mut count) = (Tally::default(), 0);
    while let Some(row) = sheet.next().await? {
        count += 1;
        if count > BULK_LEADS_MAX {
            return Err(TOO_MANY_ROWS.into());
        }
        stage_row(bulk, leads, &columns, &row, &mut tally).await?;
    }
    if tally.refused.is_empty() {
        Ok(tally.skipped)
    } else {
        Err(Refused::Rows(tally.refused))
    }
}

async fn stage_row(
    bulk: &mut BulkWriter,
    leads: Leads,
    columns: &Columns,
    row: &Row,
    tally: &mut Tally,
) -> Result<(), AppError> {
    let mut edit = match columns.lead(row, leads.campaign) {
        None => {
            tally.skipped += 1;
            return Ok(());
        }
        Some(Err(fault)) => {
            tally.refuse(row.number, &[fault]);
            return Ok(());
        }
        Some(Ok(edit)) => edit,
    };
    edit.next_attempt_at = Change::set_if(leads.starts_at);
    let creation = Creation {
        edit,
        ..Creation::default()
    };
    match bulk.push(creation).await {
        Err(AppError::Invalid(faults)) => {
            tally.refuse(row.number, &faults);
            Ok(())
        }
        pushed => pushed,
    }
}

/// In the words of the vendor's example.
fn uploaded(campaign_id: String, created: usize, skipped: usize) -> Uploaded {
    let plural = |count| if count == 1 { "" } else { "s" };
    let mut message = format!("{created} lead{} queued successfully.", plural(created));
    if skipped > 0 {
        let rows = format!("{skipped} row{}", plural(skipped));
        message = format!("{message} {rows} skipped due to missing phone_number.");
    }
    Uploaded {
        campaign_id,
        leads_created: created,
        leads_skipped: skipped,
        message,
    }
}
