//! When and how often a campaign's leads are called: what a claim and the end of a call obey.
//!
//! How many calls a dialer makes at once is the dialer's own business; the number is only kept for it.

use crate::limits::CALLING_HOURS_MAX;
use crate::status::DialStatus;
use crate::time::Timestamp;
use crate::time_zone::TimeZone;

/// A campaign's rules on attempts. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dialing {
    /// Attempts of one lead, the first included; a lead that has used them up ends as `unreachable`.
    pub attempts_max: Option<u32>,
    /// Until the next attempt, where the outcome names no moment.
    pub retry_interval_seconds: Option<u32>,
    /// Kept for the dialer.
    pub at_once_max: Option<u32>,
    /// When calls may begin, by the clock of the lead's zone, else the campaign's, else UTC. Empty: always.
    pub hours: Vec<CallingHours>,
}

/// A span of one weekday in which calls may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallingHours {
    pub day: Weekday,
    /// Minutes since midnight, below 1,440.
    pub start_minute: u16,
    /// The first minute that is outside; at most 1,440.
    pub end_minute: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.name() == name)
    }
}

impl CallingHours {
    /// `None` unless `start_minute < end_minute <= 1440`.
    pub const fn new(day: Weekday, start_minute: u16, end_minute: u16) -> Option<Self> {
        if start_minute < end_minute && end_minute <= 24 * 60 {
            Some(Self {
                day,
                start_minute,
                end_minute,
            })
        } else {
            None
        }
    }
}

impl Dialing {
    /// Whether a call may begin at `now` where this zone's clock counts.
    pub fn is_open(&self, zone: Option<&TimeZone>, now: Timestamp) -> bool {
        if self.hours.is_empty() {
            return true;
        }
        let (day, minute) = TimeZone::local(zone, now);
        self.hours.iter().take(CALLING_HOURS_MAX).any(|hours| {
            hours.day == day && (hours.start_minute..hours.end_minute).contains(&minute)
        })
    }

    /// What an outcome becomes after so many attempts: one that asks for another has none left to ask for.
    pub fn outcome(&self, outcome: DialStatus, attempts: u32) -> DialStatus {
        let is_used_up = self.attempts_max.is_some_and(|max| attempts >= max);
        if is_used_up && outcome.is_claimable() {
            DialStatus::Unreachable
        } else {
            outcome
        }
    }

    /// When the lead is due again after an outcome that asks for another attempt.
    pub fn next_attempt_at(&self, outcome: DialStatus, now: Timestamp) -> Option<Timestamp> {
        let seconds = self.retry_interval_seconds?;
        outcome
            .is_claimable()
            .then(|| now.plus_millis(i64::from(seconds) * 1000))
    }
}

#[cfg(test)]
mod tests;
