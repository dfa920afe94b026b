//! What a pass tells its tests, and the two readers of test reports. What they read is made up here in the form those
//! programs print it.

use super::{Pass, Runner, Selection, Tally, believed, read_junit, read_test_result};

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
fn a_failed_run_is_no_pass_whatever_it_counted() {
    let fine = Tally {
        passed: 3,
        failed: 0,
    };
    assert_eq!(believed(fine, true), fine);
    assert_eq!(believed(fine, false).failed, 1);
    // Left to the report, which says that nothing was run.
    assert_eq!(believed(Tally::default(), false), Tally::default());
}

/// The variables a pass sets; a shell that has them set must not turn one pass into another.
#[test]
fn a_pass_sets_or_unsets_every_variable() {
    let shown = |selection, postgres: Option<&str>| -> String {
        let runner = Runner {
            has_nextest: true,
            cache: "servers".into(),
        };
        let postgres = postgres.map(str::to_owned);
        let command = runner.cargo(&Pass {
            selection,
            postgres,
        });
        let variables = command.get_envs().map(|(name, value)| {
            let value = value.map_or("unset".into(), |value| value.to_string_lossy());
            format!("{}={value}", name.to_string_lossy())
        });
        variables.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        shown(Selection::Everything, None),
        "LEADBOOK_POSTGRES_CACHE=servers LEADBOOK_TEST_POSTGRES=unset LEADBOOK_TEST_STORE=unset"
    );
    assert_eq!(
        shown(Selection::Conformance, Some("url")),
        "LEADBOOK_POSTGRES_CACHE=servers LEADBOOK_TEST_POSTGRES=url LEADBOOK_TEST_STORE=unset"
    );
    assert_eq!(
        shown(Selection::EndToEnd, Some("url")),
        "LEADBOOK_POSTGRES_CACHE=servers LEADBOOK_TEST_POSTGRES=url LEADBOOK_TEST_STORE=postgres"
    );
}
