//! New leads: where they start, and what they may not repeat.

use super::*;
use crate::command::NewLead;
use crate::fault::Unique;
use crate::state::UniqueKey;

fn create(number: u64, edit: Edit, unique: &[Unique]) -> Action {
    Action::Create(Box::new(NewLead {
        id: id(LeadId::new, number),
        edit,
        unique: unique.to_vec(),
        vendor_id: None,
        contacts: Vec::new(),
        is_repeatable: false,
    }))
}

fn in_campaign(campaign: u64) -> Edit {
    Edit {
        campaign: Change::Set(campaign_id(campaign)),
        ..Edit::default()
    }
}

#[test]
fn a_lead_starts_on_the_first_stage_of_its_list() {
    for (edit, stage) in [
        (Edit::default(), "new"),
        (in_campaign(1), "Fresh"),
        (in_campaign(2), "Start"),
    ] {
        let mut state = scene([]);
        let lead = decide(&mut state, create(9, edit, &[])).unwrap().lead;
        assert_eq!(lead.stage.name, stage);
        assert_eq!((lead.version, lead.created_at), (1, at(0)));
        assert_eq!(state.writes().events.len(), 1);
        assert!(state.writes().created.contains(&lead.id));
        assert!(state.writes().updated.is_empty());
    }
}

#[test]
fn a_limited_key_creates_inside_its_limits() {
    for (scope, edit, refusal) in [
        (only(1), in_campaign(1), None),
        (only(1), in_campaign(2), Some(Rejection::CampaignDenied)),
        (only(1), Edit::default(), Some(Rejection::CampaignDenied)),
        (Scope::Workspace, Edit::default(), None),
    ] {
        let mut state = scene([]);
        let outcome = state.decide(command(scope, create(9, edit, &[])));
        assert_eq!(outcome.err(), refusal);
    }
}

#[test]
fn a_bad_edit_creates_nothing() {
    let mut state = scene([]);
    let refused = decide(&mut state, create(9, named(&"x".repeat(256)), &[]));
    assert!(matches!(refused, Err(Rejection::Invalid(_))));
    assert_untouched(&state);
}

#[test]
fn what_is_taken_is_refused() {
    let edit = || Edit {
        external_id: set("A-1"),
        email: set("ada@example.com"),
        phone: Change::Set(PhoneInput::read("+12125550123").unwrap()),
        ..in_campaign(1)
    };
    let text = str::to_owned;
    for (unique, key) in [
        (
            Unique::Phone,
            UniqueKey::Phone(campaign_id(1), text("+12125550123")),
        ),
        (
            Unique::CalledPhone,
            UniqueKey::CalledPhone(text("+12125550123")),
        ),
        (
            Unique::ExternalId,
            UniqueKey::ExternalId(campaign_id(1), text("A-1")),
        ),
        (Unique::Email, UniqueKey::Email(text("ada@example.com"))),
    ] {
        let mut state = scene([]);
        state.add_taken(workspace_id(), key);
        let refused = decide(&mut state, create(9, edit(), &[unique]));
        assert_eq!(refused.err(), Some(Rejection::Duplicate(unique)));
        assert_untouched(&state);
        // Who does not ask is not refused, and who asks is, from the first one on.
        let mut state = scene([]);
        decide(&mut state, create(9, edit(), &[unique])).unwrap();
        decide(&mut state, create(10, edit(), &[])).unwrap();
        let refused = decide(&mut state, create(11, edit(), &[unique]));
        assert_eq!(refused.err(), Some(Rejection::Duplicate(unique)));
    }
}

#[test]
fn a_refused_creation_takes_nothing() {
    let unique = [Unique::Email];
    let edit = |name: &str| Edit {
        email: set("ada@example.com"),
        ..named(name)
    };
    let mut state = scene([]);
    decide(&mut state, create(9, edit(&"x".repeat(256)), &unique)).unwrap_err();
    decide(&mut state, create(10, edit("x"), &unique)).unwrap();
}
