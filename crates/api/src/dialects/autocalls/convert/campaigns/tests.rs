//! Times of day and calling hours, there and back.

use serde_json::json;

use super::*;

fn created(body: &Value) -> (NewCampaign, Vec<Fault>) {
    let Value::Object(members) = body.clone() else {
        panic!("an object")
    };
    let (new, _, faults) = new_campaign(Members::new(members));
    (new, faults)
}

#[test]
fn a_time_of_day_has_two_digits_for_each_part() {
    let cases = [
        ("00:00", Some(0)),
        ("09:30", Some(570)),
        ("23:59", Some(1439)),
        ("09:30:00", Some(570)),
        ("24:00", None),
        ("09:60", None),
        ("9:30", None),
        ("09:30:01", None),
        ("+9:30", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(read_time(text), expected, "{text:?}");
    }
}

#[test]
fn always_is_no_span_at_all() {
    let (new, faults) = created(&json!({"name": "A", "assistant_id": 5}));
    assert_eq!(faults, []);
    assert!(new.dialing.hours.is_empty());
    assert_eq!(
        span(&new.dialing.hours),
        (0, DAY_END, Weekday::ALL.to_vec())
    );
}

#[test]
fn a_span_is_shown_as_it_was_given() {
    let (new, faults) = created(&json!({
        "name": "A", "assistant_id": 5, "allowed_days": ["friday", "monday", "friday"],
        "allowed_hours_start_time": "09:00", "allowed_hours_end_time": "23:59",
    }));
    assert_eq!(faults, []);
    let days = vec![Weekday::Monday, Weekday::Friday];
    assert_eq!(span(&new.dialing.hours), (540, DAY_END, days));
}

#[test]
fn a_span_that_ends_before_it_begins_is_refused() {
    let (_, faults) = created(&json!({
        "name": "A", "assistant_id": 5,
        "allowed_hours_start_time": "17:00", "allowed_hours_end_time": "09:00",
    }));
    let start = wire::ALLOWED_HOURS_START_TIME.to_owned();
    let expected = Fault::member(wire::ALLOWED_HOURS_END_TIME, Reason::Contradiction(start));
    assert_eq!(faults, [expected]);
}
