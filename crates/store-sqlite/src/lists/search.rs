//! Which leads a search may find: those of the part of the filter that the fewest pass; or where many pass each, those of one that
//! is kept in the order of creation. Who matches is asked afterwards.

use std::collections::BTreeSet;

use domain::WorkspaceId;
use domain::custom_field::CustomValue;
use domain::limits::LIST_MATCHES_MAX;
use domain::listing::{LeadFilter, LeadOrder, phone_part};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::order::Places;
use super::ranges::{Range, Span};
use crate::errors::Failure;
use crate::grams;
use crate::query::{limit, many};
use crate::rows::{Cells, signed};
use crate::search;

type Answer<T> = Result<T, Failure>;
pub(super) type Ids = BTreeSet<i64>;

/// Where to look: what one part of the filter passes is in one of these.
type Source = Vec<(Kept, Vec<Value>)>;

/// What is kept of leads to find them by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Their texts.
    Texts,
    /// Rows of a table that begins with these columns.
    Links {
        table: &'static str,
        columns: &'static str,
    },
}

const TAG: Kept = Kept::Links {
    table: "lead_tags",
    columns: "workspace_id = ? AND tag_id = ?",
};
const USER: Kept = Kept::Links {
    table: "lead_users",
    columns: "workspace_id = ? AND user_id = ?",
};
/// Of each user in the order of creation, of all together in none.
const ASSIGNED: Kept = Kept::Links {
    table: "lead_users",
    columns: "workspace_id = ?",
};
const VALUE: Kept = Kept::Links {
    table: "lead_values",
    columns: "workspace_id = ? AND field_id = ? AND value = ?",
};

impl Kept {
    fn sql(self) -> String {
        match self {
            Self::Texts => {
                "SELECT rowid AS id FROM lead_texts WHERE lead_texts MATCH ? LIMIT ?".to_owned()
            }
            Self::Links { table, columns } => {
                format!("SELECT lead_id AS id FROM {table} WHERE {columns} LIMIT ?")
            }
        }
    }
}

const NEXT_USER: &str =
    "SELECT min(user_id) FROM lead_users WHERE workspace_id = ? AND user_id > ?";
/// Users whose leads are merged for a list of all that are assigned.
const USERS_MERGED_MAX: usize = 64;

#[cfg(test)]
pub(super) fn statements() -> Vec<String> {
    let kept = [Kept::Texts, TAG, USER, ASSIGNED, VALUE];
    let sql = kept.map(Kept::sql).into_iter();
    sql.chain([NEXT_USER.to_owned()]).collect()
}

/// Whom a search may find, in no order.
pub(super) enum Candidates {
    /// Those who match and nobody else: nothing but links is asked for.
    Exact(Ids),
    /// All who match are among them.
    Among(Ids),
    /// More than `LIST_MATCHES_MAX`.
    Many,
}

pub(super) fn candidates(
    connection: &Connection,
    places: &Places<'_>,
    span: Span,
) -> Answer<Candidates> {
    let is_of_links = is_of_links(places.filter);
    let (mut fewest, mut exact): (Option<Ids>, Option<Ids>) = (None, None);
    let mut is_known = is_of_links;
    for source in sources(places) {
        let fewest_max = fewest.as_ref().map_or(LIST_MATCHES_MAX, BTreeSet::len);
        let max = if is_known {
            LIST_MATCHES_MAX
        } else {
            fewest_max
        };
        let Some(found) = ids(connection, source, max)? else {
            is_known = false;
            continue;
        };
        if is_of_links {
            let both = exact.map(|ids| ids.intersection(&found).copied().collect());
            exact = Some(both.unwrap_or_else(|| found.clone()));
        }
        if found.len() <= fewest_max {
            fewest = Some(found);
        }
    }
    if let Some(exact) = exact.filter(|_| is_known) {
        return Ok(Candidates::Exact(exact));
    }
    let max = fewest.as_ref().map_or(LIST_MATCHES_MAX, BTreeSet::len);
    if places.total() <= max as u64 {
        fewest = Some(listed(connection, places, span, max)?);
    }
    Ok(fewest.map_or(Candidates::Many, Candidates::Among))
}

/// All of a list that is no longer than `max`.
fn listed(connection: &Connection, places: &Places<'_>, span: Span, max: usize) -> Answer<Ids> {
    let span = Span {
        after: None,
        ..span
    };
    let mut walk = places.walk(LeadOrder::CreatedAt, span, max);
    let mut all = Ids::new();
    while let Some(id) = walk.next(connection)? {
        all.insert(id);
    }
    Ok(all)
}

/// The leads of one part of the filter, in the order of their creation; one that is in several ranges follows itself. `None` if the
/// filter has no part that is kept so, or asks for places: more may have a tag than are in a campaign.
pub(super) fn linked(connection: &Connection, places: &Places<'_>) -> Answer<Option<Vec<Range>>> {
    if names_places(places.filter) {
        return Ok(None);
    }
    for mut source in sources(places) {
        if matches!(source[..], [(ASSIGNED, _)]) {
            let Some(users) = assigned(connection, places.workspace)? else {
                continue;
            };
            let user = |id| link(places.workspace, USER, id);
            source = users.into_iter().map(user).collect();
        }
        let ranges: Option<Vec<_>> = source.into_iter().map(range).collect();
        if ranges.is_some() {
            return Ok(ranges);
        }
    }
    Ok(None)
}

