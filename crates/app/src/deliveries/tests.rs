//! The retry schedule.

use domain::Timestamp;
use domain::limits::DELIVERY_ATTEMPTS_MAX;

use super::next_attempt_at;

#[test]
fn waits_grow_and_end() {
    let now = Timestamp::from_millis(0).unwrap();
    let waits: Vec<_> = (0..DELIVERY_ATTEMPTS_MAX)
        .map(|attempts| next_attempt_at(attempts, now, 0).map(Timestamp::as_millis))
        .collect();
    assert_eq!(waits[0], Some(5_000));
    assert!(
        waits
            .windows(2)
            .all(|pair| pair[1].is_none() || pair[0] < pair[1])
    );
    assert_eq!(
        waits.last(),
        Some(&None),
        "the last attempt is followed by none"
    );
    assert!(
        waits.iter().flatten().sum::<i64>() > 24 * 3_600_000,
        "over a day in all"
    );
}

#[test]
fn jitter_adds_at_most_a_tenth() {
    let now = Timestamp::from_millis(0).unwrap();
    let latest = next_attempt_at(0, now, u16::MAX).unwrap();
    assert_eq!(latest.as_millis(), 5_500);
}
