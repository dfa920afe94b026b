//! Views read back, and what is no view names no number.

use domain::event::Dialect;
use domain::{IdKind, Timestamp};

use super::*;

const NUMBERS: [u64; 5] = [1, 35, 36, 1_000_000, (1 << 53) - 1];

#[test]
fn views_are_reversible() {
    let at = Timestamp::from_millis(1_768_193_759_048).unwrap();
    for number in NUMBERS {
        let text = object_id(IdKind::Lead, at, number);
        let id = by_object_id(Dialect::NlPearl, IdKind::Lead, &text);
        assert_eq!(
            by_object_id(Dialect::NlPearl, IdKind::Campaign, &text).number,
            None
        );
        assert_eq!(
            (id.number, id.created_at_seconds),
            (Some(number), Some(1_768_193_759))
        );
        assert_eq!(
            by_code(Dialect::DialNexa, &code("lead", number)).number,
            Some(number)
        );
        assert_eq!(
            by_number(Dialect::Autocalls, &number.to_string()).number,
            Some(number)
        );
    }
    assert_eq!(code("lead", 36), "lead_000000000010");
    assert_eq!(uuid(at, 789), "019bb08f-9748-8000-8000-000000000315");
}

#[test]
fn other_text_names_no_number() {
    for text in ["", "0123", "+1", "1.0", "-1", " 1", "18446744073709551616"] {
        assert_eq!(by_number(Dialect::Autocalls, text).number, None, "{text:?}");
    }
    for text in [
        "",
        "abc",
        "zzzzzzzzzzzzzzzzzzzzzzzz",
        "696102a4b8",
        "+96102a4b8000000000000001",
    ] {
        assert_eq!(
            by_object_id(Dialect::UserVox, IdKind::Lead, text).number,
            None,
            "{text:?}"
        );
    }
    for text in [
        "lead_",
        "lead_123",
        "lead_ABCDEFGHIJKL",
        "000000000010",
        "é_000000000010x",
    ] {
        assert_eq!(by_code(Dialect::DialNexa, text).number, None, "{text:?}");
    }
}
