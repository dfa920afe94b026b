//! What searches find leads by, but for their texts: links from tags, users and values of custom fields. They are derived from the
//! leads, kept with them (`Writes::searched`), and only say where to look: who matches is the domain's business.

use std::collections::BTreeSet;

use domain::custom_field::CustomValue;
use domain::listing::search_text;
use domain::{FieldId, Lead, LeadId};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::errors::Failure;
use crate::query::one;
use crate::rows::lead::{self, Looked};
use crate::rows::signed;

type Written = Result<(), Failure>;

/// What was kept of a lead before it is written; of those that are new nothing.
pub(crate) fn before(connection: &Connection, id: LeadId) -> Result<Option<Lead>, Failure> {
    let mut statement = connection.prepare_cached(&lead::SELECT_SEARCHED)?;
    one(&mut statement, [signed(id.get())], |row| {
        lead::read_searched(row, Looked::ALL)
    })
}

/// Keeps what a lead is found by now. Whether its texts are others than before: they are not taken up here.
pub(crate) fn keep(
    connection: &Connection,
    before: Option<&Lead>,
    after: &Lead,
) -> Result<bool, Failure> {
    let is_there = |lead: &&Lead| lead.deleted_at.is_none();
    let (before, after) = (before.filter(is_there), Some(after).filter(is_there));
    let Some(lead) = after.or(before) else {
        return Ok(false);
    };
    let key = Key {
        workspace: signed(lead.workspace_id.get()),
        created_at: lead.created_at.as_millis(),
        lead: signed(lead.id.get()),
    };
    let numbers = |id: &i64| vec![(*id).into()];
    let both = [before, after];
    let tags = |lead: &Lead| lead.tags.iter().map(|id| signed(id.get())).collect();
    links(
        connection,
        &TAGS,
        key,
        both.map(|lead| lead.map(tags)),
        numbers,
    )?;
    let users = |lead: &Lead| {
        lead.assigned_users
            .iter()
            .map(|id| signed(id.get()))
            .collect()
    };
    links(
        connection,
        &USERS,
        key,
        both.map(|lead| lead.map(users)),
        numbers,
    )?;
    let value =
        |(field, value): &(FieldId, String)| vec![signed(field.get()).into(), value.clone().into()];
    let values = both.map(|lead| lead.map(kept_values));
    links(connection, &VALUES, key, values, value)?;
    Ok(match (before, after) {
        (Some(before), Some(after)) => search_text(before) != search_text(after),
        // One who comes or goes.
        _ => true,
    })
}

/// What is linked to.
#[derive(Clone, Copy)]
struct Key {
    workspace: i64,
    created_at: i64,
    lead: i64,
}

/// A table of links.
struct Links {
    insert: &'static str,
    delete: &'static str,
}

const TAGS: Links = Links {
    insert: "INSERT OR IGNORE INTO lead_tags (workspace_id, tag_id, created_at, lead_id) VALUES (?1, ?2, ?3, ?4)",
    delete: "DELETE FROM lead_tags WHERE workspace_id = ?1 AND tag_id = ?2 AND created_at = ?3 AND lead_id = ?4",
};
const USERS: Links = Links {
    insert: "INSERT OR IGNORE INTO lead_users (workspace_id, user_id, created_at, lead_id) VALUES (?1, ?2, ?3, ?4)",
    delete: "DELETE FROM lead_users WHERE workspace_id = ?1 AND user_id = ?2 AND created_at = ?3 AND lead_id = ?4",
};

const VALUES: Links = Links {
    insert: "INSERT OR IGNORE INTO lead_values (workspace_id, field_id, value, created_at, lead_id) VALUES (?1, ?2, ?3, ?4, ?5)",
    delete: "DELETE FROM lead_values WHERE workspace_id = ?1 AND field_id = ?2 AND value = ?3 AND created_at = ?4 AND lead_id = ?5",
};

/// Brings a lead's links from what they were to what they are. `columns`: what of a link stands between the workspace and the lead.
fn links<T: Ord>(
    connection: &Connection,
    links: &Links,
    key: Key,
    [before, after]: [Option<BTreeSet<T>>; 2],
    columns: impl Fn(&T) -> Vec<Value>,
) -> Written {
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let write = |sql, link: &T| -> Written {
        let mut row = vec![key.workspace.into()];
        row.extend(columns(link));
        row.extend([key.created_at, key.lead].map(Value::from));
        connection
            .prepare_cached(sql)?
            .execute(params_from_iter(row))?;
        Ok(())
    };
    for gone in before.difference(&after) {
        write(links.delete, gone)?;
    }
    for new in after.difference(&before) {
        write(links.insert, new)?;
    }
    Ok(())
}

fn kept_values(lead: &Lead) -> BTreeSet<(FieldId, String)> {
    let fields = lead.custom_fields.iter();
    fields
        .flat_map(|(field, value)| kept(value).into_iter().map(|value| (*field, value)))
        .collect()
}

/// The forms under which a value is kept: none of a text, one of each choice of several.
pub(crate) fn kept(value: &CustomValue) -> Vec<String> {
    match value {
        CustomValue::Text(_) => Vec::new(),
        CustomValue::MultiSelect(options) => {
            let options = options.iter();
            options.map(|id| format!("option {id}")).collect()
        }
        CustomValue::Number(_)
        | CustomValue::Date(_)
        | CustomValue::Boolean(_)
        | CustomValue::Select(_) => vec![value.to_value().to_string()],
    }
}
