//! What an edit does to a lead, and all that can be wrong with it.

use std::collections::BTreeSet;

use super::*;
use crate::custom_field::CustomValue;
use crate::edit::{CustomFieldEdit, SetEdit, StageEdit};
use crate::limits::{NOTES_CHARS_MAX, OBJECT_BYTES_MAX, TAGS_MAX, TEXT_CHARS_MAX};
use crate::object::{Object, ObjectEdit};

/// The lead after the edit, its version and time aside, or the refusal.
#[expect(
    clippy::needless_pass_by_value,
    reason = "rows of a table read better so"
)]
#[track_caller]
fn check(before: Lead, edit: Edit, expected: Result<Lead, Rejection>) {
    let mut state = scene([before.clone()]);
    let outcome = decide(&mut state, update(edit, Guard::default()));
    if let Err(rejection) = &outcome {
        assert_eq!(Err(rejection.clone()), expected);
        return assert_untouched(&state);
    }
    let after = Lead::clone(&outcome.unwrap().lead);
    let is_changed = after.version != before.version;
    assert_eq!(state.writes().events.len(), usize::from(is_changed));
    let expected = expected.map(|expected| Lead {
        version: after.version,
        updated_at: after.updated_at,
        ..expected
    });
    assert_eq!(Ok(after), expected);
}

#[track_caller]
fn refuses(edit: Edit, rejection: Rejection) {
    check(lead(), edit, Err(rejection));
}

#[test]
fn statuses() {
    use DialStatus::{
        Abandoned, Completed, New, OnCall, Queued, Retry, Success, Suppressed, Voicemail,
    };
    let not_settable = fault(LeadField::DialStatus, Reason::NotSettable);
    for (from, to, same_as, expected) in [
        (New, Completed, &[][..], Ok(Completed)),
        (Completed, New, &[], Ok(New)),
        (New, New, &[], Ok(New)),
        // The caller's word for both is the same: the finer one stays.
        (Voicemail, Retry, &[Voicemail, Abandoned], Ok(Voicemail)),
        (Success, Retry, &[Voicemail, Abandoned], Ok(Retry)),
        (New, OnCall, &[], Err(not_settable.clone())),
        (New, Queued, &[], Err(not_settable.clone())),
        (New, Suppressed, &[], Err(not_settable.clone())),
        (Suppressed, New, &[], Err(not_settable)),
        (Suppressed, Suppressed, &[], Ok(Suppressed)),
        (Suppressed, Completed, &[Suppressed], Ok(Suppressed)),
    ] {
        let with = |dial_status| Lead {
            dial_status,
            ..lead()
        };
        check(with(from), status(to, same_as), expected.map(with));
    }
}

#[test]
fn a_status_set_by_hand_speaks_about_now() {
    let waiting = Lead {
        next_attempt_at: Some(at(1000)),
        ..lead()
    };
    let retry = Lead {
        dial_status: DialStatus::Retry,
        ..lead()
    };
    check(
        waiting.clone(),
        status(DialStatus::Retry, &[]),
        Ok(retry.clone()),
    );
    // Unless the same edit says when.
    let edit = Edit {
        next_attempt_at: Change::Set(at(7)),
        ..status(DialStatus::Retry, &[])
    };
    let then = Lead {
        next_attempt_at: Some(at(7)),
        ..retry
    };
    check(waiting, edit, Ok(then));
}

fn to(name: &str, disposition: Option<&str>) -> StageEdit {
    StageEdit::Transition {
        to: Some(name.to_owned()),
        disposition: disposition.map(str::to_owned),
    }
}

/// The stage and the disposition after a stage edit.
#[track_caller]
fn check_stage(
    from: (u64, &str),
    edit: StageEdit,
    expected: Result<(&str, Option<&str>), Rejection>,
) {
    let stages = campaign(from.0).stages;
    let on = |name: &str, disposition: Option<&str>| Lead {
        campaign_id: Some(campaign_id(from.0)),
        stage: stages
            .iter()
            .find(|stage| stage.name == name)
            .unwrap()
            .clone(),
        disposition: disposition.map(str::to_owned),
        ..lead()
    };
    let edit = Edit {
        stage: edit,
        ..Edit::default()
    };
    let expected = expected.map(|(name, disposition)| on(name, disposition));
    check(on(from.1, None), edit, expected);
}

