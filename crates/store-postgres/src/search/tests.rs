//! What of a lead is searched, and where.

use std::collections::BTreeMap;

use domain::custom_field::CustomValue;
use domain::{FieldId, Lead, LeadId, OptionId, Timestamp, WorkspaceId};

use super::{lookups, texts};

fn lead() -> Lead {
    let (id, workspace) = (LeadId::new(1), WorkspaceId::new(1));
    let mut lead = Lead::blank(
        id.expect("an id"),
        workspace.expect("an id"),
        Timestamp::FIRST,
    );
    lead.name = Some("ÄNNE Σίσυφος ΤΕΛΟΣ".to_owned());
    lead
}

#[test]
fn own_texts_and_those_of_custom_fields_are_apart() {
    let mut lead = lead();
    let own = "änne σίσυφος τελος".to_owned();
    assert_eq!(texts(&lead), (own.clone(), String::new()));
    let field = |id| FieldId::new(id).expect("an id");
    lead.custom_fields = BTreeMap::from([
        (field(1), CustomValue::Text("Über ΟΔΟΣ".to_owned())),
        (field(2), CustomValue::Boolean(true)),
        (field(3), CustomValue::Text("B".to_owned())),
    ]);
    assert_eq!(texts(&lead), (own, "über οδος\nb".to_owned()));
    lead.name = None;
    assert_eq!(texts(&lead), (String::new(), "über οδος\nb".to_owned()));
}

#[test]
fn a_text_is_not_looked_up_by_value() {
    assert!(lookups(&CustomValue::Text("a".to_owned())).is_empty());
    let options = [7, 9].map(|id| OptionId::new(id).expect("an id"));
    assert_eq!(
        lookups(&CustomValue::MultiSelect(options.into())),
        ["7", "9"]
    );
}
