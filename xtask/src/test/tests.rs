//! The two readers of test reports. What they read is made up here in the form those programs print it.

use super::{Tally, read_junit, read_test_result};

#[test]
fn nextest_report_is_counted() {
    let text = r#"<?xml version="1.0"?><testsuites name="nextest-run" tests="12" failures="2" errors="1" uuid="x">
        <testsuite name="domain" tests="3" failures="0" errors="0">"#;
    assert_eq!(
        read_junit(text),
        Some(Tally {
            passed: 9,
            failed: 3
        })
    );
    assert_eq!(read_junit("<testsuites name=\"x\">"), None);
}

#[test]
fn cargo_test_summary_is_counted() {
    let line = "test result: FAILED. 7 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
    assert_eq!(
        read_test_result(line),
        Some(Tally {
            passed: 7,
            failed: 2
        })
    );
    assert_eq!(read_test_result("running 7 tests"), None);
}

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
    assert!(
        Tally {
            passed: 3,
            failed: 0
        }
        .close()
        .is_ok()
    );
}
