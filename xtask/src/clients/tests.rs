//! The closing line a client script must print.

use super::{Tally, read_closing_line};

#[test]
fn only_a_closing_line_is_one() {
    assert_eq!(
        read_closing_line("12 passed, 3 failed"),
        Some(Tally {
            passed: 12,
            failed: 3
        })
    );
    assert_eq!(read_closing_line("so 12 passed, 3 failed"), None);
    assert_eq!(read_closing_line("12 passed"), None);
}
