//! Deliberate oddities of NLPearl. Do not copy them.

use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain::Timestamp;
use domain::limits::LIST_PAGE_MAX;
use domain::time_zone::TimeZone;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use windows_timezones::WindowsTimezone;

use super::wire;

/// `Extrenal`: an old v1 page prints it so.
pub(super) const MISSPELT_EXTERNAL_PATH: &str = "/v1/Outbound/{pearl}/Lead/Extrenal/{id}";

/// The credit of every account: whoever asks whether there is enough to go on is to go on.
pub(super) const CREDIT_BALANCE: u32 = 1_000_000;

/// The account's status, of five the one without trouble.
pub(super) const FULL_ACCESS: u8 = 1;

/// Every answer is `application/json; charset=utf-8`, errors too and whatever `Accept` says: the document
/// lists `text/plain` first, and real clients break on it.
pub(super) fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).expect("text keys and plain values always serialise");
    let content_type = (CONTENT_TYPE, "application/json; charset=utf-8");
    (status, [content_type], body).into_response()
}

/// The zone of a `timeZoneId`: a Windows id, as the document says, or an IANA name, which two public
/// clients send.
pub(super) fn time_zone(id: &str) -> Option<TimeZone> {
    let iana = match id {
        // The document's spelling; Windows itself writes `Turkey`.
        "Türkiye Standard Time" => "Europe/Istanbul",
        // Retired: Windows still knows them, CLDR maps them no more.
        "Kamchatka Standard Time" => "Asia/Kamchatka",
        "Mid-Atlantic Standard Time" => "Etc/GMT+2",
        _ => match WindowsTimezone::from_str(id) {
            Ok(windows) => windows.tzdb_id(),
            Err(_) => id,
        },
    };
    TimeZone::new(iana)
}

/// The offset of a `timeZone` in an answer: hours as a decimal number in a text, `-8` or `5.5`.
pub(super) fn hours(seconds: i32) -> String {
    (f64::from(seconds) / 3600.0).to_string()
}

/// The name of a value inside `callData`, as .NET's JSON reader writes the path.
pub(super) fn call_data_path(key: &str) -> String {
    format!("$.callData.{key}")
}

/// The name of a member of the lead with this number in a bulk, or of that lead if the member has no name.
pub(super) fn in_lead(index: usize, member: &str) -> String {
    match member.strip_prefix("$.") {
        Some(path) => format!("$.leads[{index}].{path}"),
        None => format!("leads[{index}].{member}"),
    }
}

/// What an integer may be, after the page of the outbound settings; where it is silent, what a 32-bit integer holds.
pub(super) fn range(member: &str) -> RangeInclusive<u32> {
    match member {
        wire::LIMIT => 0..=u32::try_from(LIST_PAGE_MAX).unwrap_or(u32::MAX),
        wire::RECORDING_TRACK => 1..=4,
        wire::TRANSCRIPT_OPTIONS => 1..=3,
        wire::MAXIMUM_CALL_ATTEMPTS => 1..=5,
        wire::MINIMUM_RETRY_INTERVAL => 1..=6,
        wire::RING_DURATION => 10..=50,
        wire::CALL_TIMEOUT => 1..=120,
        wire::TOTAL_AGENTS => 1..=i32::MAX.unsigned_abs(),
        _ => 0..=i32::MAX.unsigned_abs(),
    }
}

/// What `minimumRetryIntervalHours` stands for, which is no number of hours. A month has 30 days.
pub(super) fn interval_seconds(code: u32) -> u32 {
    const HOUR: u32 = 60 * 60;
    match code {
        1 => 6 * HOUR,
        2 => 24 * HOUR,
        3 => 3 * 24 * HOUR,
        4 => 7 * 24 * HOUR,
        5 => 30 * 24 * HOUR,
        _ => 3 * HOUR,
    }
}

/// `09:00` or `09:00:00`, as minutes since midnight; `24:00` is the end of the day. A minute that has begun counts as over, so
/// that `23:59:59` is the end of the day too.
pub(super) fn minute_of_day(text: &str) -> Option<u16> {
    let mut parts = text.split(':');
    let mut part = |is_required: bool| match parts.next() {
        None if !is_required => Some(0),
        None => None,
        Some(digits) => {
            let is_plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_plain.then(|| digits.parse::<u16>().ok()).flatten()
        }
    };
    let (hour, minute, second) = (part(true)?, part(true)?, part(false)?);
    if parts.next().is_some() || minute > 59 || second > 59 {
        return None;
    }
    let minutes = hour * 60 + minute + u16::from(second > 0);
    (minutes <= 24 * 60).then_some(minutes)
}

/// .NET's JSON reader takes a member's name in any case; at least property names in `sortProp` are seen in both.
pub(super) fn first_letter_small(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// Whether a search could be meant for a phone number: calls are searched by nothing else.
pub(super) fn is_part_of_a_number(text: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_digit() || " +-.()".contains(letter);
    text.chars().all(is_part) && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// A date and time, which may lack its zone or be a date alone, as .NET reads it: then it is UTC.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(text)
        .or_else(|| Timestamp::parse_rfc3339(&format!("{text}Z")))
        .or_else(|| Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")))
}

/// An open object whose values are all texts here. A number or an object, which another dialect may have
/// stored, is shown as its JSON text.
pub(super) struct Texts<'a>(pub(super) &'a Map<String, Value>);

impl Serialize for Texts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, Text(value))))
    }
}

struct Text<'a>(&'a Value);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) => serializer.serialize_str(text),
            other => serializer.collect_str(other),
        }
    }
}

#[cfg(test)]
mod tests;
