//! Points in time, as milliseconds since 1970-01-01T00:00:00Z.
//!
//! Milliseconds because that is the finest unit any served vendor shows (DialNexa's `created_at`,
//! UserVox's `timestamp`). Nothing here reads a clock; the one that does is `app::environment`.

/// A moment, to the millisecond, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const FIRST: Self = Self(0);
    /// 9999-12-29T23:59:59.999Z: the last whole day that jiff can show in every zone. Beyond the year
    /// 9999 the wire formats of every dialect would change shape.
    pub const LAST: Self = Self(253_402_127_999_999);

    /// `None` before 1970 or after [`Self::LAST`].
    pub const fn from_millis(millis: i64) -> Option<Self> {
        if millis < 0 || millis > Self::LAST.0 {
            None
        } else {
            Some(Self(millis))
        }
    }

    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, the part of the time that an ObjectId carries.
    pub const fn as_seconds(self) -> i64 {
        self.0 / 1000
    }

    /// Whole days since 1970, UTC.
    pub const fn as_days(self) -> i64 {
        self.0 / (24 * 60 * 60 * 1000)
    }

    /// This moment plus `millis`, held inside the range of the type.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        let sum = self.0.saturating_add(millis);
        if sum < 0 {
            Self(0)
        } else if sum > Self::LAST.0 {
            Self::LAST
        } else {
            Self(sum)
        }
    }

    /// Reads RFC 3339 text such as `2024-01-15T14:30:00Z`; `None` if it is not that, or out of range.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let at: jiff::Timestamp = text.parse().ok()?;
        Self::from_millis(at.as_millisecond())
    }

    /// Reads the date of an HTTP header, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7); `None` if it
    /// is not that, or out of range.
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let at = jiff::fmt::rfc2822::DateTimeParser::new()
            .parse_timestamp(text)
            .ok()?;
        Self::from_millis(at.as_millisecond())
    }

    /// `2024-01-15T14:30:00.123Z`, always three fraction digits.
    pub fn to_rfc3339_millis(self) -> String {
        self.format("%Y-%m-%dT%H:%M:%S.%3fZ")
    }

    /// `2024-01-15T14:30:00Z`, the fraction cut off.
    pub fn to_rfc3339_seconds(self) -> String {
        self.format("%Y-%m-%dT%H:%M:%SZ")
    }

    /// The time in UTC by a strftime pattern (`jiff::fmt::strtime`). The pattern is ours, never input.
    pub fn format(self, pattern: &str) -> String {
        self.to_jiff().strftime(pattern).to_string()
    }

    pub(crate) fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).expect("the constructor keeps jiff's range")
    }
}

#[cfg(test)]
mod tests;
