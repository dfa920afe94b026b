//! Where the leads of a filter stand, and how many: totals, and which places have any.
//!
//! Counted in the index of `lead_places`. Rows that count would be exact too, but all lanes of all processes would wait for
//! each other at them.

use domain::listing::LeadFilter;
use domain::status::{DialStatus, StageKind};
use domain::{CampaignId, WorkspaceId};
use store::LeadCounts;
use tokio_postgres::Row;

use super::Answer;
use super::conditions;
use super::question::Values;
use crate::pipeline::Pipeline;
use crate::rows::Cells;
use crate::rows::search::Place;

/// The leads of one campaign, status and kind of stage.
pub(super) struct Count {
    pub(super) place: Place,
    pub(super) leads: u64,
}

/// Of every place that has any lead which passes what the filter says of places.
pub(super) async fn of_places(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    filter: &LeadFilter,
) -> Answer<Vec<Count>> {
    let mut values = Values::of(workspace);
    let conditions = conditions::place(filter, &mut values);
    let sql = format!(
        "SELECT place.campaign_id, dial_status, stage_kind, count(*) AS leads FROM lead_places AS place \
         WHERE place.workspace_id = $1{conditions} GROUP BY place.campaign_id, dial_status, stage_kind"
    );
    let rows = values.ask(pipeline, sql).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Answer<Count> {
    let mut cells = Cells::new(row, "lead_places");
    // In the order of the columns.
    Ok(Count {
        place: Place {
            campaign: cells.integer("campaign_id")?,
            dial_status: cells.parsed("dial_status", DialStatus::from_name)?,
            stage_kind: cells.parsed("stage_kind", StageKind::from_name)?,
        },
        leads: cells.number("leads")?,
    })
}

pub(super) async fn of_campaign(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    campaign: CampaignId,
) -> Answer<LeadCounts> {
    let filter = LeadFilter {
        campaigns: Some(vec![campaign]),
        ..LeadFilter::default()
    };
    let mut counts = LeadCounts::default();
    for count in of_places(pipeline, workspace, &filter).await? {
        *counts.0.entry(count.place.dial_status).or_default() += count.leads;
    }
    Ok(counts)
}
