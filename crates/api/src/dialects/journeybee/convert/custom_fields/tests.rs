//! Every type of custom field: the demo book, and so the transcripts, has only two of them.

use domain::LeadId;
use domain::Timestamp;
use domain::WorkspaceId;
use domain::custom_field::Association;
use serde_json::json;

use super::*;

fn read_one(field_type: &str, value: &Value) -> Result<Option<CustomValue>, usize> {
    let item = json!({"customFieldId": 5, "type": field_type, "value": value});
    let body = json!({"customFields": [item]});
    let mut members = Members::new(body.as_object().unwrap().clone());
    let mut edits = read(&mut members);
    match members.into_faults().len() {
        0 => Ok(edits.remove(0).value),
        faults => Err(faults),
    }
}

#[test]
fn each_type_has_its_value_object() {
    let option = |id| OptionId::new(id).unwrap();
    let text = |text: &str| CustomValue::Text(text.to_owned());
    let date = |text: &str| CustomValue::Date(text.to_owned());
    for (field_type, value, expected) in [
        ("text", json!({"text": "a"}), text("a")),
        ("textarea", json!({"text": "a\nb"}), text("a\nb")),
        ("textarea", json!({"textarea": "a\nb"}), text("a\nb")),
        ("date", json!({"date": "2024-01-15"}), date("2024-01-15")),
        (
            "boolean",
            json!({"boolean": false}),
            CustomValue::Boolean(false),
        ),
        (
            "number",
            json!({"number": -1.5}),
            CustomValue::Number(serde_json::from_str("-1.5").unwrap()),
        ),
        (
            "select",
            json!({"select": 3}),
            CustomValue::Select(option(3)),
        ),
        (
            "multi_select",
            json!({"multi_select": [3, 1, 3]}),
            CustomValue::MultiSelect(vec![option(3), option(1)]),
        ),
        (
            "multi_select",
            json!({"multi_select": []}),
            CustomValue::MultiSelect(vec![]),
        ),
    ] {
        assert_eq!(read_one(field_type, &value), Ok(Some(expected)), "{value}");
    }
}

#[test]
fn null_inside_the_value_object_removes_and_other_members_are_faults() {
    assert_eq!(read_one("textarea", &json!({"textarea": null})), Ok(None));
    assert_eq!(
        read_one("multi_select", &json!({"multi_select": null})),
        Ok(None)
    );
    for (field_type, value) in [
        ("text", json!({"textarea": "a"})),
        ("textarea", json!({"text": "a", "textarea": "b"})),
        ("text", json!({})),
        ("multi_select", json!({"multi_select": [0]})),
        ("multi_select", json!({"multi_select": ["Gold"]})),
        ("select", json!({"select": null, "text": null})),
    ] {
        assert_eq!(read_one(field_type, &value), Err(1), "{field_type} {value}");
    }
}

#[test]
fn a_textarea_is_shown_as_text() {
    let id = FieldId::new(9).unwrap();
    let definition = FieldDefinition {
        id,
        label: "Story".to_owned(),
        field_type: FieldType::Textarea,
        association: Association::Lead,
        partner_type: None,
        is_required: false,
        is_shared: false,
        options: Vec::new(),
    };
    let at = Timestamp::from_millis(0).unwrap();
    let mut lead = Lead::blank(LeadId::new(1).unwrap(), WorkspaceId::new(1).unwrap(), at);
    lead.custom_fields
        .insert(id, CustomValue::Text("long".to_owned()));
    let shown = serde_json::to_value(show(&lead, &[definition])).unwrap();
    let expected = json!([{
        "id": 9, "label": "Story", "type": "textarea", "value": {"text": "long"},
        "custom_field_value_id": null,
    }]);
    assert_eq!(shown, expected);
    assert!(show(&lead, &[]).is_empty());
}
