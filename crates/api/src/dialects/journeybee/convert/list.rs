//! The query of a list of leads: which of them, in which order, which page, and where the next page begins.
//!
//! What names other things (users, definitions, campaigns) is only read here; whether they exist is the handler's to ask.

use axum::http::{HeaderValue, Uri};
use domain::custom_field::{CustomValue, FieldDefinition, User};
use domain::fault::{Fault, JsonType, Reason};
use domain::limits::{JOURNEYBEE_PAGE_MAX, LIST_VALUES_MAX, TEXT_CHARS_MAX};
use domain::listing::{LeadFilter, LeadOrder, LeadPage, PageStart, Place};
use domain::status::StageKind;
use domain::{FieldId, Lead, LeadId, TagId, Timestamp, UserId};
use serde_json::Value;

use super::super::quirks::{self, View};
use super::super::wire;
use super::custom_fields;
use crate::extract::Params;

/// What a request for a list asks for.
pub(in crate::dialects::journeybee) struct List {
    /// Who the caller says it is; `None` with a fault.
    pub(in crate::dialects::journeybee) user: Option<UserId>,
    pub(in crate::dialects::journeybee) view: Option<View>,
    pub(in crate::dialects::journeybee) search: Option<String>,
    /// The parameter's name, and its items as they came.
    pub(in crate::dialects::journeybee) custom_fields: Option<(&'static str, Vec<Value>)>,
    pub(in crate::dialects::journeybee) filter: LeadFilter,
    pub(in crate::dialects::journeybee) paging: Paging,
    pub(in crate::dialects::journeybee) size: usize,
    pub(in crate::dialects::journeybee) faults: Vec<Fault>,
    /// `None`: the newest first.
    status_is_ascending: Option<bool>,
}

/// How a client finds its way through the list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::dialects::journeybee) enum Paging {
    /// After a place; `None` is the beginning.
    Cursor(Option<Place>),
    /// By number, from 1.
    Page(u64),
}

impl List {
    /// The page, of so many leads.
    pub(in crate::dialects::journeybee) fn page(&self, limit: usize) -> LeadPage {
        let size = u64::try_from(self.size).unwrap_or(u64::MAX);
        let start = match self.paging {
            Paging::Cursor(None) => PageStart::Offset(0),
            Paging::Cursor(Some(place)) => PageStart::After(place),
            Paging::Page(number) => PageStart::Offset((number - 1).saturating_mul(size)),
        };
        let (order, is_ascending) = match self.status_is_ascending {
            None => (LeadOrder::CreatedAt, false),
            Some(is_ascending) => (LeadOrder::StageKind, is_ascending),
        };
        LeadPage {
            order,
            is_ascending,
            start,
            limit,
            is_counted: true,
        }
    }
}

/// Reads the query.
pub(in crate::dialects::journeybee) fn list(uri: &Uri) -> List {
    let mut params = Params::of(uri);
    let p = &mut params;
    let user = user(p);
    let filter = LeadFilter {
        stage_kinds: statuses(p),
        tags: ids(p, wire::TAGS, TagId::new),
        users: ids(p, wire::USERS, UserId::new),
        is_assigned: is_assigned(p),
        ..LeadFilter::default()
    };
    let (view, search) = (view(p), search(p));
    let custom_fields = quirks::CUSTOM_FIELD_FILTERS
        .into_iter()
        .find_map(|name| Some((name, p.json_array(name)?)));
    let status_is_ascending = sort(p);
    let size = size(p);
    let paging = paging(p, status_is_ascending.is_some());
    List {
        user,
        view,
        search,
        custom_fields,
        filter,
        paging,
        size,
        faults: params.into_faults(),
        status_is_ascending,
    }
}

fn user(p: &mut Params) -> Option<UserId> {
    let Some(text) = p.text(wire::USER_ID) else {
        p.fault(wire::USER_ID, Reason::Required);
        return None;
    };
    number(p, wire::USER_ID, &text, UserId::new)
}

