//! When a lead is already what a new lead's edit would make it.

use super::*;
use crate::campaign::Stage;
use crate::ids::{LeadId, WorkspaceId};
use crate::object::Object;

fn phone(text: &str) -> PhoneInput {
    PhoneInput::read(text).unwrap()
}

fn object(text: &str) -> Object {
    Object::parse(text).unwrap()
}

fn text(text: &str) -> Change<String> {
    Change::Set(text.to_owned())
}

fn edit() -> Edit {
    Edit {
        campaign: Change::Set(CampaignId::new(1).unwrap()),
        external_id: text("A-1"),
        phone: Change::Set(phone("+1 212 555 0123")),
        first_name: text("Ada"),
        last_name: text("Lovelace"),
        name: text("Countess"),
        email: text("ada@example.com"),
        company_name: text("Engines"),
        variables: ObjectEdit::Merge(object(r#"{"plan":"gold","n":1.0}"#)),
        ..Edit::default()
    }
}

/// What the edit makes.
fn lead() -> Lead {
    let id = LeadId::new(1).unwrap();
    let made = Lead::blank(id, WorkspaceId::new(1).unwrap(), Timestamp::FIRST);
    Lead {
        version: 1,
        campaign_id: CampaignId::new(1),
        external_id: Some("A-1".to_owned()),
        phone: Some(phone("+12125550123").resolve(None).unwrap()),
        first_name: Some("Ada".to_owned()),
        last_name: Some("Lovelace".to_owned()),
        name: Some("Countess".to_owned()),
        email: Some("ada@example.com".to_owned()),
        company_name: Some("Engines".to_owned()),
        variables: object(r#"{"plan":"gold","n":1.0}"#),
        ..made
    }
}

#[test]
fn the_same_submission_is_met() {
    assert!(edit().is_met_by(&lead()));
    // Calls may have been made since: they are not what was submitted.
    let called = Lead {
        version: 9,
        attempts: 2,
        dial_status: DialStatus::Success,
        stage: Stage::new("Won", StageKind::Converted),
        collected: object(r#"{"mood":"good"}"#),
        ..lead()
    };
    assert!(edit().is_met_by(&called));
    let nothing = Lead::blank(lead().id, lead().workspace_id, Timestamp::FIRST);
    assert!(Edit::default().is_met_by(&nothing));
}

#[test]
fn any_other_word_is_another_submission() {
    let changes: [fn(&mut Edit); 13] = [
        |edit| edit.campaign = Change::Set(CampaignId::new(2).unwrap()),
        |edit| edit.external_id = text("A-2"),
        |edit| edit.external_id = Change::Leave,
        |edit| edit.phone = Change::Set(phone("+12125550124")),
        |edit| edit.phone = Change::Leave,
        |edit| edit.first_name = text("Eda"),
        |edit| edit.last_name = Change::Clear,
        |edit| edit.name = text("Duchess"),
        |edit| edit.email = text("eda@example.com"),
        |edit| edit.company_name = Change::Leave,
        |edit| edit.variables = ObjectEdit::Merge(object(r#"{"plan":"gold"}"#)),
        |edit| edit.variables = ObjectEdit::Merge(object(r#"{"plan":"gold","n":1}"#)),
        |edit| edit.variables = ObjectEdit::Leave,
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut edit = edit();
        change(&mut edit);
        assert!(!edit.is_met_by(&lead()), "change {index}: {edit:?}");
    }
}

#[test]
fn who_asks_for_more_is_never_met() {
    let changes: [fn(&mut Edit); 8] = [
        |edit| edit.notes = text("hello"),
        |edit| edit.stage = StageEdit::OfKind(StageKind::New),
        |edit| edit.tags = SetEdit::Add(vec![TagId::new(1).unwrap()]),
        |edit| edit.assigned_users = SetEdit::Replace(Vec::new()),
        |edit| edit.disposition = Change::Clear,
        |edit| edit.collected = ObjectEdit::Merge(object("{}")),
        |edit| edit.next_attempt_at = Change::Set(Timestamp::FIRST),
        // Which number it is, only the campaign's region says.
        |edit| edit.phone = Change::Set(phone("212 555 0123")),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut edit = edit();
        change(&mut edit);
        assert!(!edit.is_met_by(&lead()), "change {index}");
    }
}
