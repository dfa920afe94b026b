//! What lists search in, written beside the leads: only of those of which something of it changed.

use domain::{Lead, TagId, UserId};

use super::{ByWorkspace, Form, Ids};
use crate::pipeline::Step;
use crate::rows::{search, signed};

/// Rows of the tables that searches look into.
pub(crate) struct Searched<'a> {
    /// Leads whose rows so far are no more.
    gone: Ids,
    /// Those of them that get no others.
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
            gone: Ids::default(),
            deleted: Ids::default(),
            texts: ByWorkspace::new(&search::TEXTS),
            tags: ByWorkspace::new(&search::TAGS),
            users: ByWorkspace::new(&search::USERS),
            values: ByWorkspace::new(&search::VALUES),
        }
    }
}

impl<'a> Searched<'a> {
    pub(crate) fn add(&mut self, lead: &'a Lead, is_new: bool) {
        let workspace = lead.workspace_id;
        if !is_new {
            self.gone.add(workspace, lead.id.get());
        }
        if lead.deleted_at.is_some() {
            self.deleted.add(workspace, lead.id.get());
            return;
        }
        let id = signed(lead.id.get());
        search::add_texts(self.texts.of(workspace), lead);
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
            for lookup in search::lookups(value) {
                let rows = self.values.of(workspace);
                rows.integer(signed(field.get()));
                rows.text(lookup);
                rows.integer(id);
            }
        }
    }

    pub(crate) fn steps(&self, form: Form) -> impl Iterator<Item = Step<'_>> {
        let clear = CLEAR.into_iter().flat_map(|sql| self.gone.steps(sql));
        let tables = [&self.texts, &self.tags, &self.users, &self.values];
        clear.chain(self.deleted.steps(CLEAR_TEXTS)).chain(
            tables
                .into_iter()
                .flat_map(move |table| table.inserts(form)),
        )
    }
}
