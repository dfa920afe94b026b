//! Leads in an order: one range of an index, or one for each campaign or place ("arm"), merged.
//!
//! Each arm is read no further than the page reaches, and only where it is a range of an index that is in the list's order
//! already: so the filter decides which table and which arms.

use domain::listing::{LeadFilter, LeadOrder, Place as Start};
use domain::status::{DialStatus, StageKind};

use super::conditions;
use super::counts::Count;
use super::question::{Value, Values};
use crate::query::clamped;
use crate::rows::search::Place;
use crate::rows::signed;

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

    const fn table(&self) -> &'static str {
        match self {
            Self::Places(_) => "lead_places AS place WHERE place.workspace_id = $1",
            Self::Workspace | Self::Campaigns(_) | Self::Chosen(_) => {
                "leads AS place WHERE place.workspace_id = $1 AND place.deleted_at IS NULL"
            }
        }
    }

    /// The arms, and what binds a row to its arm. `None`: there is but one.
    fn arms(&self, values: &mut Values) -> Option<(String, &'static str)> {
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
    fn conditions(&self, filter: &LeadFilter, values: &mut Values) -> String {
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

/// A part of a list.
pub(super) struct Part {
    pub(super) order: LeadOrder,
    pub(super) is_ascending: bool,
    pub(super) after: Option<Start>,
    pub(super) skip: u64,
    pub(super) take: u64,
}

impl Part {
    /// The numbers of its leads, in order.
    pub(super) fn sql(&self, source: &Source, filter: &LeadFilter, values: &mut Values) -> String {
        let arms = source.arms(values);
        let conditions = source.conditions(filter, values) + &self.start(values);
        let (key, order) = (self.key(values), self.direction());
        let bound = arms.as_ref().map_or("", |(_, bound)| bound);
        let nulls = if self.is_ascending { "FIRST" } else { "LAST" };
        let rows = format!(
            "SELECT place.id, place.created_at, {key} AS key FROM {}{bound}{conditions} \
             ORDER BY {}place.created_at {order}, place.id {order}",
            source.table(),
            if self.order == LeadOrder::CreatedAt {
                String::new()
            } else {
                format!("{key} {order} NULLS {nulls}, ")
            }
        );
        let (skip, take) = (
            values.integer(clamped(self.skip)),
            values.integer(clamped(self.take)),
        );
        let Some((arms, _)) = arms else {
            return format!("{rows} LIMIT {take} OFFSET {skip}");
        };
        let reach = values.integer(clamped(self.skip.saturating_add(self.take)));
        format!(
            "SELECT page.id FROM {arms}, LATERAL ({rows} LIMIT {reach}) AS page \
             ORDER BY page.key {order} NULLS {nulls}, page.created_at {order}, page.id {order} \
             LIMIT {take} OFFSET {skip}"
        )
    }

    const fn direction(&self) -> &'static str {
        if self.is_ascending { "ASC" } else { "DESC" }
    }

    fn key(&self, values: &mut Values) -> String {
        let rank = |column: &str, names: Vec<_>, values: &mut Values| {
            let names = values.mark(Value::Texts(names));
            format!("array_position({names}, place.{column})")
        };
        match self.order {
            LeadOrder::CreatedAt => "NULL::bigint".to_owned(),
            LeadOrder::Phone => "place.phone_e164".to_owned(),
            LeadOrder::ExternalId => "place.external_id".to_owned(),
            LeadOrder::DialStatus => {
                let names = DialStatus::ALL.map(DialStatus::name);
                rank("dial_status", names.into(), values)
            }
            LeadOrder::StageKind => {
                let names = StageKind::ALL.map(StageKind::name);
                rank("stage_kind", names.into(), values)
            }
        }
    }

    fn start(&self, values: &mut Values) -> String {
        let Some(Start { created_at, id }) = self.after else {
            return String::new();
        };
        let (beyond, end) = if self.is_ascending {
            (">", i64::MAX)
        } else {
            ("<", i64::MIN)
        };
        let at = values.integer(created_at.as_millis());
        let id = values.integer(id.map_or(end, |id| signed(id.get())));
        format!(" AND (place.created_at, place.id) {beyond} ({at}, {id})")
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