/// The link from a tag or a user.
fn link(workspace: WorkspaceId, kept: Kept, id: i64) -> (Kept, Vec<Value>) {
    let key = [signed(workspace.get()), id];
    (kept, key.map(Value::from).to_vec())
}

/// In the order of creation; `None` of texts, which are kept in none.
fn range((kept, values): (Kept, Vec<Value>)) -> Option<Range> {
    let Kept::Links { table, columns } = kept else {
        return None;
    };
    Some(Range {
        table,
        index: None,
        id: "lead_id",
        conditions: columns.to_owned(),
        values,
        text: None,
        at: "created_at",
        blocks: None,
    })
}

/// Users that have leads; `None` if they are more than are merged.
fn assigned(connection: &Connection, workspace: WorkspaceId) -> Answer<Option<Vec<i64>>> {
    let mut statement = connection.prepare_cached(NEXT_USER)?;
    let (mut users, mut last) = (Vec::new(), 0);
    while users.len() <= USERS_MERGED_MAX {
        let key = [signed(workspace.get()), last];
        let Some(user) = statement.query_row(key, |row| row.get(0))? else {
            return Ok(Some(users));
        };
        users.push(user);
        last = user;
    }
    Ok(None)
}

/// Whether links alone tell who matches: texts are the rows' business.
fn is_of_links(filter: &LeadFilter) -> bool {
    let is_kept = |(_, value): &(_, CustomValue)| !search::kept(value).is_empty();
    filter.is_searching()
        && !names_places(filter)
        && filter.created_from.is_none()
        && filter.created_until.is_none()
        && filter.phone_part.is_none()
        && filter.text.is_none()
        && filter.is_assigned != Some(false)
        && filter.custom_fields.iter().all(is_kept)
}

fn names_places(filter: &LeadFilter) -> bool {
    let is_plain = filter.dial_statuses.is_empty() && filter.stage_kinds.is_empty();
    filter.campaigns.is_some() || !is_plain
}

/// What a source holds, unless it is more than `max`.
fn ids(connection: &Connection, source: Source, max: usize) -> Answer<Option<Ids>> {
    let is_alone = source.len() == 1;
    let mut all = Ids::new();
    for (kept, mut values) in source {
        let sql = kept.sql();
        values.push(Value::from(limit(max + 1)));
        // To count them takes a fifth of the time that to read them takes.
        if is_alone && kept != Kept::Texts && count(connection, &sql, &values)? > max {
            return Ok(None);
        }
        let mut statement = connection.prepare_cached(&sql)?;
        let found = many(&mut statement, params_from_iter(values), |row| {
            Cells::new(row, "leads").integer("id")
        })?;
        all.extend(found);
        if kept == Kept::Texts {
            all.extend(search::due(connection)?);
        }
        if all.len() > max {
            return Ok(None);
        }
    }
    Ok(Some(all))
}

fn count(connection: &Connection, sql: &str, values: &[Value]) -> Answer<usize> {
    let sql = format!("SELECT count(*) FROM ({sql})");
    let mut statement = connection.prepare_cached(&sql)?;
    let count: u32 = statement.query_row(params_from_iter(values), |row| row.get(0))?;
    Ok(count as usize)
}

/// One for each part of the filter that there is something kept for.
fn sources(places: &Places<'_>) -> Vec<Source> {
    let LeadFilter {
        tags,
        users,
        is_assigned,
        custom_fields,
        ..
    } = places.filter;
    let workspace = Value::from(signed(places.workspace.get()));
    let link = |kept, id: u64| link(places.workspace, kept, signed(id));
    let mut sources = Vec::new();
    for (field, value) in custom_fields {
        for kept in search::kept(value) {
            let values = vec![workspace.clone(), signed(field.get()).into(), kept.into()];
            sources.push(vec![(VALUE, values)]);
        }
    }
    if !tags.is_empty() {
        sources.push(tags.iter().map(|id| link(TAG, id.get())).collect());
    }
    if !users.is_empty() {
        sources.push(users.iter().map(|id| link(USER, id.get())).collect());
    }
    if *is_assigned == Some(true) {
        sources.push(vec![(ASSIGNED, vec![workspace])]);
    }
    sources.extend(texts(places));
    sources
}

/// What is looked for in texts.
fn texts(places: &Places<'_>) -> Vec<Source> {
    let LeadFilter {
        phone_part: phone,
        text,
        custom_fields,
        ..
    } = places.filter;
    let matching = |texts: &[String]| matching(places, texts);
    let custom = custom_fields.iter().filter_map(|(_, value)| match value {
        CustomValue::Text(part) => Some(part.to_lowercase()),
        _ => None,
    });
    // All of these a lead must have.
    let mut parts: Vec<_> = phone
        .as_deref()
        .map(phone_part)
        .into_iter()
        .chain(custom)
        .collect();
    let mut sources = Vec::new();
    if let Some(text) = text {
        let wanted = text.text.to_lowercase();
        if text.users.is_empty() {
            parts.push(wanted);
        } else if let Some(found) = matching(&[wanted]) {
            let users = text.users.iter();
            let users = users.map(|id| link(places.workspace, USER, signed(id.get())));
            sources.push(std::iter::once(found).chain(users).collect());
        }
    }
    sources.extend(matching(&parts).map(|found| vec![found]));
    sources
}

/// The leads with all grams of the texts; `None` if there is none in them.
fn matching(places: &Places<'_>, texts: &[String]) -> Option<(Kept, Vec<Value>)> {
    let grams = grams::wanted(places.workspace, texts)?;
    Some((Kept::Texts, vec![grams.into()]))
}
