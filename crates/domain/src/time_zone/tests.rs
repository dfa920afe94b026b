//! Names and standard offsets.

use super::TimeZone;
use crate::time::Timestamp;

#[test]
fn standard_offset_is_the_same_in_summer_and_winter() {
    let winter = Timestamp::parse_rfc3339("2026-01-15T12:00:00Z").unwrap();
    let summer = Timestamp::parse_rfc3339("2026-07-15T12:00:00Z").unwrap();
    for (name, hours) in [
        ("America/Los_Angeles", -8.0),
        ("Asia/Kolkata", 5.5),
        ("Australia/Sydney", 10.0),
        ("UTC", 0.0),
    ] {
        let zone = TimeZone::new(name).unwrap();
        for at in [winter, summer] {
            assert!((f64::from(zone.standard_offset_seconds(at)) / 3600.0 - hours).abs() < 1e-9);
        }
    }
}

#[test]
fn unknown_names_are_refused() {
    assert!(TimeZone::new("Mars/Olympus").is_none());
    assert!(TimeZone::new("").is_none());
    assert_eq!(
        TimeZone::new("europe/paris").unwrap().name(),
        "Europe/Paris"
    );
}

#[test]
fn a_day_begins_where_its_zone_says() {
    let at = |text| Timestamp::parse_rfc3339(text).unwrap();
    let berlin = TimeZone::new("Europe/Berlin").unwrap();
    let cases = [
        (None, "2026-01-15T12:00:00Z", "2026-01-15T00:00:00Z"),
        (
            Some(&berlin),
            "2026-01-15T23:30:00Z",
            "2026-01-15T23:00:00Z",
        ),
        // The day on which the clocks go forward.
        (
            Some(&berlin),
            "2026-03-29T12:00:00Z",
            "2026-03-28T23:00:00Z",
        ),
    ];
    for (zone, now, start) in cases {
        assert_eq!(TimeZone::start_of_day(zone, at(now)), at(start), "{now}");
    }
}
