//! The command lines that a reader copies.

use serde_json::json;

use super::super::document::Document;
use super::{commands, pretty};

fn only(operation: &serde_json::Value) -> Vec<(String, String)> {
    let document = json!({
        "tags": [{"name": "t"}],
        "paths": {"/things/{thingId}": {
            "parameters": [{"name": "thingId", "in": "path"}],
            "put": operation,
        }},
    });
    let document = Document::read(&document.to_string());
    let (_, _, operations) = document.tags().remove(0);
    commands(&document, &operations[0])
}

#[test]
fn a_body_is_one_word_for_the_shell() {
    let found = only(
        &json!({"tags": ["t"], "requestBody": {"content": {"application/json": {
        "examples": {"a": {"summary": "A name", "value": {"name": "O'Hara"}}}}}}}),
    );
    let expected = "curl -X PUT \"$LEADBOOK/things/THING_ID\" \\\n  -H \"Authorization: Bearer $KEY\" \\\n  \
                    -H \"Content-Type: application/json\" \\\n  -d '{\n  \"name\": \"O'\\''Hara\"\n}'";
    assert_eq!(found, [("A name".to_owned(), expected.to_owned())]);
}

#[test]
fn a_query_shows_what_is_needed_or_has_an_example() {
    let found = only(&json!({"tags": ["t"], "parameters": [
        {"name": "needed", "in": "query", "required": true},
        {"name": "shown", "in": "query", "example": 5},
        {"name": "left", "in": "query"},
    ]}));
    assert!(
        found[0]
            .1
            .contains("/things/THING_ID?needed=NEEDED&shown=5\""),
        "{found:?}"
    );
}

#[test]
fn a_form_sends_files_by_name() {
    let found = only(
        &json!({"tags": ["t"], "requestBody": {"content": {"multipart/form-data": {
        "schema": {"properties": {"file": {"format": "binary", "examples": ["leads.csv"]}, "kind": {}}}}}}}),
    );
    assert!(found[0].1.contains("-F \"file=@leads.csv\""), "{found:?}");
    assert!(found[0].1.contains("-F \"kind=KIND\""), "{found:?}");
}

#[test]
fn a_list_of_plain_values_stays_on_its_line() {
    let value = json!({"tags": [1, 2], "none": {}, "deep": [{"a": []}]});
    let expected = "{\n  \"tags\": [1, 2],\n  \"none\": {},\n  \"deep\": [\n    {\n      \"a\": []\n    }\n  ]\n}";
    assert_eq!(pretty(&value), expected);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(expected).unwrap(),
        value
    );
}
