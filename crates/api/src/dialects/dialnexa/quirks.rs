//! Deliberate oddities of DialNexa. Do not copy them.
//!
//! Its prose and its generated schema disagree on names and on what `notes` is; both kinds of client are served.

use domain::Lead;
use domain::object::Object;
use domain::phone::{InvalidPhone, Phone, Separators};
use serde_json::Value;

use super::wire::Notes;

/// The generated schema's spelling of the phone number, national with [`COUNTRY_CODE`] beside it.
pub(super) const CAMEL_PHONE_NUMBER: &str = "phoneNumber";
pub(super) const COUNTRY_CODE: &str = "countryCode";
/// The generated schema's spelling of the campaign.
pub(super) const CAMEL_CAMPAIGN_ID: &str = "campaignId";

/// What the prose calls `retry_config`.
pub(super) const RETRY_POLICY: &str = "retry_policy";

/// Variables of a lead; documented for create and upload, held for updates too.
pub(super) const VARIABLES_MAX: usize = 15;
/// Digits of a country code. Three by ITU-T E.164; with a North American area code, as in `+1684`, four.
const COUNTRY_CODE_DIGITS_MAX: usize = 4;

/// `notes` as it was sent.
pub(super) enum ReadNotes {
    /// The prose: "free-form notes attached to this lead".
    Text(String),
    /// The generated schema: the variables, which the prose calls `metadata`.
    Variables(Object),
}

pub(super) fn read_notes(value: Value) -> Option<ReadNotes> {
    match value {
        Value::String(text) => Some(ReadNotes::Text(text)),
        Value::Object(members) => Some(ReadNotes::Variables(Object::new(members))),
        _ => None,
    }
}

/// `notes` of an answer: the free-form text if the lead has one, else the variables.
pub(super) fn show_notes(lead: &Lead) -> Notes<'_> {
    lead.notes
        .as_deref()
        .map_or_else(|| Notes::Variables(lead.variables.members()), Notes::Text)
}

/// `phoneNumber`, joined with `countryCode` if that is given. A number that is already international must
/// then begin with the code.
pub(super) fn join_phone(number: &str, country_code: Option<&str>) -> Result<Phone, InvalidPhone> {
    let number = number.trim();
    let Some(code) = country_code else {
        return Phone::international(number, Separators::Allowed);
    };
    let code: String = code
        .trim()
        .strip_prefix('+')
        .unwrap_or(code.trim())
        .chars()
        .filter(|character| !matches!(character, ' ' | '-' | '.' | '(' | ')'))
        .collect();
    let is_code = (1..=COUNTRY_CODE_DIGITS_MAX).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_digit());
    if !is_code {
        return Err(InvalidPhone);
    }
    if number.starts_with('+') {
        return Phone::international(number, Separators::Allowed)
            .ok()
            .filter(|phone| phone.e164()[1..].starts_with(&code))
            .ok_or(InvalidPhone);
    }
    Phone::international(&format!("+{code}{number}"), Separators::Allowed)
}
