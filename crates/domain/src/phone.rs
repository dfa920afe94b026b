//! Phone numbers, canonical in one place.
//!
//! With a leading `+` the *shape* decides: first digit 1 to 9, 8 to 15 digits in all (ITU-T E.164), because
//! the vendors' own examples (`+1234567890`) are not assigned numbers. Without a `+` the text is read by
//! libphonenumber's rules in a region and must be a valid number there. That a shape-valid number is not
//! an assignable one is remembered, never refused. No region is guessed here.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

use crate::limits::PHONE_CHARS_MAX;

/// Digits of one kind in a row that no number for calling has: seven are a whole local number.
const REPEATED_DIGITS_MIN: usize = 7;

/// A two-letter region such as `US`, known to libphonenumber.
pub type Region = rlibphonenumber::enums::Region;

/// Reads an ISO 3166 region code; `None` if libphonenumber knows no numbers there.
pub fn region(code: &str) -> Option<Region> {
    // The type takes any two letters; the library has numbers only where there is a country code.
    Region::try_from(code).ok().filter(|region| {
        PHONE_NUMBER_UTIL
            .get_country_code_for_region(*region)
            .is_some()
    })
}

/// A checked phone number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Phone {
    e164: String,
    raw: String,
    is_assignable: bool,
}

/// Whether separators may stand between the digits of an international number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separators {
    /// Blanks, hyphens, dots and parentheses are skipped.
    Allowed,
    /// Only `+` and digits.
    Refused,
}

/// What a caller wrote: complete, or to be read in a region that only the decision knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhoneInput {
    International(Phone),
    /// No leading `+`; at most [`PHONE_CHARS_MAX`] characters.
    National(String),
}

/// The text is no phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a phone number")]
pub struct InvalidPhone;

impl PhoneInput {
    /// Sorts the text by its first character and checks what can be checked without a region.
    pub fn read(text: &str) -> Result<Self, InvalidPhone> {
        let trimmed = text.trim();
        if trimmed.starts_with('+') {
            return Phone::international(trimmed, Separators::Allowed).map(Self::International);
        }
        let has_digit = trimmed.bytes().any(|byte| byte.is_ascii_digit());
        if !has_digit || trimmed.chars().count() > PHONE_CHARS_MAX {
            return Err(InvalidPhone);
        }
        Ok(Self::National(trimmed.to_owned()))
    }

    /// Whether one digit stands seven times in a row or more, as in `+1 555 555 5555`: typed to fill a form.
    /// Refused only where a vendor's rules say so.
    pub fn repeats_a_digit(&self) -> bool {
        let text = match self {
            Self::International(phone) => &phone.e164,
            Self::National(raw) => raw,
        };
        let digits: Vec<_> = text.bytes().filter(u8::is_ascii_digit).collect();
        digits
            .chunk_by(|a, b| a == b)
            .any(|run| run.len() >= REPEATED_DIGITS_MIN)
    }

    /// The number, reading a national one in `region`; without a region only international ones pass.
    pub fn resolve(self, region: Option<Region>) -> Result<Phone, InvalidPhone> {
        match self {
            Self::International(phone) => Ok(phone),
            Self::National(raw) => Phone::national(&raw, region.ok_or(InvalidPhone)?),
        }
    }
}

impl Phone {
    /// Reads `+` and 8 to 15 digits.
    pub fn international(raw: &str, separators: Separators) -> Result<Self, InvalidPhone> {
        let rest = raw.strip_prefix('+').ok_or(InvalidPhone)?;
        if raw.len() > PHONE_CHARS_MAX {
            return Err(InvalidPhone);
        }
        let mut e164 = String::with_capacity(raw.len());
        e164.push('+');
        for character in rest.chars() {
            match character {
                '0'..='9' => e164.push(character),
                ' ' | '-' | '.' | '(' | ')' if separators == Separators::Allowed => {}
                _ => return Err(InvalidPhone),
            }
        }
        let digits = e164.len() - 1;
        if !(8..=15).contains(&digits) || e164.as_bytes()[1] == b'0' {
            return Err(InvalidPhone);
        }
        let is_assignable = PHONE_NUMBER_UTIL
            .parse(&e164, None)
            .is_ok_and(|number| PHONE_NUMBER_UTIL.is_valid_number(&number));
        Ok(Self {
            e164,
            raw: raw.to_owned(),
            is_assignable,
        })
    }

    fn national(raw: &str, region: Region) -> Result<Self, InvalidPhone> {
        let number = PHONE_NUMBER_UTIL
            .parse(raw, Some(region))
            .map_err(|_| InvalidPhone)?;
        if !PHONE_NUMBER_UTIL.is_valid_number(&number) {
            return Err(InvalidPhone);
        }
        let e164 = PHONE_NUMBER_UTIL
            .format(&number, PhoneNumberFormat::E164)
            .into_owned();
        Ok(Self {
            e164,
            raw: raw.to_owned(),
            is_assignable: true,
        })
    }

    /// Rebuilds a number that a store kept. The parts are believed; they were checked when written.
    pub fn from_stored(e164: String, raw: String, is_assignable: bool) -> Self {
        Self {
            e164,
            raw,
            is_assignable,
        }
    }

    /// The canonical form, `+` and digits.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// The text as it was given.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Whether libphonenumber knows a numbering plan in which this number can be assigned.
    pub fn is_assignable(&self) -> bool {
        self.is_assignable
    }
}

#[cfg(test)]
mod tests;
