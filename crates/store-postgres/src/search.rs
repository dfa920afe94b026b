//! What searches look into, in tables beside the leads: `lead_search`, `lead_tags`, `lead_users`, `lead_values`. Written only
//! when something of it changed; a deleted lead has none. Which leads a search finds is `lists`' matter.

use std::borrow::Cow;
use std::sync::LazyLock;

use domain::custom_field::CustomValue;
use domain::listing::search_text;
use domain::{Lead, TagId, UserId};

use crate::persist::{ByWorkspace, Form, Ids};
use crate::pipeline::Step;
use crate::rows::set::Kind::{Integer, Text};
use crate::rows::set::{Rows, Spec, Statements};
use crate::rows::signed;
use crate::rows::work::statements;

static TEXTS: LazyLock<Statements> = LazyLock::new(|| {
    Statements::new(Spec {
        table: "lead_search",
        columns: vec![("id", Integer), ("text", Text), ("custom_text", Text)],
        computed: None,
        ending: "ON CONFLICT (workspace_id, id) DO UPDATE SET \
                 text = excluded.text, custom_text = excluded.custom_text",
        what: "lead",
    })
});
static TAGS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [("tag_id", Integer), ("id", Integer)];
    statements("lead_tags", &columns, "", "lead")
});
static USERS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [("user_id", Integer), ("id", Integer)];
    statements("lead_users", &columns, "", "lead")
});
static VALUES: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [("field_id", Integer), ("value", Text), ("id", Integer)];
    statements("lead_values", &columns, "", "lead")
});

/// Adds a row of [`TEXTS`].
fn add_texts(rows: &mut Rows<'_>, lead: &Lead) {
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

/// In which tables with several rows for a lead it has any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Links {
    has_tags: bool,
    has_users: bool,
    has_values: bool,
}

impl Links {
    pub(crate) fn of(lead: &Lead) -> Self {
        Self {
            has_tags: !lead.tags.is_empty(),
            has_users: !lead.assigned_users.is_empty(),
            has_values: !lead.custom_fields.is_empty(),
        }
    }
}

/// Rows of the tables that searches look into.
pub(crate) struct Searched<'a> {
    /// Leads whose rows so far are no more.
    old_tags: Ids,
    old_users: Ids,
    old_values: Ids,
    /// Leads that get no others.
    deleted: Ids,
    texts: ByWorkspace<'a>,
    tags: ByWorkspace<'a>,
    users: ByWorkspace<'a>,
    values: ByWorkspace<'a>,
}

/// Of the tables with several rows for a lead.
const CLEAR: [&str; 3] = [
    "DELETE FROM lead_tags WHERE workspace_id = $1 AND id = ANY($2)",
    "DELETE FROM lead_users WHERE workspace_id = $1 AND id = ANY($2)",
    "DELETE FROM lead_values WHERE workspace_id = $1 AND id = ANY($2)",
];
const CLEAR_TEXTS: &str = "DELETE FROM lead_search WHERE workspace_id = $1 AND id = ANY($2)";

impl Default for Searched<'_> {
    fn default() -> Self {
        Self {
            old_tags: Ids::default(),
            old_users: Ids::default(),
            old_values: Ids::default(),
            deleted: Ids::default(),
            texts: ByWorkspace::new(&TEXTS),
            tags: ByWorkspace::new(&TAGS),
            users: ByWorkspace::new(&USERS),
            values: ByWorkspace::new(&VALUES),
        }
    }
}

impl<'a> Searched<'a> {
    /// `before` says of which tables it has rows so far.
    pub(crate) fn add(&mut self, lead: &'a Lead, before: Links) {
        let workspace = lead.workspace_id;
        let old = [
            (before.has_tags, &mut self.old_tags),
            (before.has_users, &mut self.old_users),
            (before.has_values, &mut self.old_values),
        ];
        for (has_any, old) in old {
            if has_any {
                old.add(workspace, lead.id.get());
            }
        }
        if lead.deleted_at.is_some() {
            self.deleted.add(workspace, lead.id.get());
            return;
        }
        let id = signed(lead.id.get());
        add_texts(self.texts.of(workspace), lead);
        for tag in lead.tags.iter().copied().map(TagId::get) {
            let rows = self.tags.of(workspace);
            rows.integer(signed(tag));
            rows.integer(id);
        }
        for user in lead.assigned_users.iter().copied().map(UserId::get) {
            let rows = self.users.of(workspace);
            rows.integer(signed(user));
            rows.integer(id);
        }
        for (field, value) in &lead.custom_fields {
            for lookup in lookups(value) {
                let rows = self.values.of(workspace);
                rows.integer(signed(field.get()));
                rows.text(lookup);
                rows.integer(id);
            }
        }
    }

    pub(crate) fn steps(&self, form: Form) -> impl Iterator<Item = Step<'_>> {
        let old = [&self.old_tags, &self.old_users, &self.old_values];
        let clear = CLEAR.into_iter().zip(old);
        let clear = clear.flat_map(|(sql, old)| old.steps(sql));
        let tables = [&self.texts, &self.tags, &self.users, &self.values];
        clear.chain(self.deleted.steps(CLEAR_TEXTS)).chain(
            tables
                .into_iter()
                .flat_map(move |table| table.inserts(form)),
        )
    }
}

#[cfg(test)]
mod tests;
