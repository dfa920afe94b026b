//! Where the leads of a filter stand, and how many: totals, and which places have any.
//!
//! Counted in the index of `lead_places`. Rows that count would be exact too, but all lanes of all processes would wait for
//! each other at them.

use std::sync::LazyLock;

use domain::listing::LeadFilter;
use domain::status::{DialStatus, StageKind};
use domain::{CampaignId, Lead, WorkspaceId};
use store::LeadCounts;
use tokio_postgres::Row;

use crate::errors::Failure;
use crate::lists::conditions;
use crate::lists::question::Values;
use crate::pipeline::Pipeline;
use crate::rows::set::Kind::{self, Integer, Text};
use crate::rows::set::{Rows, Statements};
use crate::rows::work::statements;
use crate::rows::{Cells, signed};

type Answer<T> = Result<T, Failure>;

/// Where a lead stands, as lists see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// 0: in none.
    pub(crate) campaign: i64,
    pub(crate) dial_status: DialStatus,
    pub(crate) stage_kind: StageKind,
}

impl Place {
    /// `None` if it is deleted.
    pub(crate) fn of(lead: &Lead) -> Option<Self> {
        lead.deleted_at.is_none().then_some(Self {
            campaign: lead.campaign_id.map_or(0, |id| signed(id.get())),
            dial_status: lead.dial_status,
            stage_kind: lead.stage.kind,
        })
    }
}

const PLACE: [(&str, Kind); 5] = [
    ("id", Integer),
    ("campaign_id", Integer),
    ("dial_status", Text),
    ("stage_kind", Text),
    ("created_at", Integer),
];
pub(crate) static PLACES: LazyLock<Statements> =
    LazyLock::new(|| statements("lead_places", &PLACE, "", "lead"));
/// Adds a row of [`PLACES`].
pub(crate) fn add_place(rows: &mut Rows<'_>, lead: &Lead, place: Place) {
    rows.integer(signed(lead.id.get()));
    rows.integer(place.campaign);
    rows.text(place.dial_status.name());
    rows.text(place.stage_kind.name());
    rows.integer(lead.created_at.as_millis());
}

/// The leads of one campaign, status and kind of stage.
pub(crate) struct Count {
    pub(crate) place: Place,
    pub(crate) leads: u64,
}

/// Of every place that has any lead which passes what the filter says of places.
pub(crate) async fn of_places(
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

pub(crate) async fn of_campaign(
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
