//! Time zone ids and offsets: too many for transcripts.

use domain::Timestamp;

use super::*;

/// The ids that CLDR maps, one a line.
const WINDOWS_IDS: &str = "\
AUS Central Standard Time
AUS Eastern Standard Time
Afghanistan Standard Time
Alaskan Standard Time
Aleutian Standard Time
Altai Standard Time
Arab Standard Time
Arabian Standard Time
Arabic Standard Time
Argentina Standard Time
Astrakhan Standard Time
Atlantic Standard Time
Aus Central W. Standard Time
Azerbaijan Standard Time
Azores Standard Time
Bahia Standard Time
Bangladesh Standard Time
Belarus Standard Time
Bougainville Standard Time
Canada Central Standard Time
Cape Verde Standard Time
Caucasus Standard Time
Cen. Australia Standard Time
Central America Standard Time
Central Asia Standard Time
Central Brazilian Standard Time
Central Europe Standard Time
Central European Standard Time
Central Pacific Standard Time
Central Standard Time
Central Standard Time (Mexico)
Chatham Islands Standard Time
China Standard Time
Cuba Standard Time
Dateline Standard Time
E. Africa Standard Time
E. Australia Standard Time
E. Europe Standard Time
E. South America Standard Time
Easter Island Standard Time
Eastern Standard Time
Eastern Standard Time (Mexico)
Egypt Standard Time
Ekaterinburg Standard Time
FLE Standard Time
Fiji Standard Time
GMT Standard Time
GTB Standard Time
Georgian Standard Time
Greenland Standard Time
Greenwich Standard Time
Haiti Standard Time
Hawaiian Standard Time
India Standard Time
Iran Standard Time
Israel Standard Time
Jordan Standard Time
Kaliningrad Standard Time
Korea Standard Time
Libya Standard Time
Line Islands Standard Time
Lord Howe Standard Time
Magadan Standard Time
Magallanes Standard Time
Marquesas Standard Time
Mauritius Standard Time
Middle East Standard Time
Montevideo Standard Time
Morocco Standard Time
Mountain Standard Time
Mountain Standard Time (Mexico)
Myanmar Standard Time
N. Central Asia Standard Time
Namibia Standard Time
Nepal Standard Time
New Zealand Standard Time
Newfoundland Standard Time
Norfolk Standard Time
North Asia East Standard Time
North Asia Standard Time
North Korea Standard Time
Omsk Standard Time
Pacific SA Standard Time
Pacific Standard Time
Pacific Standard Time (Mexico)
Pakistan Standard Time
Paraguay Standard Time
Qyzylorda Standard Time
Romance Standard Time
Russia Time Zone 10
Russia Time Zone 11
Russia Time Zone 3
Russian Standard Time
SA Eastern Standard Time
SA Pacific Standard Time
SA Western Standard Time
SE Asia Standard Time
Saint Pierre Standard Time
Sakhalin Standard Time
Samoa Standard Time
Sao Tome Standard Time
Saratov Standard Time
Singapore Standard Time
South Africa Standard Time
South Sudan Standard Time
Sri Lanka Standard Time
Sudan Standard Time
Syria Standard Time
Taipei Standard Time
Tasmania Standard Time
Tocantins Standard Time
Tokyo Standard Time
Tomsk Standard Time
Tonga Standard Time
Transbaikal Standard Time
Turkey Standard Time
Turks And Caicos Standard Time
US Eastern Standard Time
US Mountain Standard Time
UTC
UTC+12
UTC+13
UTC-02
UTC-08
UTC-09
UTC-11
Ulaanbaatar Standard Time
Venezuela Standard Time
Vladivostok Standard Time
Volgograd Standard Time
W. Australia Standard Time
W. Central Africa Standard Time
W. Europe Standard Time
W. Mongolia Standard Time
West Asia Standard Time
West Bank Standard Time
West Pacific Standard Time
Yakutsk Standard Time
Yukon Standard Time";

fn offset(id: &str) -> Option<String> {
    let at = Timestamp::parse_rfc3339("2026-01-15T12:00:00Z").unwrap();
    Some(hours(time_zone(id)?.standard_offset_seconds(at)))
}

#[test]
fn every_windows_id_names_a_zone() {
    let unknown: Vec<_> = WINDOWS_IDS
        .lines()
        .filter(|id| time_zone(id).is_none())
        .collect();
    assert_eq!(unknown, Vec::<&str>::new());
    assert_eq!(WINDOWS_IDS.lines().count(), 139);
}

#[test]
fn offsets_are_of_standard_time_in_hours() {
    for (id, hours) in [
        ("Pacific Standard Time", "-8"),
        ("Türkiye Standard Time", "3"),
        ("Turkey Standard Time", "3"),
        ("Romance Standard Time", "1"),
        ("India Standard Time", "5.5"),
        ("Nepal Standard Time", "5.75"),
        ("Newfoundland Standard Time", "-3.5"),
        ("AUS Eastern Standard Time", "10"),
        ("GMT Standard Time", "0"),
        ("UTC", "0"),
        ("Mid-Atlantic Standard Time", "-2"),
        ("Kamchatka Standard Time", "12"),
        ("Europe/Rome", "1"),
    ] {
        assert_eq!(offset(id).as_deref(), Some(hours), "{id}");
    }
}

#[test]
fn other_text_names_no_zone() {
    for id in [
        "",
        " ",
        "Pacific",
        "PST8",
        "-8",
        "Europe/",
        "Pacific Daylight Time",
    ] {
        assert_eq!(time_zone(id), None, "{id:?}");
    }
}

#[test]
fn a_time_of_day_has_two_or_three_parts() {
    let cases = [
        ("00:00", Some(0)),
        ("09:30", Some(570)),
        ("09:30:00", Some(570)),
        ("09:30:01", Some(571)),
        ("23:59:59", Some(1440)),
        ("24:00", Some(1440)),
        ("24:00:01", None),
        ("24:01", None),
        ("9:30", None),
        ("09", None),
        ("09:60", None),
        ("09:30:60", None),
        ("09:30:00:00", None),
        ("+9:30", None),
        ("", None),
    ];
    for (text, minute) in cases {
        assert_eq!(minute_of_day(text), minute, "{text}");
    }
}

#[test]
fn a_moment_may_lack_its_zone_or_its_time() {
    let noon = Timestamp::parse_rfc3339("2026-01-15T12:00:00Z");
    for text in [
        "2026-01-15T12:00:00Z",
        "2026-01-15T12:00:00",
        "2026-01-15T14:00:00+02:00",
    ] {
        assert_eq!(moment(text), noon, "{text}");
    }
    let midnight = Timestamp::parse_rfc3339("2026-01-15T00:00:00Z");
    assert_eq!(moment("2026-01-15"), midnight);
    for text in ["", "soon", "15.01.2026", "2026-01-15T12:00:00+00:00Z"] {
        assert_eq!(moment(text), None, "{text}");
    }
}

#[test]
fn a_fault_in_a_bulk_is_placed() {
    assert_eq!(in_lead(17, "phoneNumber"), "leads[17].phoneNumber");
    assert_eq!(in_lead(0, "$.callData.a"), "$.leads[0].callData.a");
}

#[test]
fn every_interval_has_its_seconds() {
    let hours = range(wire::MINIMUM_RETRY_INTERVAL).map(|code| interval_seconds(code) / 3600);
    assert_eq!(hours.collect::<Vec<_>>(), [6, 24, 72, 168, 720, 3]);
}
