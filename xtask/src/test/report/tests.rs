//! What counts as a failure of the whole run.

use anyhow::anyhow;

use super::{Report, Tally};

const FINE: Tally = Tally {
    passed: 3,
    failed: 0,
};

#[test]
fn nothing_run_is_not_a_pass() {
    assert!(Tally::default().close().is_err());
    assert!(
        Tally {
            passed: 3,
            failed: 1
        }
        .close()
        .is_err()
    );
    assert!(FINE.close().is_ok());
}

#[test]
fn a_pass_that_ran_nothing_fails_the_run() {
    let mut report = Report::default();
    assert!(report.add("Rust tests", Ok(FINE)));
    assert!(!report.add("Conformance tests", Ok(Tally::default())));
    assert_eq!(
        report.lines,
        ["Rust tests: 3 of 3", "Conformance tests: no test was run"]
    );
    assert!(report.close().is_err());
}

#[test]
fn a_server_that_cannot_be_started_fails_the_run_and_is_not_covered() {
    let mut report = Report::default();
    report.add("Rust tests", Ok(FINE));
    let refused = anyhow!("no network").context("PostgreSQL 15 could not be started");
    report.add_on("Conformance tests", Err(refused), |_| Ok(FINE));
    assert_eq!(
        report.lines[1],
        "Conformance tests on PostgreSQL: could not run: PostgreSQL 15 could not be started: no network"
    );
    assert!(report.stores.is_empty());
    assert!(report.close().is_err());
}