/// An id; one that nothing can have is a fault, because a filter by it would be none.
fn number<Id>(
    p: &mut Params,
    name: &str,
    text: &str,
    new: impl Fn(u64) -> Option<Id>,
) -> Option<Id> {
    let id = match text.parse::<u64>() {
        // Not `007` or `+7`.
        Ok(number) if number.to_string() == text => {
            new(number).ok_or_else(|| Reason::UnknownReference(text.to_owned()))
        }
        Ok(_) | Err(_) => Err(Reason::WrongType(JsonType::Integer)),
    };
    id.map_err(|reason| p.fault(name, reason)).ok()
}

fn values(p: &mut Params, name: &str) -> Vec<String> {
    let values = p.list(name);
    if values.len() > LIST_VALUES_MAX {
        let items_max = LIST_VALUES_MAX;
        p.fault(name, Reason::TooMany { items_max });
        return Vec::new();
    }
    values
}

fn ids<Id>(p: &mut Params, name: &str, new: impl Fn(u64) -> Option<Id>) -> Vec<Id> {
    let texts = values(p, name);
    let ids = texts.iter().map(|text| number(p, name, text, &new));
    ids.collect::<Option<_>>().unwrap_or_default()
}

fn statuses(p: &mut Params) -> Vec<StageKind> {
    let names = values(p, wire::STATUS);
    let kinds: Option<_> = names
        .iter()
        .map(|name| StageKind::from_name(name))
        .collect();
    kinds.unwrap_or_else(|| {
        p.fault(wire::STATUS, Reason::NotAllowed);
        Vec::new()
    })
}

/// Both at once leave all.
fn is_assigned(p: &mut Params) -> Option<bool> {
    match (flag(p, wire::ASSIGNED), flag(p, wire::UNASSIGNED)) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        (true, true) | (false, false) => None,
    }
}

fn flag(p: &mut Params, name: &str) -> bool {
    match p.text(name).as_deref() {
        Some("1" | "true") => true,
        None | Some("0" | "false") => false,
        Some(_) => {
            p.fault(name, Reason::NotAllowed);
            false
        }
    }
}

fn view(p: &mut Params) -> Option<View> {
    let view = View::from_name(&p.text(wire::VIEW)?);
    if view.is_none() {
        p.fault(wire::VIEW, Reason::NotAllowed);
    }
    view
}

fn search(p: &mut Params) -> Option<String> {
    let text = p.text(wire::SEARCH)?;
    if text.chars().count() > TEXT_CHARS_MAX {
        let chars_max = TEXT_CHARS_MAX;
        p.fault(wire::SEARCH, Reason::TooLong { chars_max });
        return None;
    }
    Some(text)
}

/// Whether the statuses go up; `None` without a wish.
fn sort(p: &mut Params) -> Option<bool> {
    let items = p.json_array(wire::SORT)?;
    if items.len() > 1 {
        p.fault(wire::SORT, Reason::TooMany { items_max: 1 });
    }
    let place = |member: &str| format!("{}[0].{member}", wire::SORT);
    let item = items.first()?;
    if item[wire::TYPE] != wire::STATUS {
        p.fault(&place(wire::TYPE), Reason::NotAllowed);
    }
    match &item[wire::ASC] {
        Value::Null => Some(true),
        Value::Bool(is_ascending) => Some(*is_ascending),
        _ => {
            let reason = Reason::WrongType(JsonType::Boolean);
            p.fault(&place(wire::ASC), reason);
            None
        }
    }
}

fn size(p: &mut Params) -> usize {
    let range = || 1..=JOURNEYBEE_PAGE_MAX as u64;
    let sizes = quirks::PAGE_SIZES.map(|name| p.integer_in(name, range()));
    let size = sizes.into_iter().flatten().next();
    size.and_then(|size| usize::try_from(size).ok())
        .unwrap_or(JOURNEYBEE_PAGE_MAX)
}

