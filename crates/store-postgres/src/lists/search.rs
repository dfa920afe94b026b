//! The leads that a search may find, where one of the things it asks for is rare: then the numbers of those, and no walk.

use domain::WorkspaceId;
use domain::custom_field::CustomValue;
use domain::limits::LIST_MATCHES_MAX;
use domain::listing::{LeadFilter, phone_part};
use tokio_postgres::Row;

use super::Answer;
use super::conditions::pattern;
use super::question::{Value, Values};
use crate::pipeline::Pipeline;
use crate::query::{can_be_stored, limit};
use crate::rows::{Cells, signed};
use crate::search::lookups;

/// Characters that a text must have for the index of parts of texts.
const PART_MIN: usize = 3;

/// Those that have the first thing which no more than `LIST_MATCHES_MAX` leads have; `None` if there is none.
pub(super) async fn candidates(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    filter: &LeadFilter,
) -> Answer<Option<Vec<i64>>> {
    for Question { values, sql } in questions(workspace, filter) {
        let rows = values.ask(pipeline, sql).await?;
        if rows.len() <= LIST_MATCHES_MAX {
            return rows.iter().map(number).collect::<Answer<_>>().map(Some);
        }
    }
    Ok(None)
}

fn number(row: &Row) -> Answer<i64> {
    Cells::new(row, "leads").integer("id")
}

struct Question {
    values: Values,
    sql: String,
}

/// The cheap and rare first.
fn questions(workspace: WorkspaceId, filter: &LeadFilter) -> Vec<Question> {
    let mut all = Asking {
        workspace,
        questions: Vec::new(),
    };
    for (field, value) in &filter.custom_fields {
        let own = lookups(value).into_iter().next();
        if let Some(own) = own.filter(|own| can_be_stored(own)) {
            let (field, own) = (signed(field.get()), own.into_owned());
            all.add(|values| {
                let (field, own) = (values.integer(field), values.mark(Value::Text(own)));
                format!("SELECT id FROM lead_values WHERE workspace_id = $1 AND field_id = {field} AND value = {own}")
            });
        }
    }
    if !filter.tags.is_empty() {
        all.add(|values| {
            let tags = values.integers(filter.tags.iter().map(|id| id.get()));
            format!("SELECT id FROM lead_tags WHERE workspace_id = $1 AND tag_id = ANY({tags})")
        });
    }
    if !filter.users.is_empty() {
        all.add(|values| {
            let users = values.integers(filter.users.iter().map(|id| id.get()));
            format!("SELECT id FROM lead_users WHERE workspace_id = $1 AND user_id = ANY({users})")
        });
    }
    texts(&mut all, filter);
    if filter.is_assigned == Some(true) {
        all.add(|_| "SELECT id FROM lead_users WHERE workspace_id = $1".to_owned());
    }
    all.questions
}

fn texts(all: &mut Asking, filter: &LeadFilter) {
    let part = filter.phone_part.as_deref().map(phone_part);
    all.text("text", part.as_deref(), &[]);
    if let Some(text) = &filter.text {
        let users: Vec<_> = text.users.iter().map(|id| id.get()).collect();
        all.text("text", Some(&text.text), &users);
    }
    for (_, value) in &filter.custom_fields {
        if let CustomValue::Text(part) = value {
            all.text("custom_text", Some(part), &[]);
        }
    }
}

struct Asking {
    workspace: WorkspaceId,
    questions: Vec<Question>,
}

impl Asking {
    fn add(&mut self, rows: impl FnOnce(&mut Values) -> String) {
        let mut values = Values::of(self.workspace);
        let rows = rows(&mut values);
        let most = values.integer(limit(LIST_MATCHES_MAX + 1));
        let sql = format!("{rows} LIMIT {most}");
        self.questions.push(Question { values, sql });
    }

    /// Those with the text, or of one of the users.
    fn text(&mut self, column: &str, text: Option<&str>, users: &[u64]) {
        let text = text.filter(|text| text.chars().count() >= PART_MIN);
        // Those that a condition refuses outright need no index.
        let Some(pattern) = text.and_then(pattern) else {
            return;
        };
        self.add(|values| {
            let pattern = values.mark(Value::Text(pattern));
            let texts = format!(
                "SELECT id FROM lead_search WHERE workspace_id = $1 AND {column} LIKE {pattern}"
            );
            if users.is_empty() {
                return texts;
            }
            let users = values.integers(users.iter().copied());
            format!("{texts} UNION ALL SELECT id FROM lead_users WHERE workspace_id = $1 AND user_id = ANY({users})")
        });
    }
}
