//! What a definition takes.

use super::*;

fn field(field_type: FieldType, options: &[u64]) -> FieldDefinition {
    let option = |id: &u64| FieldOption {
        id: OptionId::new(*id).unwrap(),
        label: format!("option {id}"),
    };
    FieldDefinition {
        id: FieldId::new(1).unwrap(),
        label: "field".to_owned(),
        field_type,
        association: Association::Lead,
        options: options.iter().map(option).collect(),
        partner_type: None,
        is_required: false,
        is_shared: false,
    }
}

#[test]
fn a_date_is_a_day_or_a_moment() {
    let definition = field(FieldType::Date, &[]);
    let takes = |text: &str| definition.takes(&CustomValue::Date(text.to_owned()));
    for text in [
        "2024-02-29",
        "2024-01-15T14:30:00Z",
        "2024-01-15T14:30:00.123+02:00",
        "2024-01-15T14:30:00",
    ] {
        assert!(takes(text), "{text:?}");
    }
    for text in [
        "",
        "2024",
        "2024-1-5",
        "2023-02-29",
        "20240115T143000Z",
        "15.01.2024",
        "2024-01-15T25:00:00Z",
        "2024-01-15T14:30:00+01:00[Europe/Paris]",
        "2024-01-15 and more",
        "tomorrow",
    ] {
        assert!(!takes(text), "{text:?}");
    }
}

#[test]
fn a_value_fits_its_type_and_names_known_options() {
    let option = |id| OptionId::new(id).unwrap();
    let select = field(FieldType::Select, &[1, 3]);
    assert!(select.takes(&CustomValue::Select(option(3))));
    assert!(!select.takes(&CustomValue::Select(option(2))));
    assert!(!select.takes(&CustomValue::MultiSelect(vec![option(3)])));
    let many = field(FieldType::MultiSelect, &[1, 3]);
    assert!(many.takes(&CustomValue::MultiSelect(vec![])));
    assert!(many.takes(&CustomValue::MultiSelect(vec![option(3), option(1)])));
    assert!(!many.takes(&CustomValue::MultiSelect(vec![option(3), option(2)])));
    let textarea = field(FieldType::Textarea, &[]);
    assert!(textarea.takes(&CustomValue::Text("long".to_owned())));
    assert!(!textarea.takes(&CustomValue::Boolean(true)));
}
