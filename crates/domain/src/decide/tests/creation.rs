//! New leads: where they start, and what they may not repeat.

use super::*;
use crate::command::{Effect, NewLead};
use crate::fault::Unique;
use crate::lead::Contact;
use crate::state::{RowNeeds, UniqueKey};

fn new_lead(number: u64, edit: Edit, unique: &[Unique]) -> NewLead {
    NewLead {
        id: id(LeadId::new, number),
        edit,
        unique: unique.to_vec(),
        vendor_id: None,
        contacts: Vec::new(),
        is_repeatable: false,
    }
}

fn create(number: u64, edit: Edit, unique: &[Unique]) -> Action {
    Action::Create(Box::new(new_lead(number, edit, unique)))
}

fn contact(number: u64, text: &str) -> Contact {
    Contact {
        id: id(LeadId::new, number),
        phone: phone(text),
        variables: Object::parse(r#"{"role":"partner"}"#).unwrap(),
        dial_status: DialStatus::New,
    }
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

#[test]
fn a_lead_brings_its_contacts() {
    let contacts = vec![contact(20, "+12125550124"), contact(21, "+12125550125")];
    let mut state = scene([]);
    let mut new = new_lead(9, in_campaign(1), &[]);
    new.contacts.clone_from(&contacts);
    let made = decide(&mut state, Action::Create(Box::new(new))).unwrap();
    assert_eq!(made.lead.contacts, contacts);
    let changes = &state.writes().events[0].changes;
    let change = changes
        .iter()
        .find(|change| change.field == LeadField::Contacts)
        .unwrap();
    let after = change.after.as_ref().unwrap().as_array().unwrap();
    let read: Option<Vec<_>> = after.iter().map(Contact::from_value).collect();
    assert_eq!(read, Some(contacts));
    // They are not leads: nothing but the lead was made.
    assert_eq!(state.writes().created.len(), 1);
    assert!(state.lead(id(LeadId::new, 20)).is_none());
}

#[test]
fn what_may_be_made_twice_is_made_once() {
    let twice = |is_repeatable| {
        let mut new = new_lead(9, in_campaign(1), &[Unique::Email]);
        new.is_repeatable = is_repeatable;
        new.edit.email = set("ada@example.com");
        Action::Create(Box::new(new))
    };
    let mut state = scene([]);
    let first = decide(&mut state, twice(true)).unwrap();
    let again = decide(&mut state, twice(true)).unwrap();
    assert_eq!(
        (first.effect, again.effect),
        (Effect::Changed, Effect::Unchanged)
    );
    assert_eq!(again.lead, first.lead);
    assert_eq!(state.writes().events.len(), 1);
    // Also in a later batch, changed or deleted meanwhile.
    for deleted_at in [None, Some(at(-1))] {
        let there = Lead {
            id: id(LeadId::new, 9),
            name: Some("changed".to_owned()),
            deleted_at,
            ..lead()
        };
        let mut state = scene([there.clone()]);
        let again = decide(&mut state, twice(true)).unwrap();
        assert_eq!((again.effect, &*again.lead), (Effect::Unchanged, &there));
        assert_untouched(&state);
    }
    // Who does not say so is a new lead, with a number that nobody has.
    let needs = |is_repeatable| {
        let needs = RowNeeds::of(&[command(Scope::Workspace, twice(is_repeatable))]);
        needs.leads.len()
    };
    assert_eq!((needs(false), needs(true)), (0, 1));
}

#[test]
fn a_deleted_campaign_takes_no_new_lead() {
    let mut state = scene([]);
    state.add_campaign(Arc::new(Campaign {
        state: CampaignState::Deleted,
        ..campaign(1)
    }));
    let refused = decide(&mut state, create(9, in_campaign(1), &[]));
    assert_eq!(refused.err(), Some(Rejection::CampaignDenied));
    assert_untouched(&state);
}
