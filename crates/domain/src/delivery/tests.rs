//! What follows an attempt, as tables.

use proptest::prelude::*;

use super::*;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
        .unwrap()
        .plus_millis(millis)
}

fn failing(since: Option<i64>) -> Health {
    Health {
        failing_since: since.map(at),
        disabled: None,
    }
}

fn failed(retry_after_ms: Option<i64>) -> Reception {
    Reception::Failed { retry_after_ms }
}

#[test]
fn what_was_taken_is_delivered() {
    for (since, health) in [
        (None, HealthChange::Same),
        (Some(-1), HealthChange::Recovered),
        // Also on the day on which it would have been disabled.
        (Some(-30 * DAY_MS), HealthChange::Recovered),
    ] {
        for attempts in [0, 5, DELIVERY_ATTEMPTS_MAX] {
            let conclusion = conclude(failing(since), attempts, Reception::Taken, at(0), 7);
            let next = Next::Delivered;
            assert_eq!(conclusion, Conclusion { next, health });
        }
    }
}

#[test]
fn gone_disables_at_once() {
    for (since, attempts) in [(None, 0), (Some(-5), 12)] {
        let conclusion = conclude(failing(since), attempts, Reception::Gone, at(3), 7);
        let disabled = Disabled {
            at: at(3),
            reason: DisabledReason::Gone,
        };
        let expected = Conclusion {
            next: Next::Dead,
            health: HealthChange::Disabled(disabled),
        };
        assert_eq!(conclusion, expected);
    }
}

#[test]
fn an_endpoint_that_fails_for_long_is_disabled() {
    for (since, expected) in [
        (None, HealthChange::Failing { since: at(0) }),
        (Some(-1), HealthChange::Same),
        (Some(1 - ENDPOINT_FAILING_MS_MAX), HealthChange::Same),
        (
            Some(-ENDPOINT_FAILING_MS_MAX),
            HealthChange::Disabled(Disabled {
                at: at(0),
                reason: DisabledReason::Failing,
            }),
        ),
    ] {
        let conclusion = conclude(failing(since), 0, failed(None), at(0), 0);
        assert_eq!(conclusion.health, expected, "{since:?}");
        let is_dead = conclusion.next == Next::Dead;
        assert_eq!(is_dead, since == Some(-ENDPOINT_FAILING_MS_MAX));
    }
}

#[test]
fn retries_follow_the_plan_and_end() {
    for (attempts, seconds) in (0..).zip(RETRY_WAIT_SECONDS) {
        let conclusion = conclude(failing(None), attempts, failed(None), at(0), 0);
        let next_attempt_at = at(seconds * 1_000);
        assert_eq!(conclusion.next, Next::Retry { next_attempt_at });
    }
    for attempts in [DELIVERY_ATTEMPTS_MAX - 1, DELIVERY_ATTEMPTS_MAX, u32::MAX] {
        let conclusion = conclude(failing(None), attempts, failed(Some(5)), at(0), 0);
        assert_eq!(conclusion.next, Next::Dead, "after {attempts}");
    }
    let days = RETRY_WAIT_SECONDS.iter().sum::<i64>() * 1_000 / DAY_MS;
    assert_eq!(days, 3, "multiple days");
    assert!(RETRY_WAIT_SECONDS.is_sorted());
}

#[test]
fn an_endpoint_may_ask_for_later() {
    let planned = RETRY_WAIT_SECONDS[0] * 1_000;
    for (asked, expected) in [
        (None, planned),
        (Some(0), planned),
        (Some(-7), planned),
        // Never sooner than planned.
        (Some(planned - 1), planned),
        (Some(planned + 1), planned + 1),
        (Some(RETRY_AFTER_MS_MAX), RETRY_AFTER_MS_MAX),
        (Some(i64::MAX), RETRY_AFTER_MS_MAX),
    ] {
        let conclusion = conclude(failing(None), 0, failed(asked), at(0), 0);
        let next_attempt_at = at(expected);
        assert_eq!(
            conclusion.next,
            Next::Retry { next_attempt_at },
            "{asked:?}"
        );
    }
}

proptest! {
    #[test]
    fn jitter_is_up_to_a_tenth_later(
        attempts in 0..DELIVERY_ATTEMPTS_MAX - 1,
        asked in proptest::option::of(0..2 * RETRY_AFTER_MS_MAX),
        jitter: u16,
    ) {
        let wait = |jitter| match conclude(failing(None), attempts, failed(asked), at(0), jitter).next {
            Next::Retry { next_attempt_at } => next_attempt_at.as_millis() - at(0).as_millis(),
            other => panic!("{other:?}"),
        };
        let (least, most) = (wait(0), wait(u16::MAX));
        prop_assert_eq!(most, least + least / 10);
        prop_assert!((least..=most).contains(&wait(jitter)));
        // And it spreads: those that failed together do not come back together.
        prop_assert!(jitter < 1_000 || wait(jitter) > least);
    }
}
