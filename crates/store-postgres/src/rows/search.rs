//! Rows of what lists look for, in tables beside the leads: `lead_places`, `lead_search`, `lead_tags`, `lead_users`,
//! `lead_values`. A deleted lead has none.

use std::borrow::Cow;
use std::sync::LazyLock;

use domain::Lead;
use domain::custom_field::CustomValue;
use domain::listing::search_text;
use domain::status::{DialStatus, StageKind};

use super::set::Kind::{Integer, Text};
use super::set::{Rows, Spec, Statements};
use super::signed;
use super::work::statements;

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

const PLACE: [(&str, super::set::Kind); 5] = [
    ("id", Integer),
    ("campaign_id", Integer),
    ("dial_status", Text),
    ("stage_kind", Text),
    ("created_at", Integer),
];
pub(crate) static PLACES: LazyLock<Statements> =
    LazyLock::new(|| statements("lead_places", &PLACE, "", "lead"));
pub(crate) static TEXTS: LazyLock<Statements> = LazyLock::new(|| {
    Statements::new(Spec {
        table: "lead_search",
        columns: vec![("id", Integer), ("text", Text), ("custom_text", Text)],
        computed: None,
        ending: "ON CONFLICT (workspace_id, id) DO UPDATE SET \
                 text = excluded.text, custom_text = excluded.custom_text",
        what: "lead",
    })
});
pub(crate) static TAGS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [("tag_id", Integer), ("id", Integer)];
    statements("lead_tags", &columns, "", "lead")
});
pub(crate) static USERS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [("user_id", Integer), ("id", Integer)];
    statements("lead_users", &columns, "", "lead")
});
pub(crate) static VALUES: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [("field_id", Integer), ("value", Text), ("id", Integer)];
    statements("lead_values", &columns, "", "lead")
});

/// Adds a row of [`PLACES`].
pub(crate) fn add_place(rows: &mut Rows<'_>, lead: &Lead, place: Place) {
    rows.integer(signed(lead.id.get()));
    rows.integer(place.campaign);
    rows.text(place.dial_status.name());
    rows.text(place.stage_kind.name());
    rows.integer(lead.created_at.as_millis());
}

/// Adds a row of [`TEXTS`].
pub(crate) fn add_texts(rows: &mut Rows<'_>, lead: &Lead) {
    let (text, custom) = texts(lead);
    rows.integer(signed(lead.id.get()));
    rows.text(text);
    rows.text(custom);
}

/// The texts that every lead has, and those of its custom fields, in lower case.
fn texts(lead: &Lead) -> (String, String) {
    let all = search_text(lead);
    let custom = lead.custom_fields.values().filter_map(|value| match value {
        CustomValue::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let custom: Vec<_> = custom.collect();
    if custom.is_empty() {
        return (all, String::new());
    }
    let custom = custom.join("\n").to_lowercase();
    let own = all.strip_suffix(&custom).unwrap_or(&all);
    (own.strip_suffix('\n').unwrap_or(own).to_owned(), custom)
}

/// What a value is looked up by, if it is no text; of several options any.
pub(crate) fn lookups(value: &CustomValue) -> Vec<Cow<'_, str>> {
    match value {
        CustomValue::Text(_) => Vec::new(),
        CustomValue::Number(number) => vec![number.to_string().into()],
        CustomValue::Date(date) => vec![date.as_str().into()],
        CustomValue::Boolean(boolean) => vec![boolean.to_string().into()],
        CustomValue::Select(option) => vec![option.get().to_string().into()],
        CustomValue::MultiSelect(options) => {
            let options = options.iter();
            options
                .map(|option| option.get().to_string().into())
                .collect()
        }
    }
}

#[cfg(test)]
mod tests;
