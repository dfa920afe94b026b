//! Ranges and formats of [`super::Timestamp`].

use super::Timestamp;

#[test]
fn only_years_1970_to_9999_exist() {
    assert!(Timestamp::from_millis(-1).is_none());
    assert!(Timestamp::from_millis(0).is_some());
    assert!(Timestamp::from_millis(Timestamp::LAST.as_millis() + 1).is_none());
    assert_eq!(Timestamp::LAST.plus_millis(i64::MAX), Timestamp::LAST);
    assert_eq!(
        Timestamp::LAST.to_rfc3339_millis(),
        "9999-12-29T23:59:59.999Z"
    );
}

#[test]
fn both_spellings_read_back() {
    let at = Timestamp::from_millis(1_705_329_000_123).unwrap();
    assert_eq!(at.to_rfc3339_millis(), "2024-01-15T14:30:00.123Z");
    assert_eq!(at.to_rfc3339_seconds(), "2024-01-15T14:30:00Z");
    assert_eq!(
        Timestamp::parse_rfc3339("2024-01-15T14:30:00.123Z"),
        Some(at)
    );
    assert_eq!(
        Timestamp::parse_rfc3339("2024-01-15T15:30:00.123+01:00"),
        Some(at)
    );
    assert_eq!(Timestamp::parse_rfc3339("yesterday"), None);
}

#[test]
fn the_dates_of_http_are_read() {
    let at = Timestamp::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
    assert_eq!(at.to_rfc3339_seconds(), "1994-11-06T08:49:37Z");
    assert_eq!(Timestamp::parse_http_date("120"), None);
    assert_eq!(Timestamp::parse_http_date("soon"), None);
}
