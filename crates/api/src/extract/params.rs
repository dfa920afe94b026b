//! The parameters of a query: read one by one, with the faults of all.

use app::AppError;
use axum::http::Uri;
use domain::Timestamp;
use domain::fault::{Fault, JsonType, Reason};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::body::has_nul;

/// A query's parameters. Of one that is given twice the first counts; one that nobody reads is ignored.
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
    faults: Vec<Fault>,
}

impl Params {
    pub(crate) fn of(uri: &Uri) -> Self {
        let pairs = uri.query().unwrap_or_default().split('&');
        let pairs = pairs.filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), value.to_owned())
        });
        Self {
            pairs: pairs.collect(),
            faults: Vec::new(),
        }
    }

    fn find(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs.iter();
        let (_, value) = pairs.find(|(key, _)| key == name)?;
        Some(value)
            .filter(|value| !value.is_empty())
            .map(String::as_str)
    }

    /// A text in which a `+` is a blank, as forms write it; an empty one is absent.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let text = decode(&self.find(name)?.replace('+', " "));
        self.checked(name, text)
    }

    /// A text in which a `+` is a plus: a number to call.
    pub(crate) fn phone(&mut self, name: &str) -> Option<String> {
        let text = decode(self.find(name)?);
        self.checked(name, text)
    }

    fn checked(&mut self, name: &str, text: String) -> Option<String> {
        if text.contains('\0') {
            self.fault(name, Reason::NulCharacter);
            return None;
        }
        Some(text)
    }

    /// A whole number.
    pub(crate) fn integer(&mut self, name: &str) -> Option<u64> {
        let text = self.text(name)?;
        let number = text.parse().ok();
        if number.is_none() {
            self.fault(name, Reason::WrongType(JsonType::Integer));
        }
        number
    }

    /// A whole number of a range; outside it is a fault.
    pub(crate) fn integer_in(
        &mut self,
        name: &str,
        range: std::ops::RangeInclusive<u64>,
    ) -> Option<u64> {
        let number = self.integer(name)?;
        if range.contains(&number) {
            return Some(number);
        }
        self.fault(name, Reason::OutOfRange);
        None
    }

    /// The parts of a list that is separated by commas, blanks around them cut off; empty without one.
    pub(crate) fn list(&mut self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        let parts = text.split(',').map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// A date (`YYYY-MM-DD`, its first moment in UTC) or a moment after RFC 3339.
    pub(crate) fn moment(&mut self, name: &str) -> Option<Timestamp> {
        // The `+` of an offset is a plus.
        let text = self.phone(name)?;
        let moment = Timestamp::parse_rfc3339(&text)
            .or_else(|| Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")));
        if moment.is_none() {
            self.fault(name, Reason::InvalidTime);
        }
        moment
    }

    /// A JSON array, written as text.
    pub(crate) fn json_array(&mut self, name: &str) -> Option<Vec<Value>> {
        let text = self.text(name)?;
        let array: Option<Vec<Value>> = serde_json::from_str(&text).ok();
        let Some(array) = array else {
            self.fault(name, Reason::WrongType(JsonType::Array));
            return None;
        };
        if array.iter().any(has_nul) {
            self.fault(name, Reason::NulCharacter);
            return None;
        }
        Some(array)
    }

    /// The first moment of a day (`YYYY-MM-DD`) in UTC.
    pub(crate) fn day(&mut self, name: &str) -> Option<Timestamp> {
        let text = self.text(name)?;
        let day = Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z"));
        // Longer and shorter spellings of a day are no `YYYY-MM-DD`.
        let day = day.filter(|_| text.len() == "YYYY-MM-DD".len());
        if day.is_none() {
            self.fault(name, Reason::InvalidTime);
        }
        day
    }

    pub(crate) fn fault(&mut self, name: &str, reason: Reason) {
        self.faults.push(Fault::member(name, reason));
    }

    pub(crate) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// Refuses the query if anything in it was found faulty.
    pub(crate) fn check(self) -> Result<(), AppError> {
        let faults = self.into_faults();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(AppError::Invalid(faults))
        }
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
