//! Bodies taken apart, whole and broken; that a body of any size is read in little memory is the job of the bounded channel.

use serde_json::json;
use tokio::sync::mpsc;

use super::*;

/// What comes out of the body: its parts, then why it ended early.
fn read(body: &str) -> (Vec<Value>, Vec<Fault>, Result<(), Failure>) {
    let (sender, mut parts) = mpsc::channel(100);
    let result = elements(body.as_bytes(), "items", &sender);
    let (mut values, mut faults) = (Vec::new(), Vec::new());
    while let Ok(some) = parts.try_recv() {
        for part in some.expect("only the caller sends failures") {
            match part {
                Part::Element(value) => values.push(value),
                Part::Fault(fault) => faults.push(fault),
            }
        }
    }
    (values, faults, result)
}

#[test]
fn elements_come_in_their_order() {
    let (values, faults, result) = read(r#" {"items": [1.50, {"a": [2]}, "x", null]} "#);
    let number: Value = serde_json::from_str("1.50").unwrap();
    assert_eq!(values, [number, json!({"a": [2]}), json!("x"), Value::Null]);
    assert_eq!((faults, result), (Vec::new(), Ok(())));
}

#[test]
fn what_is_beside_them_is_a_fault() {
    let (values, faults, result) = read(r#"{"a": {"b": [1]}, "items": [1], "c": 2}"#);
    assert_eq!(values.len(), 1);
    let unknown = |name| Fault::member(name, Reason::UnknownMember);
    assert_eq!((faults, result), (vec![unknown("a"), unknown("c")], Ok(())));
}

#[test]
fn the_array_must_be_there_and_be_one() {
    let wrong = Reason::WrongType(JsonType::Array);
    for (body, reason) in [
        (r"{}", Reason::Required),
        (r#"{"items": null}"#, Reason::Required),
        (r#"{"items": {"a": {}}}"#, wrong.clone()),
        (r#"{"items": "x"}"#, wrong.clone()),
        (r#"{"items": 1}"#, wrong.clone()),
        (r#"{"items": -1.5e3}"#, wrong.clone()),
        (r#"{"items": true}"#, wrong.clone()),
    ] {
        let (values, faults, result) = read(body);
        assert_eq!(values, Vec::<Value>::new(), "{body}");
        assert_eq!(faults, [Fault::member("items", reason)], "{body}");
        assert_eq!(result, Ok(()), "{body}");
    }
}

#[test]
fn a_body_that_is_no_such_object_is_malformed() {
    let twice = Failure::Malformed("the body has a member twice");
    let deep = format!(r#"{{"items": [{}1{}]}}"#, "[".repeat(31), "]".repeat(31));
    for (body, failure) in [
        ("", EMPTY),
        (" \n", EMPTY),
        ("[]", NOT_AN_OBJECT),
        ("1", NOT_AN_OBJECT),
        ("null", NOT_AN_OBJECT),
        (r#"{"$serde_json::private::Number": "1"}"#, NOT_AN_OBJECT),
        (r#"{"items": [1,"#, NOT_JSON),
        (r#"{"items": [1]} 2"#, NOT_JSON),
        (r#"{"items": [1,]}"#, NOT_JSON),
        (r#"{"items": [1], "items": [2]}"#, twice),
        (r#"{"items": ["a\u0000"]}"#, HAS_NUL),
        (r#"{"a\u0000": 1}"#, HAS_NUL),
        (&deep, Failure::Malformed("the body is nested too deeply")),
    ] {
        assert_eq!(read(body).2, Err(failure), "{body}");
    }
    let allowed = format!(r#"{{"items": [{}1{}]}}"#, "[".repeat(30), "]".repeat(30));
    assert_eq!(read(&allowed).2, Ok(()));
}

#[test]
fn an_element_is_no_larger_than_a_body_and_many_may_be() {
    let element = format!("\"{}\",", "x".repeat(BODY_BYTES_MAX / 2));
    let (values, _, result) = read(&format!(r#"{{"items": [{}1]}}"#, element.repeat(8)));
    assert_eq!((values.len(), result), (9, Ok(())));
    let element = "x".repeat(BODY_BYTES_MAX);
    for body in [
        format!(r#"{{"items": ["{element}"]}}"#),
        format!(r#"{{"{element}": 1}}"#),
        format!(r#"{{"other": "{element}"}}"#),
    ] {
        assert_eq!(read(&body).2, Err(Failure::TooLarge));
    }
}

#[test]
fn a_body_that_breaks_off_is_incomplete() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionAborted.into())
        }
    }
    let (sender, _parts) = mpsc::channel(100);
    let body = br#"{"items": [1, "#.chain(Broken);
    assert_eq!(
        elements(body, "items", &sender),
        Err(Failure::BodyIncomplete)
    );
}

#[test]
fn nothing_more_is_read_for_nobody() {
    let (sender, parts) = mpsc::channel(1);
    drop(parts);
    let endless = br#"{"items": ["#.chain(io::repeat(b' '));
    // Ends by the bytes an element may have, or by the first element.
    assert!(elements(endless, "items", &sender).is_err());
    let many = format!(r#"{{"items": [1{}"#, ", 1".repeat(BULK_PARTS_MAX));
    let body = many.as_bytes().chain(io::repeat(b'['));
    assert_eq!(
        elements(body, "items", &sender),
        Err(Failure::BodyIncomplete)
    );
}
