//! A part of a list in an order: each arm read no further than the part reaches, then merged.

use domain::listing::{LeadFilter, LeadOrder, Place as Start};
use domain::status::{DialStatus, StageKind};

use super::question::{Value, Values};
use super::ranges::Source;
use crate::query::clamped;
use crate::rows::signed;

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
