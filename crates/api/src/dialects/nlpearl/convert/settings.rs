//! A pearl's outbound settings: what Leadbook obeys, what it only keeps, and the two URLs that are told of news.

use app::campaigns::CampaignEdit;
use domain::campaign::Campaign;
use domain::dialing::{CallingHours, Weekday};
use domain::edit::Change;
use domain::fault::{Fault, JsonType, Reason};
use domain::limits::{CALLING_HOURS_MAX, NOTES_CHARS_MAX, TEXT_CHARS_MAX, URL_CHARS_MAX};
use domain::object::{Object, ObjectEdit};
use serde_json::{Map, Value};

use super::super::{quirks, wire};
use super::{parsed, pearl_id, ranged};
use crate::extract::{Members, Null};

/// What an update of settings changes.
pub(in super::super) struct SettingsUpdate {
    pub(in super::super) edit: CampaignEdit,
    /// Empty takes the hook away.
    pub(in super::super) call_hook: Option<String>,
    pub(in super::super) lead_hook: Option<String>,
}

pub(in super::super) fn settings(mut members: Members) -> (SettingsUpdate, Vec<Fault>) {
    let update = SettingsUpdate {
        edit: CampaignEdit {
            time_zone: parsed(
                &mut members,
                wire::TIME_ZONE,
                Reason::UnknownTimeZone,
                quirks::time_zone,
            ),
            attempts_max: Change::set_if(ranged(&mut members, wire::MAXIMUM_CALL_ATTEMPTS)),
            retry_interval_seconds: Change::set_if(
                ranged(&mut members, wire::MINIMUM_RETRY_INTERVAL).map(quirks::interval_seconds),
            ),
            at_once_max: Change::set_if(ranged(&mut members, wire::TOTAL_AGENTS)),
            hours: hours(&mut members),
            settings: kept(&mut members),
            ..CampaignEdit::default()
        },
        call_hook: text(&mut members, wire::CALL_WEBHOOK_URL, URL_CHARS_MAX),
        lead_hook: text(&mut members, wire::LEAD_WEBHOOK_URL, URL_CHARS_MAX),
    };
    members.refuse_rest();
    (update, members.into_faults())
}

/// What the pearl's budget was set to.
pub(in super::super) fn budget_total(pearl: &Campaign) -> Option<u64> {
    let kept = pearl.settings.members();
    kept.get(&kept_name(wire::BUDGET_TOTAL))?.as_u64()
}

/// The name of the pearl's hook behind this setting.
pub(in super::super) fn hook_name(pearl: &Campaign, setting: &str) -> String {
    format!("{setting} of pearl {}", pearl_id(pearl))
}

/// What the dialer may want to know and Leadbook does not act on, under names that no other dialect has.
fn kept(members: &mut Members) -> ObjectEdit {
    let mut kept = Map::new();
    let mut keep = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            kept.insert(kept_name(name), value);
        }
    };
    for name in [
        wire::RECORDING_TRACK,
        wire::TRANSCRIPT_OPTIONS,
        wire::BUDGET_TOTAL,
        wire::RING_DURATION,
        wire::CALL_TIMEOUT,
    ] {
        keep(name, ranged(members, name).map(Value::from));
    }
    for (name, chars_max) in [
        (wire::PHONE_NUMBER_ID, TEXT_CHARS_MAX),
        (wire::VOICE_MAIL, NOTES_CHARS_MAX),
    ] {
        keep(name, text(members, name, chars_max).map(Value::from));
    }
    if let Change::Set(is_stopped) = members.boolean(wire::IS_STOP_RECORDING, Null::Absent) {
        keep(wire::IS_STOP_RECORDING, Some(Value::from(is_stopped)));
    }
    if kept.is_empty() {
        return ObjectEdit::Leave;
    }
    ObjectEdit::Merge(Object::new(kept))
}

fn kept_name(name: &str) -> String {
    format!("nlpearl.{name}")
}

fn text(members: &mut Members, name: &str, chars_max: usize) -> Option<String> {
    let Change::Set(text) = members.text(name, Null::Absent) else {
        return None;
    };
    if text.chars().count() > chars_max {
        members.fault(name, Reason::TooLong { chars_max });
        return None;
    }
    Some(text)
}

fn hours(members: &mut Members) -> Option<Vec<CallingHours>> {
    let Change::Set(values) = members.array(wire::CALLING_HOURS, Null::Absent) else {
        return None;
    };
    if values.len() > CALLING_HOURS_MAX {
        let items_max = CALLING_HOURS_MAX;
        members.fault(wire::CALLING_HOURS, Reason::TooMany { items_max });
        return None;
    }
    let mut hours = Vec::with_capacity(values.len());
    for (index, value) in values.into_iter().enumerate() {
        let place = format!("{}[{index}]", wire::CALLING_HOURS);
        let Value::Object(span) = value else {
            members.fault(place, Reason::WrongType(JsonType::Object));
            continue;
        };
        match self::span(Members::new(span)) {
            Ok(span) => hours.push(span),
            Err(faults) => {
                for (name, reason) in faults {
                    members.fault(format!("{place}.{name}"), reason);
                }
            }
        }
    }
    Some(hours)
}

/// A span of a day, or what is wrong with which of its members.
fn span(mut members: Members) -> Result<CallingHours, Vec<(String, Reason)>> {
    let mut faults = Vec::new();
    let day = take(&mut members, &mut faults, wire::DAY, day);
    let start = take(&mut members, &mut faults, wire::START, minute);
    let end = take(&mut members, &mut faults, wire::END, minute);
    for (name, _) in members.take_rest() {
        faults.push((name, Reason::UnknownMember));
    }
    if let (Some(day), Some(start), Some(end)) = (day, start, end) {
        let span = CallingHours::new(day, start, end);
        match span {
            Some(span) if faults.is_empty() => return Ok(span),
            Some(_) => {}
            None => faults.push((wire::END.to_owned(), Reason::OutOfRange)),
        }
    }
    Err(faults)
}

fn take<T>(
    members: &mut Members,
    faults: &mut Vec<(String, Reason)>,
    name: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Option<T> {
    let reason = match members.take(name) {
        None | Some(Value::Null) => Reason::Required,
        Some(value) => match read(&value) {
            Some(value) => return Some(value),
            None => Reason::NotAllowed,
        },
    };
    faults.push((name.to_owned(), reason));
    None
}

/// 0 is Sunday, as in .NET; or the English name.
fn day(value: &Value) -> Option<Weekday> {
    if let Some(name) = value.as_str() {
        return Weekday::from_name(&name.to_ascii_lowercase());
    }
    let from_monday = match value.as_u64()? {
        0 => 6,
        number @ 1..=6 => number - 1,
        _ => return None,
    };
    Weekday::ALL
        .get(usize::try_from(from_monday).ok()?)
        .copied()
}

fn minute(value: &Value) -> Option<u16> {
    quirks::minute_of_day(value.as_str()?)
}