#[test]
fn stages() {
    let unknown = |name: &str| fault(LeadField::Stage, Reason::UnknownReference(name.to_owned()));
    let of_kind = StageEdit::OfKind;
    let named = |name: &str| StageEdit::Named(name.to_owned());
    check_stage(
        (1, "Fresh"),
        of_kind(StageKind::Contacted),
        Ok(("Talked", None)),
    );
    check_stage(
        (1, "Talked twice"),
        of_kind(StageKind::Contacted),
        Ok(("Talked twice", None)),
    );
    check_stage(
        (1, "Fresh"),
        of_kind(StageKind::Qualified),
        Err(unknown("qualified")),
    );
    // By name no rule of the campaign counts.
    check_stage((1, "Won"), named("Fresh"), Ok(("Fresh", None)));
    check_stage((1, "Fresh"), named("fresh"), Err(unknown("fresh")));
    check_stage((1, "Fresh"), named("Start"), Err(unknown("Start")));
}

#[test]
fn transitions() {
    let forbidden = |from: &str, to: &str| {
        let (from, to) = (from.to_owned(), to.to_owned());
        fault(LeadField::Stage, Reason::TransitionForbidden { from, to })
    };
    check_stage((1, "Fresh"), to("Talked", None), Ok(("Talked", None)));
    check_stage((1, "Fresh"), to("Fresh", None), Ok(("Fresh", None)));
    check_stage(
        (1, "Fresh"),
        to("Gone", None),
        Err(forbidden("Fresh", "Gone")),
    );
    check_stage(
        (1, "Won"),
        to("Talked", None),
        Err(forbidden("Won", "Talked")),
    );
    let unknown = Reason::UnknownReference("Start".to_owned());
    check_stage(
        (1, "Fresh"),
        to("Start", None),
        Err(fault(LeadField::Stage, unknown)),
    );
    // Without a list everything is allowed but to take a sale back.
    check_stage((2, "Reached"), to("Start", None), Ok(("Start", None)));
    check_stage((2, "Sold"), to("Sold", None), Ok(("Sold", None)));
    check_stage(
        (2, "Sold"),
        to("Start", None),
        Err(forbidden("Sold", "Start")),
    );
}

#[test]
fn dispositions() {
    let fault = |reason| fault(LeadField::Disposition, reason);
    let undecided = || fault(Reason::DispositionWithoutDecision);
    let unlisted = |text: &str| fault(Reason::UnlistedDisposition(text.to_owned()));
    let alone = StageEdit::Transition {
        to: None,
        disposition: Some("bought".to_owned()),
    };
    check_stage(
        (1, "Fresh"),
        to("Won", Some("bought")),
        Ok(("Won", Some("bought"))),
    );
    check_stage(
        (1, "Fresh"),
        to("Won", Some("loved it")),
        Err(unlisted("loved it")),
    );
    check_stage((1, "Fresh"), to("Talked", Some("bought")), Err(undecided()));
    check_stage((1, "Fresh"), alone, Err(undecided()));
    // Where the campaign lists none, any text will do.
    check_stage(
        (2, "Start"),
        to("Sold", Some("loved it")),
        Ok(("Sold", Some("loved it"))),
    );
}

#[test]
fn moves_between_campaigns() {
    let moving = |campaign| Edit {
        campaign,
        ..Edit::default()
    };
    let on = |campaign: Option<u64>, stage: &str, kind| Lead {
        campaign_id: campaign.map(campaign_id),
        stage: Stage::new(stage, kind),
        ..lead()
    };
    let second = || moving(Change::Set(campaign_id(2)));
    // To the first stage of the same kind, or else to the first.
    check(lead(), second(), Ok(on(Some(2), "Start", StageKind::New)));
    let talked = on(Some(1), "Talked twice", StageKind::Contacted);
    let reached = on(Some(2), "Reached", StageKind::Contacted);
    check(talked, second(), Ok(reached));
    let gone = on(Some(1), "Gone", StageKind::Lost);
    check(
        gone.clone(),
        second(),
        Ok(on(Some(2), "Start", StageKind::New)),
    );
    check(
        gone,
        moving(Change::Clear),
        Ok(on(None, "lost", StageKind::Lost)),
    );
    check(lead(), moving(Change::Set(campaign_id(1))), Ok(lead()));
    let unknown = Reason::UnknownReference("3".to_owned());
    refuses(
        moving(Change::Set(campaign_id(3))),
        fault(LeadField::CampaignId, unknown),
    );
    // The stage of the same edit is one of the new campaign.
    let edit = Edit {
        stage: StageEdit::Named("Sold".to_owned()),
        ..second()
    };
    check(lead(), edit, Ok(on(Some(2), "Sold", StageKind::Converted)));
}

