//! What follows an attempt, as a table.

use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
        .unwrap()
        .plus_millis(millis)
}

#[test]
fn what_was_taken_is_delivered() {
    let conclusion = conclude(Health::default(), 0, Reception::Taken, at(0), 0);
    let expected = Conclusion {
        next: Next::Delivered,
        health: HealthChange::Same,
    };
    assert_eq!(conclusion, expected);
}
