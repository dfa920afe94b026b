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
