//! What is wrong with a field, in the vendor's words: its own where they are documented, else its framework's (Laravel).
#![deny(clippy::wildcard_enum_match_arm)]

use domain::fault::{JsonType, Reason};

use crate::dialects::autocalls::{quirks, wire};

pub(super) fn text(member: &str, reason: &Reason) -> String {
    let name = shown(member);
    match reason {
        Reason::WrongType(_) if member == wire::VARIABLES => {
            "Variables must be an array".to_owned()
        }
        Reason::UnknownReference(_) => "The selected campaign does not exist".to_owned(),
        Reason::NotSettable => {
            "This status is assigned automatically and cannot be set manually".to_owned()
        }
        Reason::Required => format!("The {name} field is required."),
        Reason::WrongType(expected) => format!("The {name} field must be {}.", kind(*expected)),
        Reason::TooLarge { bytes_max } => {
            format!("The {name} field must not be greater than {bytes_max} bytes.")
        }
        Reason::TooLong { chars_max } => {
            format!("The {name} field must not be greater than {chars_max} characters.")
        }
        Reason::TooMany { items_max } => {
            format!("The {name} field must not have more than {items_max} items.")
        }
        Reason::NotAllowed => format!("The selected {name} is invalid."),
        Reason::OutOfRange => out_of_range(member, &name),
        Reason::InvalidTime => {
            format!("The {name} field must match the format {}.", format(member))
        }
        Reason::UnknownTimeZone => format!("The {name} field must be a valid timezone."),
        Reason::Contradiction(other) => {
            format!("The {name} field must be a date after {}.", shown(other))
        }
        Reason::Refused(why) => format!("The {name} field is invalid: {why}"),
        Reason::InvalidPhone => "Invalid phone number".to_owned(),
        Reason::UnknownMember
        | Reason::InvalidEmail
        | Reason::WrongFieldType(_)
        | Reason::TransitionForbidden { .. }
        | Reason::UnlistedDisposition(_)
        | Reason::DispositionWithoutDecision
        | Reason::NulCharacter => format!("The {name} field is invalid."),
    }
}

/// Laravel writes a field's name with blanks, but for one inside a list.
fn shown(member: &str) -> String {
    if member.contains('.') {
        return member.to_owned();
    }
    member.replace('_', " ")
}

const fn kind(expected: JsonType) -> &'static str {
    match expected {
        JsonType::Text => "a string",
        JsonType::Integer => "an integer",
        JsonType::Number => "a number",
        JsonType::Boolean => "true or false",
        // PHP's arrays are both.
        JsonType::Object | JsonType::Array => "an array",
    }
}

fn out_of_range(member: &str, name: &str) -> String {
    let Some(range) = quirks::range(member) else {
        return format!("The {name} field is invalid.");
    };
    let (min, max) = (range.start(), range.end());
    format!("The {name} field must be between {min} and {max}.")
}

/// The spelling of a moment, as PHP's `date` names it.
fn format(member: &str) -> &'static str {
    match member {
        wire::ALLOWED_HOURS_START_TIME | wire::ALLOWED_HOURS_END_TIME => "H:i",
        _ => "Y-m-d",
    }
}
