//! Campaigns: what a creation says, and a campaign as Autocalls shows it.

use app::administration::NewCampaign;
use domain::campaign::{Campaign, CampaignState};
use domain::dialing::{CallingHours, Dialing, Weekday};
use domain::fault::{Fault, Reason};
use domain::limits::{LIST_VALUES_MAX, TEXT_CHARS_MAX};
use domain::object::Object;
use domain::time_zone::TimeZone;
use serde_json::{Map, Value};

use super::assistants::{agent, assistant};
use super::{ISO_TIME_FORMAT, integer, set};
use crate::dialects::autocalls::{quirks, wire};
use crate::extract::{Members, Null};

/// The first minute after the last that an end can name: `23:59` is the day's end.
const DAY_END: u16 = 24 * 60;

/// A campaign as a creation wants it, and its assistant's id. What else is sent is ignored, as the vendor's framework does.
pub(in crate::dialects::autocalls) fn new_campaign(
    mut members: Members,
) -> (NewCampaign, u64, Vec<Fault>) {
    let name = required_name(&mut members);
    let assistant = assistant(&mut members);
    let new = NewCampaign {
        name,
        state: CampaignState::Draft,
        time_zone: time_zone(&mut members),
        agent: Some(agent(assistant)),
        dialing: dialing(&mut members),
        settings: settings(&mut members),
        ..NewCampaign::default()
    };
    (new, assistant, members.into_faults())
}

fn required_name(members: &mut Members) -> String {
    let name = short_text(members, wire::NAME);
    if name.is_none() && !members.has_fault(wire::NAME) {
        members.fault(wire::NAME, Reason::Required);
    }
    name.unwrap_or_default()
}

/// A text of up to 255 characters; an empty one is absent, as in the vendor's framework.
fn short_text(members: &mut Members, name: &str) -> Option<String> {
    let text = set(members.text(name, Null::Absent))?;
    let text = Some(text.trim().to_owned()).filter(|text| !text.is_empty())?;
    if text.chars().count() > TEXT_CHARS_MAX {
        let chars_max = TEXT_CHARS_MAX;
        members.fault(name, Reason::TooLong { chars_max });
        return None;
    }
    Some(text)
}

fn time_zone(members: &mut Members) -> Option<TimeZone> {
    let name = short_text(members, wire::TIMEZONE)?;
    let zone = TimeZone::new(&name);
    if zone.is_none() {
        members.fault(wire::TIMEZONE, Reason::UnknownTimeZone);
    }
    zone
}

fn dialing(members: &mut Members) -> Dialing {
    let mut number = |name: &str, default: u32| {
        let number = integer(members, name, Null::Absent);
        let within = |number: &u64| quirks::range(name).is_none_or(|range| range.contains(number));
        if number.is_some_and(|number| !within(&number)) {
            members.fault(name, Reason::OutOfRange);
        }
        number
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(default)
    };
    let at_once_max = number(wire::MAX_CALLS_IN_PARALLEL, 3);
    let retries_max = number(wire::MAX_RETRIES, 3);
    let retry_minutes = number(wire::RETRY_INTERVAL, 60);
    Dialing {
        // The first attempt is no retry.
        attempts_max: Some(retries_max.saturating_add(1)),
        retry_interval_seconds: Some(retry_minutes.saturating_mul(60)),
        at_once_max: Some(at_once_max),
        hours: hours(members),
    }
}

/// The same span on every allowed day; no spans if that is always.
fn hours(members: &mut Members) -> Vec<CallingHours> {
    let start = time(members, wire::ALLOWED_HOURS_START_TIME).unwrap_or(0);
    let end = time(members, wire::ALLOWED_HOURS_END_TIME).unwrap_or(DAY_END - 1);
    let end = if end == DAY_END - 1 { DAY_END } else { end };
    let days = days(members);
    if start == 0 && end == DAY_END && days.len() == Weekday::ALL.len() {
        return Vec::new();
    }
    let hours: Option<Vec<_>> = days
        .into_iter()
        .map(|day| CallingHours::new(day, start, end))
        .collect();
    hours.unwrap_or_else(|| {
        let start = wire::ALLOWED_HOURS_START_TIME.to_owned();
        members.fault(wire::ALLOWED_HOURS_END_TIME, Reason::Contradiction(start));
        Vec::new()
    })
}

/// A time of day in minutes: `09:00`, or as answers have it `09:00:00`.
fn time(members: &mut Members, name: &str) -> Option<u16> {
    let text = short_text(members, name)?;
    let minute = read_time(&text);
    if minute.is_none() {
        members.fault(name, Reason::InvalidTime);
    }
    minute
}

