//! What is leased, until when; and that nobody's lease ends while due ones are picked.

use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).expect("in range")
}

/// Leases what is free of these ids.
fn take(leases: &Leases, now: i64, until: i64, ids: &[u64]) -> Vec<u64> {
    let pick = |is_taken: &dyn Fn(u64) -> bool| {
        let free = ids.iter().copied().filter(|id| !is_taken(*id));
        Ok(free.collect())
    };
    leases.take(at(now), at(until), pick).expect("is picked")
}

#[test]
fn a_lease_holds_until_its_end() {
    let leases = Leases::default();
    assert_eq!(take(&leases, 0, 10, &[1, 2]), [1, 2]);
    assert_eq!(take(&leases, 9, 30, &[1, 2, 3]), [3]);
    assert_eq!(take(&leases, 10, 20, &[1, 3]), [1]);
    leases.end([3, 7]);
    assert_eq!(take(&leases, 10, 20, &[1, 2, 3]), [2, 3]);
}

#[test]
fn nothing_ends_while_it_is_picked() {
    let leases = Leases::default();
    let picked = leases.take(at(0), at(10), |_| {
        assert!(leases.0.try_lock().is_err());
        Ok(vec![1])
    });
    assert_eq!(picked.expect("is picked"), [1]);
    assert!(leases.0.try_lock().is_ok());
}

#[test]
fn what_fails_to_be_picked_is_not_leased() {
    let leases = Leases::default();
    let failed = leases.take(at(0), at(10), |_| Err(Failure::closed()));
    assert!(failed.is_err());
    assert_eq!(take(&leases, 0, 10, &[1]), [1]);
}
