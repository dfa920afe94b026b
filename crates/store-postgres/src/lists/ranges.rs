//! Where the leads of a list are read: one range of an index, or one for each campaign or place ("arm").
//!
//! An arm is a range that is in the list's order already: so filter and order decide which table and which arms.

use domain::listing::{LeadFilter, LeadOrder};

use super::conditions;
use super::question::{Value, Values};
use crate::counts::{Count, Place};
use crate::query::clamped;

/// Where the leads are read.
pub(super) enum Source {
    /// All of the workspace.
    Workspace,
    /// One arm for each.
    Campaigns(Vec<i64>),
    /// One arm for each, in `lead_places`.
    Places(Vec<Place>),
    /// These, whose order is made anew: not many.
    Chosen(Vec<i64>),
}

impl Source {
    /// The one whose arms are in this order. `counts` are those of the filter.
    pub(super) fn of(filter: &LeadFilter, order: LeadOrder, counts: &[Count]) -> Self {
        let is_placed = !filter.dial_statuses.is_empty() || !filter.stage_kinds.is_empty();
        if is_placed && order == LeadOrder::CreatedAt {
            return Self::Places(counts.iter().map(|count| count.place).collect());
        }
        if filter.campaigns.is_none() {
            return Self::Workspace;
        }
        let mut campaigns: Vec<_> = counts.iter().map(|count| count.place.campaign).collect();
        campaigns.sort_unstable();
        campaigns.dedup();
        Self::Campaigns(campaigns)
    }

    pub(super) const fn table(&self) -> &'static str {
        match self {
            Self::Places(_) => "lead_places AS place WHERE place.workspace_id = $1",
            Self::Workspace | Self::Campaigns(_) | Self::Chosen(_) => {
                "leads AS place WHERE place.workspace_id = $1 AND place.deleted_at IS NULL"
            }
        }
    }

    /// The arms, and what binds a row to its arm. `None`: there is but one.
    pub(super) fn arms(&self, values: &mut Values) -> Option<(String, &'static str)> {
        match self {
            Self::Workspace | Self::Chosen(_) => None,
            Self::Campaigns(ids) => {
                let ids = values.mark(Value::Integers(ids.clone()));
                Some((
                    format!("unnest({ids}) AS arm (campaign_id)"),
                    " AND place.campaign_id = arm.campaign_id",
                ))
            }
            Self::Places(places) => {
                let ids = places.iter().map(|place| place.campaign).collect();
                let statuses = places.iter().map(|place| place.dial_status.name());
                let kinds = places.iter().map(|place| place.stage_kind.name());
                let (statuses, kinds) = (statuses.collect(), kinds.collect());
                let ids = values.mark(Value::Integers(ids));
                let statuses = values.mark(Value::Texts(statuses));
                let kinds = values.mark(Value::Texts(kinds));
                Some((
                    format!(
                        "unnest({ids}, {statuses}, {kinds}) AS arm (campaign_id, dial_status, stage_kind)"
                    ),
                    " AND place.campaign_id = arm.campaign_id AND place.dial_status = arm.dial_status \
                     AND place.stage_kind = arm.stage_kind",
                ))
            }
        }
    }

    /// What is left of the filter within an arm.
    pub(super) fn conditions(&self, filter: &LeadFilter, values: &mut Values) -> String {
        let place = match self {
            Self::Places(_) => conditions::creation(filter, values),
            Self::Workspace | Self::Campaigns(_) | Self::Chosen(_) => {
                let campaigns = match self {
                    Self::Chosen(_) => filter.campaigns.clone(),
                    _ => None,
                };
                let filter = LeadFilter {
                    campaigns,
                    ..filter.clone()
                };
                conditions::place(&filter, values)
            }
        };
        let chosen = match self {
            Self::Chosen(ids) => {
                let ids = values.mark(Value::Integers(ids.clone()));
                format!(" AND place.id = ANY({ids})")
            }
            Self::Workspace | Self::Campaigns(_) | Self::Places(_) => String::new(),
        };
        place + &chosen + &conditions::content(filter, values)
    }
}

/// How many leads there are, counted no further than this.
pub(super) fn count_sql(
    source: &Source,
    filter: &LeadFilter,
    most: u64,
    values: &mut Values,
) -> String {
    let arms = source.arms(values);
    let conditions = source.conditions(filter, values);
    let (from, bound) = match arms {
        Some((arms, bound)) => (format!("{arms}, "), bound),
        None => (String::new(), ""),
    };
    let most = values.integer(clamped(most));
    let rows = format!(
        "SELECT 1 FROM {}{bound}{conditions} LIMIT {most}",
        source.table()
    );
    if from.is_empty() {
        format!("SELECT count(*) AS leads FROM ({rows}) AS counted")
    } else {
        format!(
            "SELECT count(*) AS leads FROM (SELECT 1 FROM {from}LATERAL ({rows}) AS part LIMIT {most}) AS counted"
        )
    }
}