fn read_time(text: &str) -> Option<u16> {
    let parts: Vec<_> = text.split(':').collect();
    let (hour, minute) = match parts[..] {
        [hour, minute] | [hour, minute, "00"] => (two_digits(hour)?, two_digits(minute)?),
        _ => return None,
    };
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

fn two_digits(text: &str) -> Option<u16> {
    let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// The days in the order of the week, each once; all of them if none is named.
fn days(members: &mut Members) -> Vec<Weekday> {
    let name = wire::ALLOWED_DAYS;
    let Some(values) = set(members.array(name, Null::Absent)) else {
        return Weekday::ALL.to_vec();
    };
    if values.is_empty() {
        members.fault(name, Reason::Required);
    }
    let mut named = Vec::new();
    for (index, value) in values.iter().enumerate() {
        match value.as_str().and_then(Weekday::from_name) {
            Some(day) => named.push(day),
            None => members.fault(format!("{name}.{index}"), Reason::NotAllowed),
        }
    }
    let is_named = |day: &Weekday| named.contains(day);
    Weekday::ALL.into_iter().filter(is_named).collect()
}

/// What Leadbook keeps and does not act on.
fn settings(members: &mut Members) -> Object {
    let mut kept = Map::new();
    for (name, default) in [
        (wire::RETRY_ON_VOICEMAIL, None),
        (wire::RETRY_ON_GOAL_INCOMPLETE, None),
        (wire::MARK_COMPLETE_WHEN_NO_LEADS, Some(true)),
    ] {
        if let Some(value) = quirks::take_boolean(members, name).or(default) {
            kept.insert(name.to_owned(), value.into());
        }
    }
    if let Some(name) = short_text(members, wire::GOAL_COMPLETION_VARIABLE) {
        kept.insert(wire::GOAL_COMPLETION_VARIABLE.to_owned(), name.into());
    }
    if let Some(ids) = phone_number_ids(members) {
        kept.insert(wire::PHONE_NUMBER_IDS.to_owned(), ids.into());
    }
    Object::new(kept)
}

fn phone_number_ids(members: &mut Members) -> Option<Vec<u64>> {
    let name = wire::PHONE_NUMBER_IDS;
    let values = set(members.array(name, Null::Absent))?;
    if values.len() > LIST_VALUES_MAX {
        let items_max = LIST_VALUES_MAX;
        members.fault(name, Reason::TooMany { items_max });
        return None;
    }
    let mut ids = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        match quirks::read_integer(value) {
            Some(id) if !ids.contains(&id) => ids.push(id),
            _ => members.fault(format!("{name}.{index}"), Reason::NotAllowed),
        }
    }
    Some(ids)
}

/// What is to become of which campaign: its number, and whether it is to start or to stop. Which action is wanted is not
/// asked before the campaign is found.
pub(in crate::dialects::autocalls) fn status_update(
    mut members: Members,
) -> (u64, Option<CampaignState>, Vec<Fault>) {
    let number = integer(&mut members, wire::CAMPAIGN_ID, Null::Absent);
    if number.is_none() && !members.has_fault(wire::CAMPAIGN_ID) {
        members.fault(wire::CAMPAIGN_ID, Reason::Required);
    }
    // One published client calls it `status`.
    let action = members.take(wire::ACTION).or(members.take(wire::STATUS));
    let state = match action.as_ref().and_then(Value::as_str) {
        Some("start") => Some(CampaignState::Running),
        Some("stop") => Some(CampaignState::Paused),
        _ => None,
    };
    (number.unwrap_or_default(), state, members.into_faults())
}

/// A campaign as the pages "List campaigns" and "Create campaign" show it.
pub(in crate::dialects::autocalls) fn campaign(campaign: &Campaign) -> wire::Campaign {
    let dialing = &campaign.dialing;
    let setting = |name: &str| campaign.settings.members().get(name);
    let (start, end, days) = span(&dialing.hours);
    wire::Campaign {
        id: campaign.id.get(),
        name: campaign.name.clone(),
        status: shown_state(campaign.state),
        max_calls_in_parallel: dialing.at_once_max,
        mark_complete_when_no_leads: setting(wire::MARK_COMPLETE_WHEN_NO_LEADS)
            .and_then(Value::as_bool)
            .unwrap_or(false),
        allowed_hours_start_time: shown_time(start),
        allowed_hours_end_time: shown_time(end.min(DAY_END - 1)),
        allowed_days: days.into_iter().map(Weekday::name).collect(),
        max_retries: dialing.attempts_max.map(|max| max.saturating_sub(1)),
        retry_interval: dialing.retry_interval_seconds.map(|s| s.div_ceil(60)),
        created_at: campaign.created_at.format(ISO_TIME_FORMAT),
        updated_at: campaign.updated_at.format(ISO_TIME_FORMAT),
    }
}

/// The one span that holds all of them, and the days that have any.
fn span(hours: &[CallingHours]) -> (u16, u16, Vec<Weekday>) {
    let start = hours.iter().map(|hours| hours.start_minute).min();
    let end = hours.iter().map(|hours| hours.end_minute).max();
    let has_hours = |day: &Weekday| hours.is_empty() || hours.iter().any(|it| it.day == *day);
    let days = Weekday::ALL.into_iter().filter(has_hours);
    (start.unwrap_or(0), end.unwrap_or(DAY_END), days.collect())
}

fn shown_time(minute: u16) -> String {
    format!("{:02}:{:02}:00", minute / 60, minute % 60)
}

pub(in crate::dialects::autocalls) const fn shown_state(state: CampaignState) -> &'static str {
    match state {
        CampaignState::Draft => "draft",
        CampaignState::Running => "in-progress",
        CampaignState::Completed => "completed",
        CampaignState::Paused | CampaignState::Cancelled | CampaignState::Deleted => "stopped",
    }
}

/// The campaign of a call, in the post-call webhook.
pub(in crate::dialects::autocalls) fn calling_campaign(it: &Campaign) -> wire::CallingCampaign {
    let wire::Campaign {
        id,
        name,
        status,
        max_calls_in_parallel,
        mark_complete_when_no_leads: _,
        allowed_hours_start_time,
        allowed_hours_end_time,
        allowed_days,
        max_retries,
        retry_interval,
        created_at,
        updated_at,
    } = campaign(it);
    wire::CallingCampaign {
        id,
        name,
        status,
        allowed_hours_start_time,
        allowed_hours_end_time,
        allowed_days,
        max_calls_in_parallel,
        max_retries,
        retry_interval,
        created_at,
        updated_at,
    }
}

#[cfg(test)]
mod tests;
