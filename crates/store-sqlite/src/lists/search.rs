//! Where a search looks: at those whom one part of its filter leaves, in the order of their creation, and that is the part which leaves
//! the fewest. Who matches is asked afterwards.

use domain::custom_field::CustomValue;
use domain::limits::LIST_MATCHES_MAX;
use domain::listing::{LeadFilter, TextOf, phone_part};
use domain::{FieldId, WorkspaceId};
use rusqlite::Connection;
use rusqlite::types::Value;

use super::merge::Stream;
use super::order::Places;
use super::ranges::{self, Range, Span};
use super::texts;
use crate::errors::Failure;
use crate::grams;
use crate::rows::signed;
use crate::search;

/// Ranges of places whose ends are looked up: two seeks each.
const RANGES_NARROWED_MAX: usize = 32;
/// Users whose leads are merged for a list of all that are assigned.
const USERS_MERGED_MAX: usize = 64;
pub(super) const NEXT_USER: &str =
    "SELECT min(user_id) FROM lead_users WHERE workspace_id = ? AND user_id > ?";

type Answer<T> = Result<T, Failure>;

/// Those whom a part of the filter leaves are in one of these.
type Source = Vec<Part>;

enum Part {
    /// Links from one thing.
    Links(Range),
    /// The leads with these grams.
    Texts(String),
}

/// What is read of a search: all who match are in it, in the order of their creation. One who is in several streams follows himself.
pub(super) struct Drive {
    pub(super) streams: Vec<Stream>,
    /// What of them is read.
    pub(super) span: Span,
    /// What is alone asked for.
    pub(super) alone: Option<Alone>,
}

/// One thing that is all a filter asks for.
pub(super) enum Alone {
    /// All who are linked match. Where the links are, unless they are to several things.
    Links(Option<Range>),
    /// All who have the text have these grams.
    Texts(String),
}

/// `None`: what places leave is the least, or all there is.
pub(super) fn drive(
    connection: &Connection,
    places: &Places<'_>,
    span: Span,
) -> Answer<Option<Drive>> {
    let mut sources = sources(connection, places)?;
    let Some(least) = least(connection, places, &sources)? else {
        return Ok(None);
    };
    let is_alone = sources.len() == 1 && is_one_thing(places.filter);
    let source = sources.swap_remove(least);
    let alone = match &source[..] {
        _ if !is_alone => None,
        [Part::Texts(grams)] => Some(Alone::Texts(grams.clone())),
        [Part::Links(range)] => Some(Alone::Links(Some(range.clone()))),
        parts => {
            let are_links = parts.iter().all(|part| matches!(part, Part::Links(_)));
            are_links.then_some(Alone::Links(None))
        }
    };
    let span = narrowed(connection, places, span)?;
    let streams = streams(connection, places.workspace, source, span)?;
    Ok(streams.map(|streams| Drive {
        streams,
        span,
        alone,
    }))
}

/// The source of the fewest; `None`: places leave fewer.
fn least(
    connection: &Connection,
    places: &Places<'_>,
    sources: &[Source],
) -> Answer<Option<usize>> {
    let mut max = LIST_MATCHES_MAX as u64;
    let names_places = names_places(places.filter);
    // What nothing is to be compared with need not be counted.
    if sources.len() == 1 && (!names_places || places.total() > max) {
        return Ok(Some(0));
    }
    let mut least = 0;
    for (number, source) in sources.iter().enumerate() {
        if let Some(count) = count_to(connection, source, max)? {
            (least, max) = (number, count.saturating_sub(1));
        }
    }
    let is_of_places = sources.is_empty() || names_places && places.total() <= max;
    Ok((!is_of_places).then_some(least))
}

/// Without what is older or newer than all who are in the places: a campaign is often made at once.
fn narrowed(connection: &Connection, places: &Places<'_>, span: Span) -> Answer<Span> {
    if !names_places(places.filter) {
        return Ok(span);
    }
    let ranges = places.ranges();
    if ranges.len() > RANGES_NARROWED_MAX {
        return Ok(span);
    }
    // Of nobody, no time.
    let times = ranges::times(connection, &ranges, span)?;
    let (first, end) = times.unwrap_or((span.until, span.until));
    Ok(Span {
        from: span.from.max(first),
        until: span.until.min(end),
        ..span
    })
}

fn count_part_to(connection: &Connection, part: &Part, max: u64) -> Answer<Option<u64>> {
    match part {
        Part::Links(range) => range.count_to(connection, max),
        Part::Texts(grams) => texts::count_to(connection, grams, max),
    }
}

fn count_to(connection: &Connection, source: &Source, max: u64) -> Answer<Option<u64>> {
    let mut count = 0;
    for part in source {
        let left = max - count;
        let Some(found) = count_part_to(connection, part, left)? else {
            return Ok(None);
        };
        count += found;
    }
    Ok(Some(count))
}

