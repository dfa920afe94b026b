//! What a list's query asks for: which leads, which calls, which page.

use domain::CampaignId;
use domain::fault::Reason;
use domain::limits::PHONE_CHARS_MAX;
use domain::listing::{
    CallFilter, CallPage, CallState, LeadFilter, LeadOrder, LeadPage, PageStart, phone_part,
};
use domain::status::DialStatus;
use domain::time::Timestamp;

use super::{calls, shown_status};
use crate::dialects::autocalls::pages::Asked;
use crate::dialects::autocalls::{quirks, wire};
use crate::extract::Params;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The page that is asked for; `per_page_default` if the query does not say how long.
pub(in crate::dialects::autocalls) fn asked(params: &mut Params, per_page_default: u64) -> Asked {
    let mut number = |name: &str| params.integer_in(name, quirks::range(name)?);
    Asked {
        per_page: number(wire::PER_PAGE).unwrap_or(per_page_default),
        page: number(wire::PAGE).unwrap_or(1),
    }
}

pub(in crate::dialects::autocalls) fn leads(params: &mut Params) -> LeadFilter {
    let (created_from, created_until) = days(params);
    LeadFilter {
        campaigns: campaign(params),
        dial_statuses: params
            .text(wire::STATUS)
            .map_or_else(Vec::new, |status| lead_statuses(params, &status)),
        phone_part: phone(params),
        created_from,
        created_until,
        ..LeadFilter::default()
    }
}

/// Newest first.
pub(in crate::dialects::autocalls) fn lead_page(asked: Asked) -> LeadPage {
    LeadPage {
        order: LeadOrder::CreatedAt,
        is_ascending: false,
        start: PageStart::Offset(asked.offset()),
        limit: asked.limit(),
        is_counted: true,
    }
}

/// Which calls, and the assistant they are to be of.
pub(in crate::dialects::autocalls) fn calls(params: &mut Params) -> (CallFilter, Option<u64>) {
    let (started_from, started_until) = days(params);
    let wanted = params.text(wire::STATUS);
    let states = wanted.map(|status| call_states(params, &status));
    let may_be_outbound = may_be_outbound(params);
    let campaigns = campaign(params);
    // Some of the vendor's statuses no call here ever has.
    let has_none = !may_be_outbound || states.as_ref().is_some_and(Vec::is_empty);
    let filter = CallFilter {
        campaigns: if has_none {
            Some(Vec::new())
        } else {
            campaigns
        },
        states: states.unwrap_or_default(),
        phone_part: phone(params),
        started_from,
        started_until,
        ..CallFilter::default()
    };
    (filter, params.integer(wire::ASSISTANT_ID))
}

/// Newest first.
pub(in crate::dialects::autocalls) fn call_page(asked: Asked) -> CallPage {
    CallPage {
        is_ascending: false,
        offset: asked.offset(),
        limit: asked.limit(),
    }
}

/// Whether the type that is asked for leaves what goes out: everything here does.
pub(in crate::dialects::autocalls) fn may_be_outbound(params: &mut Params) -> bool {
    let Some(kind) = params.text(wire::TYPE) else {
        return true;
    };
    if !quirks::CALL_TYPES.contains(&kind.as_str()) {
        params.fault(wire::TYPE, Reason::NotAllowed);
    }
    kind == quirks::OUTBOUND
}

/// A campaign that cannot be is one without leads and calls.
fn campaign(params: &mut Params) -> Option<Vec<CampaignId>> {
    let number = params.integer(wire::CAMPAIGN_ID)?;
    Some(CampaignId::new(number).into_iter().collect())
}

/// From the first moment of one day to the last of the other, UTC.
fn days(params: &mut Params) -> (Option<Timestamp>, Option<Timestamp>) {
    let from = params.day(wire::DATE_FROM);
    let to = params.day(wire::DATE_TO);
    (from, to.map(|day| day.plus_millis(DAY_MS)))
}

fn phone(params: &mut Params) -> Option<String> {
    let text = params.phone(wire::PHONE_NUMBER)?;
    if text.chars().count() > PHONE_CHARS_MAX {
        let chars_max = PHONE_CHARS_MAX;
        params.fault(wire::PHONE_NUMBER, Reason::TooLong { chars_max });
        return None;
    }
    if phone_part(&text).is_empty() {
        params.fault(wire::PHONE_NUMBER, Reason::InvalidPhone);
        return None;
    }
    Some(text)
}

/// Everything that Autocalls shows by this name.
fn lead_statuses(params: &mut Params, status: &str) -> Vec<DialStatus> {
    let shown_so = |dial: &DialStatus| shown_status(*dial) == status;
    let statuses: Vec<_> = DialStatus::ALL.into_iter().filter(shown_so).collect();
    if statuses.is_empty() {
        params.fault(wire::STATUS, Reason::NotAllowed);
    }
    statuses
}

fn call_states(params: &mut Params, status: &str) -> Vec<CallState> {
    if !quirks::CALL_STATUSES.contains(&status) {
        params.fault(wire::STATUS, Reason::NotAllowed);
    }
    calls::states()
        .filter(|state| calls::shown_state(*state) == status)
        .collect()
}
