//! Reading the closing line of `load.lua`.

use super::{Measured, read_result};

#[test]
fn a_clean_result_is_read() {
    let printed = "Running 3s test\nRESULT 90000 3000123 700 2100 0 0\n";
    let measured = Measured {
        requests: 90_000,
        micros: 3_000_123,
        p50_micros: 700,
        p99_micros: 2100,
    };
    assert_eq!(read_result(printed).expect("a result"), measured);
}

#[test]
fn refused_or_broken_requests_fail_loudly() {
    assert!(read_result("RESULT 90000 3000123 700 2100 1 0").is_err());
    assert!(read_result("RESULT 90000 3000123 700 2100 0 1").is_err());
    assert!(read_result("RESULT 0 3000123 0 0 0 0").is_err());
    assert!(read_result("nothing").is_err());
}
