//! Merge, replace and RFC 7396 patch.

use super::{Object, ObjectEdit};

fn object(text: &str) -> Object {
    Object::parse(text).unwrap()
}

#[track_caller]
fn check(before: &str, edit: &ObjectEdit, after: &str) {
    assert_eq!(object(before).edited(edit).to_text(), after);
}

#[test]
fn merge_keeps_order_and_stores_null() {
    let edit = ObjectEdit::Merge(object(r#"{"c":3,"a":null}"#));
    check(
        r#"{"a":1,"b":{"x":1}}"#,
        &edit,
        r#"{"a":null,"b":{"x":1},"c":3}"#,
    );
    let deep = ObjectEdit::Merge(object(r#"{"b":{"y":2}}"#));
    check(r#"{"a":1,"b":{"x":1}}"#, &deep, r#"{"a":1,"b":{"y":2}}"#);
}

#[test]
fn replace_drops_what_is_not_given() {
    check(
        r#"{"a":1,"b":2}"#,
        &ObjectEdit::Replace(object(r#"{"b":3}"#)),
        r#"{"b":3}"#,
    );
    check(r#"{"a":1}"#, &ObjectEdit::Replace(Object::default()), "{}");
}

#[test]
fn patch_follows_rfc_7396() {
    // The document and patch of RFC 7396, section 3.
    check(
        r#"{"title":"Goodbye!","author":{"givenName":"John","familyName":"Doe"},"tags":["example","sample"],"content":"This will be unchanged"}"#,
        &ObjectEdit::Patch(object(
            r#"{"title":"Hello!","phoneNumber":"+01-123-456-7890","author":{"familyName":null},"tags":["example"]}"#,
        )),
        r#"{"title":"Hello!","author":{"givenName":"John"},"tags":["example"],"content":"This will be unchanged","phoneNumber":"+01-123-456-7890"}"#,
    );
}

#[test]
fn spelling_of_numbers_and_last_duplicate_are_kept() {
    assert_eq!(
        object(r#"{"n":1.00,"big":1e999,"n2":10000000000000000000000}"#).to_text(),
        r#"{"n":1.00,"big":1e+999,"n2":10000000000000000000000}"#
    );
    assert_eq!(object(r#"{"a":1,"a":2}"#).to_text(), r#"{"a":2}"#);
}