fn streams(
    connection: &Connection,
    workspace: WorkspaceId,
    source: Source,
    span: Span,
) -> Answer<Option<Vec<Stream>>> {
    let mut streams = Vec::new();
    for part in source {
        match part {
            Part::Links(range) => streams.push(range.into()),
            Part::Texts(grams) => {
                let workspace = signed(workspace.get());
                let Some(found) = texts::streams(connection, workspace, &grams, span)? else {
                    return Ok(None);
                };
                streams.extend(found);
            }
        }
    }
    Ok(Some(streams))
}

/// Whether it asks for one thing and nothing else.
fn is_one_thing(filter: &LeadFilter) -> bool {
    let fields = filter.custom_fields.iter();
    let fields = fields.map(|(_, value)| search::kept(value).len().max(1));
    let parts = [
        filter.phone_part.is_some(),
        filter.text.is_some(),
        !filter.tags.is_empty(),
        !filter.users.is_empty(),
        filter.is_assigned.is_some(),
    ];
    let parts = parts.into_iter().map(usize::from);
    parts.chain(fields).sum::<usize>() == 1
        && !names_places(filter)
        && filter.created_from.is_none()
        && filter.created_until.is_none()
}

fn names_places(filter: &LeadFilter) -> bool {
    let is_plain = filter.dial_statuses.is_empty() && filter.stage_kinds.is_empty();
    filter.campaigns.is_some() || !is_plain
}

/// One for each part of the filter that there is something kept for.
fn sources(connection: &Connection, places: &Places<'_>) -> Answer<Vec<Source>> {
    let LeadFilter {
        tags,
        users,
        is_assigned,
        custom_fields,
        ..
    } = places.filter;
    let workspace = places.workspace;
    let mut sources = Vec::new();
    for (field, value) in custom_fields {
        for kept in search::kept(value) {
            sources.push(vec![of_value(workspace, *field, kept)]);
        }
    }
    if !tags.is_empty() {
        let tag = |id: &domain::TagId| of_tag(workspace, signed(id.get()));
        sources.push(tags.iter().map(tag).collect());
    }
    if !users.is_empty() {
        let user = |id: &domain::UserId| of_user(workspace, signed(id.get()));
        sources.push(users.iter().map(user).collect());
    }
    if *is_assigned == Some(true)
        && let Some(users) = assigned(connection, workspace)?
    {
        let user = |id| of_user(workspace, id);
        sources.push(users.into_iter().map(user).collect());
    }
    sources.extend(texts(places));
    Ok(sources)
}

fn of_tag(workspace: WorkspaceId, id: i64) -> Part {
    let values = vec![signed(workspace.get()).into(), id.into()];
    links("lead_tags", "workspace_id = ? AND tag_id = ?", values)
}

fn of_user(workspace: WorkspaceId, id: i64) -> Part {
    let values = vec![signed(workspace.get()).into(), id.into()];
    links("lead_users", "workspace_id = ? AND user_id = ?", values)
}

fn of_value(workspace: WorkspaceId, field: FieldId, value: String) -> Part {
    let conditions = "workspace_id = ? AND field_id = ? AND value = ?";
    let field = signed(field.get());
    let values = vec![signed(workspace.get()).into(), field.into(), value.into()];
    links("lead_values", conditions, values)
}

fn links(table: &'static str, conditions: &str, values: Vec<Value>) -> Part {
    Part::Links(Range {
        table,
        index: None,
        id: "lead_id",
        conditions: conditions.to_owned(),
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

/// What is looked for in texts. All of it a lead must have, so that it is one question, unless users may stand for a text.
fn texts(places: &Places<'_>) -> Vec<Source> {
    let LeadFilter {
        phone_part: phone,
        text,
        custom_fields,
        ..
    } = places.filter;
    let workspace = places.workspace;
    let phone = phone.as_deref().map(phone_part);
    let phone = phone.and_then(|part| grams::wanted(workspace, TextOf::Phone, &part));
    let custom = custom_fields
        .iter()
        .filter_map(|(field, value)| match value {
            CustomValue::Text(part) => grams::wanted(workspace, TextOf::Field(*field), part),
            _ => None,
        });
    let mut all: Vec<_> = phone.into_iter().chain(custom).collect();
    let mut sources = Vec::new();
    if let Some(text) = text
        && let Some(own) = of_any_text(workspace, &text.text)
    {
        if text.users.is_empty() {
            all.push(own);
        } else {
            let users = text.users.iter().map(|id| signed(id.get()));
            let users = users.map(|id| of_user(workspace, id));
            let texts = std::iter::once(Part::Texts(own));
            sources.push(texts.chain(users).collect());
        }
    }
    if !all.is_empty() {
        sources.push(vec![Part::Texts(all.join(" AND "))]);
    }
    sources
}

/// The grams of a part of the number or of another text.
fn of_any_text(workspace: WorkspaceId, part: &str) -> Option<String> {
    let own = grams::wanted(workspace, TextOf::Lead, part)?;
    let may_be_phone = part.chars().all(|c| c == '+' || c.is_ascii_digit());
    let phone = grams::wanted(workspace, TextOf::Phone, part).filter(|_| may_be_phone);
    Some(match phone {
        Some(phone) => format!("(({own}) OR ({phone}))"),
        None => own,
    })
}
