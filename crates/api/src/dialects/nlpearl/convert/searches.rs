//! Searches of leads and calls: `TableSearch` and what the two add to it.

use domain::edit::Change;
use domain::fault::{Fault, JsonType, Reason};
use domain::limits::{LIST_VALUES_MAX, TEXT_CHARS_MAX};
use domain::listing::{
    CallFilter, CallPage, CallState, LeadFilter, LeadOrder, LeadPage, PageStart, Text,
};
use domain::status::DialStatus;
use domain::{CampaignId, Timestamp};
use serde_json::Value;

use super::super::{quirks, wire};
use super::{ranged, shown_status};
use crate::extract::{Members, Null};

/// Results without a `limit`; the vendor's client sends this number.
const LIMIT_DEFAULT: u32 = 100;

/// What both searches have.
struct Page {
    skip: u64,
    limit: usize,
    is_ascending: bool,
    /// The first letter in lower case.
    sort: Option<String>,
    text: Option<String>,
    /// Empty without a filter.
    statuses: Vec<DialStatus>,
}

/// A search of leads.
pub(in super::super) struct LeadSearch {
    pub(in super::super) filter: LeadFilter,
    pub(in super::super) page: LeadPage,
}

/// A search of calls; `None` where the filter fits none.
pub(in super::super) struct CallSearch {
    pub(in super::super) filter: Option<CallFilter>,
    pub(in super::super) page: CallPage,
}

pub(in super::super) fn lead_search(
    mut members: Members,
    pearl: CampaignId,
) -> (LeadSearch, Vec<Fault>) {
    let page = page(&mut members);
    let order = match page.sort.as_deref() {
        // Ids are handed out in the order of creation, as an ObjectId's are.
        None | Some("created" | "id") => LeadOrder::CreatedAt,
        Some("status") => LeadOrder::DialStatus,
        Some("phoneNumber") => LeadOrder::Phone,
        Some("externalId") => LeadOrder::ExternalId,
        Some(_) => {
            members.fault(wire::SORT_PROP, Reason::NotAllowed);
            LeadOrder::CreatedAt
        }
    };
    members.refuse_rest();
    let users = Vec::new();
    let search = LeadSearch {
        filter: LeadFilter {
            campaigns: Some(vec![pearl]),
            dial_statuses: page.statuses,
            text: page.text.map(|text| Text { text, users }),
            ..LeadFilter::default()
        },
        page: LeadPage {
            order,
            is_ascending: page.is_ascending,
            start: PageStart::Offset(page.skip),
            limit: page.limit,
            is_counted: true,
        },
    };
    (search, members.into_faults())
}

pub(in super::super) fn call_search(
    mut members: Members,
    pearl: CampaignId,
) -> (CallSearch, Vec<Fault>) {
    let from = moment(&mut members, wire::FROM_DATE);
    let to = moment(&mut members, wire::TO_DATE);
    let has_tags = tags(&mut members);
    let page = page(&mut members);
    if !matches!(page.sort.as_deref(), None | Some("startTime" | "id")) {
        members.fault(wire::SORT_PROP, Reason::NotAllowed);
    }
    members.refuse_rest();
    let is_filtered = !page.statuses.is_empty();
    let states = call_states(&page.statuses);
    let is_number = page.text.as_deref().is_none_or(quirks::is_part_of_a_number);
    // No call has a tag, and none has the status of a lead that was never called.
    let fits_none = has_tags || !is_number || (is_filtered && states.is_empty());
    let filter = CallFilter {
        campaigns: Some(vec![pearl]),
        states,
        started_from: from,
        // The last moment is inside.
        started_until: to.map(|to| to.plus_millis(1)),
        phone_part: page.text,
        ..CallFilter::default()
    };
    let search = CallSearch {
        filter: (!fits_none).then_some(filter),
        page: CallPage {
            is_ascending: page.is_ascending,
            offset: page.skip,
            limit: page.limit,
        },
    };
    (search, members.into_faults())
}

fn page(members: &mut Members) -> Page {
    let is_ascending = members.boolean(wire::IS_ASCENDING, Null::Absent);
    Page {
        skip: ranged(members, wire::SKIP).unwrap_or(0).into(),
        limit: ranged(members, wire::LIMIT).unwrap_or(LIMIT_DEFAULT) as usize,
        is_ascending: !matches!(is_ascending, Change::Set(false)),
        sort: text(members, wire::SORT_PROP).map(|name| quirks::first_letter_small(&name)),
        text: text(members, wire::SEARCH_INPUT),
        statuses: statuses(members),
    }
}

/// A text that filters; an empty one does not.
fn text(members: &mut Members, name: &str) -> Option<String> {
    let Change::Set(text) = members.text(name, Null::Absent) else {
        return None;
    };
    if text.chars().count() > TEXT_CHARS_MAX {
        let chars_max = TEXT_CHARS_MAX;
        members.fault(name, Reason::TooLong { chars_max });
        return None;
    }
    Some(text).filter(|text| !text.is_empty())
}

/// `statuses`, a list, or `status`, one: an older client of v1 sends that.
fn statuses(members: &mut Members) -> Vec<DialStatus> {
    let mut wanted = match members.array(wire::STATUSES, Null::Absent) {
        Change::Set(values) => values,
        Change::Leave | Change::Clear => Vec::new(),
    };
    let single = members.take(wire::STATUS);
    wanted.extend(single.filter(|value| !value.is_null()));
    if wanted.len() > LIST_VALUES_MAX {
        let items_max = LIST_VALUES_MAX;
        members.fault(wire::STATUSES, Reason::TooMany { items_max });
        return Vec::new();
    }
    let mut found = Vec::with_capacity(wanted.len());
    for value in &wanted {
        match status(value) {
            Ok(status) => found.push(status),
            Err(reason) => members.fault(wire::STATUSES, reason),
        }
    }
    found
}

fn status(value: &Value) -> Result<DialStatus, Reason> {
    let number = value.as_i64().ok_or(Reason::WrongType(JsonType::Integer))?;
    let statuses = DialStatus::ALL.into_iter();
    let mut statuses = statuses.filter(|status| i64::from(shown_status(*status)) == number);
    statuses.next().ok_or(Reason::NotAllowed)
}

/// The calls whose `conversationStatus` is one of these.
fn call_states(statuses: &[DialStatus]) -> Vec<CallState> {
    let of = |status: &DialStatus| match status {
        DialStatus::New | DialStatus::Queued => vec![],
        DialStatus::OnCall => vec![CallState::Active],
        // Also of a call whose dialer was not heard of again.
        DialStatus::Retry => vec![CallState::Expired, CallState::Ended(DialStatus::Retry)],
        ended => vec![CallState::Ended(*ended)],
    };
    statuses.iter().flat_map(of).collect()
}

/// Whether tags are asked for.
fn tags(members: &mut Members) -> bool {
    let Change::Set(tags) = members.array(wire::TAGS, Null::Absent) else {
        return false;
    };
    if !tags.iter().all(Value::is_string) {
        members.fault(wire::TAGS, Reason::WrongType(JsonType::Text));
    }
    !tags.is_empty()
}

fn moment(members: &mut Members, name: &str) -> Option<Timestamp> {
    let Change::Set(text) = members.text(name, Null::Absent) else {
        if !members.has_fault(name) {
            members.fault(name, Reason::Required);
        }
        return None;
    };
    let moment = quirks::moment(&text);
    if moment.is_none() {
        members.fault(name, Reason::InvalidTime);
    }
    moment
}
