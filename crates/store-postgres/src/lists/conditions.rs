//! What a filter says, as conditions on a row called `place`: of `leads`, or of `lead_places`.
//!
//! What a filter means is `LeadFilter::matches`'s; a condition may let more pass (see [`is_exact`]), never less.

use domain::TagId;
use domain::UserId;
use domain::custom_field::CustomValue;
use domain::listing::{LeadFilter, phone_part};
use domain::status::{DialStatus, StageKind};

use super::question::{Value, Values, containing};
use crate::query::can_be_stored;
use crate::rows::signed;
use crate::search::lookups;

/// What is in a column of both tables, each condition with `AND` before it.
pub(crate) fn place(filter: &LeadFilter, values: &mut Values) -> String {
    let mut all = Vec::new();
    if let Some(campaigns) = &filter.campaigns {
        let mark = values.integers(campaigns.iter().map(|id| id.get()));
        all.push(format!("place.campaign_id = ANY({mark})"));
    }
    if !filter.dial_statuses.is_empty() {
        let names = filter.dial_statuses.iter().copied().map(DialStatus::name);
        let mark = values.mark(Value::Texts(names.collect()));
        all.push(format!("place.dial_status = ANY({mark})"));
    }
    if !filter.stage_kinds.is_empty() {
        let names = filter.stage_kinds.iter().copied().map(StageKind::name);
        let mark = values.mark(Value::Texts(names.collect()));
        all.push(format!("place.stage_kind = ANY({mark})"));
    }
    joined(&all) + &creation(filter, values)
}

/// When it was created.
pub(crate) fn creation(filter: &LeadFilter, values: &mut Values) -> String {
    let mut all = Vec::new();
    if let Some(from) = filter.created_from {
        let mark = values.integer(from.as_millis());
        all.push(format!("place.created_at >= {mark}"));
    }
    if let Some(until) = filter.created_until {
        let mark = values.integer(until.as_millis());
        all.push(format!("place.created_at < {mark}"));
    }
    joined(&all)
}

/// What is looked up in other tables.
pub(crate) fn content(filter: &LeadFilter, values: &mut Values) -> String {
    let mut all = Vec::new();
    if let Some(part) = &filter.phone_part {
        let mark = values.mark(Value::Text(containing(&phone_part(part))));
        all.push(exists("leads", &format!("searched.phone_e164 LIKE {mark}")));
    }
    if let Some(text) = filter.text.as_ref().filter(|text| !text.text.is_empty()) {
        let mut either = vec![in_text("text", pattern(&text.text), values)];
        if !text.users.is_empty() {
            either.push(of_users(&text.users, values));
        }
        all.push(format!("({})", either.join(" OR ")));
    }
    if !filter.tags.is_empty() {
        let mark = values.integers(filter.tags.iter().copied().map(TagId::get));
        let tagged = format!("searched.tag_id = ANY({mark})");
        all.push(exists("lead_tags", &tagged));
    }
    if !filter.users.is_empty() {
        all.push(of_users(&filter.users, values));
    }
    match filter.is_assigned {
        None => {}
        Some(true) => all.push(exists("lead_users", "true")),
        Some(false) => all.push(format!("NOT {}", exists("lead_users", "true"))),
    }
    for (field, value) in &filter.custom_fields {
        if let CustomValue::Text(part) = value
            && !part.is_empty()
        {
            let pattern = can_be_stored(part).then(|| containing(&part.to_lowercase()));
            all.push(in_text("custom_text", pattern, values));
        }
        for lookup in lookups(value) {
            if !can_be_stored(&lookup) {
                return NOTHING.to_owned();
            }
            let field = values.integer(signed(field.get()));
            let lookup = values.mark(Value::Text(lookup.into_owned()));
            let is_it = format!("searched.field_id = {field} AND searched.value = {lookup}");
            all.push(exists("lead_values", &is_it));
        }
    }
    joined(&all)
}

/// Each with `AND` before it.
pub(crate) fn joined(all: &[String]) -> String {
    all.iter().flat_map(|one| [" AND ", one]).collect()
}

/// No lead passes.
const NOTHING: &str = " AND false";

fn exists(table: &str, condition: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM {table} AS searched \
         WHERE searched.workspace_id = $1 AND searched.id = place.id AND {condition})"
    )
}

fn of_users(users: &[UserId], values: &mut Values) -> String {
    let mark = values.integers(users.iter().map(|id| id.get()));
    let is_theirs = format!("searched.user_id = ANY({mark})");
    exists("lead_users", &is_theirs)
}

fn in_text(column: &str, pattern: Option<String>, values: &mut Values) -> String {
    match pattern {
        None => "false".to_owned(),
        Some(pattern) => {
            let mark = values.mark(Value::Text(pattern));
            let has_it = format!("searched.{column} LIKE {mark}");
            exists("lead_search", &has_it)
        }
    }
}

/// What a text is looked for by; `None` if no lead can have it in one line.
pub(crate) fn pattern(text: &str) -> Option<String> {
    let is_possible = can_be_stored(text) && !text.contains('\n');
    is_possible.then(|| containing(&text.to_lowercase()))
}

/// Whether the conditions let pass what the filter does and no more.
pub(crate) fn is_exact(filter: &LeadFilter) -> bool {
    filter
        .custom_fields
        .iter()
        .all(|(_, value)| !lookups(value).is_empty())
}