#[test]
fn phones() {
    let national = |text: &str| Edit {
        phone: Change::Set(PhoneInput::National(text.to_owned())),
        ..Edit::default()
    };
    let dial = |campaign: Option<u64>, edit| {
        let before = Lead {
            campaign_id: campaign.map(campaign_id),
            ..lead()
        };
        let outcome = decide(&mut scene([before]), update(edit, Guard::default()));
        outcome
            .unwrap()
            .lead
            .phone
            .as_ref()
            .unwrap()
            .e164()
            .to_owned()
    };
    // The campaign's region wins over the workspace's.
    assert_eq!(dial(Some(1), national("030 123456")), "+4930123456");
    assert_eq!(dial(Some(2), national("(212) 555-0124")), "+12125550124");
    assert_eq!(dial(None, national("(212) 555-0124")), "+12125550124");
    refuses(
        national("12"),
        fault(LeadField::Phone, Reason::InvalidPhone),
    );
    // Another spelling of the number it has is no change.
    let respelled = Edit {
        phone: Change::Set(PhoneInput::read("+1 (212) 555-0123").unwrap()),
        ..Edit::default()
    };
    check(lead(), respelled, Ok(lead()));
}

#[test]
fn tags_and_users() {
    let tags = |tags: SetEdit<u64>| Edit {
        tags: map_set(tags, TagId::new),
        ..Edit::default()
    };
    let users = |users: SetEdit<u64>| Edit {
        assigned_users: map_set(users, UserId::new),
        ..Edit::default()
    };
    let with = |numbers: &[u64]| Lead {
        tags: numbers.iter().map(|n| id(TagId::new, *n)).collect(),
        ..lead()
    };
    check(
        with(&[]),
        tags(SetEdit::Add(vec![2, 1, 2])),
        Ok(with(&[1, 2])),
    );
    check(
        with(&[1, 2]),
        tags(SetEdit::Remove(vec![1])),
        Ok(with(&[2])),
    );
    check(with(&[1]), tags(SetEdit::Remove(vec![2])), Ok(with(&[1])));
    check(with(&[1]), tags(SetEdit::Replace(vec![2])), Ok(with(&[2])));
    check(with(&[1]), tags(SetEdit::Replace(vec![])), Ok(with(&[])));
    let unknown = |field, n: u64| Fault::field(field, Reason::UnknownReference(n.to_string()));
    // Unknown ones, and one that is not for leads: each is named.
    let bad = vec![unknown(LeadField::Tags, 9), unknown(LeadField::Tags, 3)];
    refuses(tags(SetEdit::Add(vec![9, 1, 3])), Rejection::Invalid(bad));
    let bad = vec![unknown(LeadField::AssignedUsers, 9)];
    refuses(users(SetEdit::Remove(vec![9])), Rejection::Invalid(bad));
    let assigned = Lead {
        assigned_users: BTreeSet::from([id(UserId::new, 3)]),
        ..lead()
    };
    check(lead(), users(SetEdit::Add(vec![3])), Ok(assigned));
}

fn map_set<T>(edit: SetEdit<u64>, new: fn(u64) -> Option<T>) -> SetEdit<T> {
    let map = |numbers: Vec<u64>| numbers.into_iter().map(|n| id(new, n)).collect();
    match edit {
        SetEdit::Leave => SetEdit::Leave,
        SetEdit::Replace(numbers) => SetEdit::Replace(map(numbers)),
        SetEdit::Add(numbers) => SetEdit::Add(map(numbers)),
        SetEdit::Remove(numbers) => SetEdit::Remove(map(numbers)),
    }
}

#[test]
fn only_so_many_tags() {
    let tag_ids = |count: usize| (10..).take(count).map(|n| id(TagId::new, n));
    for (before, is_ok) in [(TAGS_MAX - 1, true), (TAGS_MAX, false)] {
        let full = Lead {
            tags: tag_ids(before).collect(),
            ..lead()
        };
        let edit = Edit {
            tags: SetEdit::Add(vec![id(TagId::new, 1)]),
            ..Edit::default()
        };
        let outcome = decide(&mut scene([full]), update(edit, Guard::default()));
        assert_eq!(outcome.is_ok(), is_ok);
    }
}