/// A cursor says nothing of the status, so a list that is sorted by it goes by page numbers.
fn paging(p: &mut Params, is_sorted: bool) -> Paging {
    let page = p.integer_in(wire::PAGE, 1..=u64::from(u32::MAX));
    // The `+` of an offset is a plus.
    let Some(text) = p.phone(wire::CURSOR) else {
        return match page {
            Some(number) => Paging::Page(number),
            None if is_sorted => Paging::Page(1),
            None => Paging::Cursor(None),
        };
    };
    for (name, is_given) in [(wire::SORT, is_sorted), (wire::PAGE, page.is_some())] {
        if is_given {
            p.fault(wire::CURSOR, Reason::Contradiction(name.to_owned()));
        }
    }
    let place = place(&text);
    if place.is_none() {
        p.fault(wire::CURSOR, Reason::InvalidTime);
    }
    Paging::Cursor(place)
}

/// The time of the last lead that was read, or the precise place of it that the `Link` header has.
fn place(text: &str) -> Option<Place> {
    let (time, id) = match text.split_once(quirks::PLACE_SEPARATOR) {
        None => (text, None),
        Some((time, id)) => (time, Some(LeadId::new(id.parse().ok()?)?)),
    };
    let created_at = Timestamp::parse_rfc3339(time)
        .or_else(|| Timestamp::parse_rfc3339(&format!("{time}T00:00:00Z")))?;
    Some(Place { created_at, id })
}

/// The `Link` to what comes after the lead; all else of the query stays.
pub(in crate::dialects::journeybee) fn next(
    uri: &Uri,
    paging: Paging,
    last: &Lead,
) -> Option<HeaderValue> {
    let (name, value) = match paging {
        Paging::Page(number) => (wire::PAGE, (number + 1).to_string()),
        Paging::Cursor(_) => {
            let (time, separator) = (last.created_at.to_rfc3339_millis(), quirks::PLACE_SEPARATOR);
            (wire::CURSOR, format!("{time}{separator}{}", last.id))
        }
    };
    let pairs = uri.query().unwrap_or_default().split('&');
    let mut query: Vec<_> = pairs
        .filter(|pair| {
            let key = pair.split('=').next();
            key != Some(wire::PAGE) && key != Some(wire::CURSOR)
        })
        .map(str::to_owned)
        .collect();
    query.push(format!("{name}={value}"));
    let link = format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&"));
    link.parse().ok()
}

/// The users whose names or addresses contain the text.
pub(in crate::dialects::journeybee) fn named(users: &[User], text: &str) -> Vec<UserId> {
    let text = text.to_lowercase();
    let names = |user: &User| {
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        format!(
            "{} {}\n{}",
            name(&user.first_name),
            name(&user.last_name),
            user.email
        )
    };
    users
        .iter()
        .filter(|user| names(user).to_lowercase().contains(&text))
        .map(|user| user.id)
        .collect()
}

/// The values to look for, by their definitions.
pub(in crate::dialects::journeybee) fn custom_fields_wanted(
    name: &str,
    items: Vec<Value>,
    definitions: &[FieldDefinition],
) -> Result<Vec<(FieldId, CustomValue)>, Vec<Fault>> {
    if items.len() > LIST_VALUES_MAX {
        let items_max = LIST_VALUES_MAX;
        return Err(vec![Fault::member(name, Reason::TooMany { items_max })]);
    }
    let (mut wanted, mut faults) = (Vec::with_capacity(items.len()), Vec::new());
    for (index, item) in items.into_iter().enumerate() {
        match custom_fields::wanted(item, definitions) {
            Ok(one) => wanted.push(one),
            Err((path, reason)) => {
                faults.push(Fault::member(format!("{name}[{index}]{path}"), reason));
            }
        }
    }
    if faults.is_empty() {
        Ok(wanted)
    } else {
        Err(faults)
    }
}
