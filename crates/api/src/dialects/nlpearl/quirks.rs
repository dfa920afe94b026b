//! Deliberate oddities of NLPearl. Do not copy them.

use std::str::FromStr;

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain::time_zone::TimeZone;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use windows_timezones::WindowsTimezone;

/// `Extrenal`: an old v1 page prints it so.
pub(super) const MISSPELT_EXTERNAL_PATH: &str = "/v1/Outbound/{pearl}/Lead/Extrenal/{id}";

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
