//! IANA time zone names and their standard offset.
//!
//! Windows names are a vendor's word and are translated in that vendor's folder.

use crate::dialing::Weekday;
use crate::time::Timestamp;

/// The name of a zone that the bundled time zone database knows, spelled as the database does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TimeZone(String);

impl TimeZone {
    /// `None` if the database has no such zone.
    pub fn new(name: &str) -> Option<Self> {
        let zone = jiff::tz::TimeZone::get(name).ok()?;
        zone.iana_name().map(|canonical| Self(canonical.to_owned()))
    }

    /// Rebuilds a name that a store kept.
    pub fn from_stored(name: String) -> Self {
        Self(name)
    }

    pub fn name(&self) -> &str {
        &self.0
    }

    /// The weekday and the minute of the day that this zone's clocks show, or UTC's without a zone, or for one that a
    /// newer database no longer has.
    pub fn local(zone: Option<&Self>, at: Timestamp) -> (Weekday, u16) {
        let local = Self::zoned(zone, at);
        let day = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or_default();
        let minute = i16::from(local.hour()) * 60 + i16::from(local.minute());
        (Weekday::ALL[day], u16::try_from(minute).unwrap_or_default())
    }

    /// The first moment of the day that this zone's clocks show, in the sense of [`Self::local`].
    pub fn start_of_day(zone: Option<&Self>, at: Timestamp) -> Timestamp {
        let start = Self::zoned(zone, at).start_of_day().ok();
        let start = start.map(|start| start.timestamp().as_millisecond());
        start.and_then(Timestamp::from_millis).unwrap_or(at)
    }

    fn zoned(zone: Option<&Self>, at: Timestamp) -> jiff::Zoned {
        let zone = zone.and_then(|zone| jiff::tz::TimeZone::get(&zone.0).ok());
        at.to_jiff()
            .to_zoned(zone.unwrap_or(jiff::tz::TimeZone::UTC))
    }

    /// Seconds east of Greenwich outside daylight saving time, in the year that follows `at`.
    /// Zero for a zone that a newer database no longer has.
    pub fn standard_offset_seconds(&self, at: Timestamp) -> i32 {
        const QUARTER_YEAR_MS: i64 = 91 * 24 * 60 * 60 * 1000;
        let Ok(zone) = jiff::tz::TimeZone::get(&self.0) else {
            return 0;
        };
        (0..4)
            .map(|quarter| at.plus_millis(quarter * QUARTER_YEAR_MS).to_jiff())
            .map(|moment| zone.to_offset_info(moment))
            .find(|info| !info.dst().is_dst())
            .map_or_else(
                || zone.to_offset(at.to_jiff()).seconds(),
                |info| info.offset().seconds(),
            )
    }
}

#[cfg(test)]
mod tests;