#[test]
fn custom_fields() {
    let edit = |number, declared_type, value: Option<CustomValue>| Edit {
        custom_fields: vec![CustomFieldEdit {
            field: id(FieldId::new, number),
            declared_type,
            value,
        }],
        ..Edit::default()
    };
    let text = || Some(CustomValue::Text("t".to_owned()));
    let choice = |n| Some(CustomValue::Select(id(OptionId::new, n)));
    let with = |values: &[(u64, CustomValue)]| Lead {
        custom_fields: values
            .iter()
            .map(|(n, value)| (id(FieldId::new, *n), value.clone()))
            .collect(),
        ..lead()
    };
    let set = with(&[(1, text().unwrap())]);
    check(lead(), edit(1, None, text()), Ok(set.clone()));
    check(
        lead(),
        edit(1, Some(FieldType::Text), text()),
        Ok(set.clone()),
    );
    check(set.clone(), edit(1, None, None), Ok(lead()));
    check(
        lead(),
        edit(2, None, choice(2)),
        Ok(with(&[(2, choice(2).unwrap())])),
    );
    let refused = |number: u64, declared, value, reason: fn(String) -> Reason| {
        let fault = fault(LeadField::CustomFields, reason(number.to_string()));
        refuses(edit(number, declared, value), fault);
    };
    refused(9, None, text(), Reason::UnknownReference);
    refused(3, None, text(), Reason::UnknownReference);
    refused(4, None, text(), Reason::WrongFieldType);
    refused(1, Some(FieldType::Number), text(), Reason::WrongFieldType);
    refused(2, None, choice(7), Reason::WrongFieldType);
}

#[test]
fn lengths() {
    let text = |count: usize| set(&"\u{1f4de}".repeat(count));
    for (field, chars_max) in [
        (LeadField::Name, TEXT_CHARS_MAX),
        (LeadField::Notes, NOTES_CHARS_MAX),
    ] {
        let edit = |count| match field {
            LeadField::Notes => Edit {
                notes: text(count),
                ..Edit::default()
            },
            _ => Edit {
                name: text(count),
                ..Edit::default()
            },
        };
        let outcome = decide(
            &mut scene([lead()]),
            update(edit(chars_max), Guard::default()),
        );
        assert!(outcome.is_ok(), "{field:?}");
        refuses(
            edit(chars_max + 1),
            fault(field, Reason::TooLong { chars_max }),
        );
    }
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(OBJECT_BYTES_MAX));
    let edit = Edit {
        variables: ObjectEdit::Merge(Object::parse(&large).unwrap()),
        ..Edit::default()
    };
    let bytes_max = OBJECT_BYTES_MAX;
    refuses(
        edit,
        fault(LeadField::Variables, Reason::TooLarge { bytes_max }),
    );
}

#[test]
fn addresses() {
    for (email, is_ok) in [
        ("ada@example.com", true),
        ("a+b@localhost", true),
        ("", false),
        ("ada", false),
        ("@example.com", false),
        ("ada@", false),
        ("a@b@c", false),
        ("a b@c", false),
    ] {
        let edit = Edit {
            email: set(email),
            ..Edit::default()
        };
        let outcome = decide(&mut scene([lead()]), update(edit, Guard::default()));
        assert_eq!(outcome.is_ok(), is_ok, "{email:?}");
    }
}

#[test]
fn all_faults_are_collected() {
    let edit = Edit {
        campaign: Change::Set(campaign_id(3)),
        name: set(&"x".repeat(256)),
        email: set("nobody"),
        phone: Change::Set(PhoneInput::National("12".to_owned())),
        tags: SetEdit::Add(vec![id(TagId::new, 9)]),
        assigned_users: SetEdit::Add(vec![id(UserId::new, 9)]),
        stage: StageEdit::Named("nowhere".to_owned()),
        ..status(DialStatus::OnCall, &[])
    };
    let outcome = decide(&mut scene([lead()]), update(edit, Guard::default()));
    let Err(Rejection::Invalid(faults)) = outcome else {
        panic!("{outcome:?}");
    };
    let fields = faults.into_iter().map(|fault| fault.at);
    let expected = [
        LeadField::CampaignId,
        LeadField::Name,
        LeadField::Email,
        LeadField::Phone,
        LeadField::Tags,
        LeadField::AssignedUsers,
        LeadField::Stage,
        LeadField::DialStatus,
    ];
    assert_eq!(
        fields.collect::<Vec<_>>(),
        expected.map(crate::fault::At::Field)
    );
}

#[test]
fn what_changes_nothing_is_no_event() {
    let before = Lead {
        name: Some("Ada".to_owned()),
        variables: Object::parse(r#"{"a":{"x":1,"y":2},"b":1.0}"#).unwrap(),
        ..lead()
    };
    let variables = |text: &str| Edit {
        variables: ObjectEdit::Merge(Object::parse(text).unwrap()),
        ..Edit::default()
    };
    for edit in [
        Edit::default(),
        named("Ada"),
        variables("{}"),
        variables(r#"{"b":1.0}"#),
        // An object in another order is the same object.
        variables(r#"{"a":{"y":2,"x":1}}"#),
    ] {
        check(before.clone(), edit, Ok(before.clone()));
    }
}
