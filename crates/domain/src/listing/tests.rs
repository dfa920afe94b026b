//! What each part of a filter means, and what a search looks into.

use super::*;
use crate::campaign::Stage;
use crate::ids::{OptionId, WorkspaceId};
use crate::phone::PhoneInput;

fn id<T>(new: fn(u64) -> Option<T>, number: u64) -> T {
    new(number).unwrap()
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

fn blank() -> Lead {
    let workspace = id(WorkspaceId::new, 1);
    Lead::blank(id(LeadId::new, 1), workspace, at(100))
}

/// A lead with something in everything that a filter can ask for.
fn ada() -> Lead {
    Lead {
        version: 1,
        campaign_id: Some(id(CampaignId::new, 1)),
        external_id: Some("CRM-77".to_owned()),
        phone: Some(
            PhoneInput::read("+12125550123")
                .unwrap()
                .resolve(None)
                .unwrap(),
        ),
        first_name: Some("Ada".to_owned()),
        last_name: Some("Łovelace".to_owned()),
        name: Some("The Countess".to_owned()),
        email: Some("ada@example.com".to_owned()),
        company_name: Some("Analytical Engines".to_owned()),
        notes: Some("prefers mornings".to_owned()),
        tags: [id(TagId::new, 1), id(TagId::new, 2)].into(),
        assigned_users: [id(UserId::new, 7)].into(),
        dial_status: DialStatus::Retry,
        stage: Stage::new("Talked", StageKind::Contacted),
        custom_fields: [
            (
                id(FieldId::new, 1),
                CustomValue::Text("Blue Ocean".to_owned()),
            ),
            (id(FieldId::new, 2), CustomValue::Boolean(true)),
            (id(FieldId::new, 3), options(&[4, 5])),
        ]
        .into(),
        ..blank()
    }
}

fn options(numbers: &[u64]) -> CustomValue {
    CustomValue::MultiSelect(numbers.iter().map(|n| id(OptionId::new, *n)).collect())
}

fn campaigns(numbers: &[u64]) -> LeadFilter {
    let ids = numbers.iter().map(|n| id(CampaignId::new, *n)).collect();
    LeadFilter {
        campaigns: Some(ids),
        ..LeadFilter::default()
    }
}

fn text(text: &str) -> LeadFilter {
    text_or_users(text, &[])
}

fn text_or_users(text: &str, users: &[u64]) -> LeadFilter {
    LeadFilter {
        text: Some(Text {
            text: text.to_owned(),
            users: users.iter().map(|n| id(UserId::new, *n)).collect(),
        }),
        ..LeadFilter::default()
    }
}

fn phone(part: &str) -> LeadFilter {
    LeadFilter {
        phone_part: Some(part.to_owned()),
        ..LeadFilter::default()
    }
}

fn field(number: u64, value: CustomValue) -> LeadFilter {
    LeadFilter {
        custom_fields: vec![(id(FieldId::new, number), value)],
        ..LeadFilter::default()
    }
}

fn some_text(text: &str) -> CustomValue {
    CustomValue::Text(text.to_owned())
}

/// Whether a filter takes Ada, and a lead with nothing in it; and whether it takes a search to answer.
#[track_caller]
fn check(filter: &LeadFilter, takes_ada: bool, takes_blank: bool, is_searching: bool) {
    assert_eq!(filter.matches(&ada()), takes_ada, "{filter:?}");
    assert_eq!(filter.matches(&blank()), takes_blank, "{filter:?}");
    assert_eq!(filter.is_searching(), is_searching, "{filter:?}");
    let deleted = Lead {
        deleted_at: Some(at(200)),
        ..ada()
    };
    assert!(!filter.matches(&deleted), "a deleted lead is in no list");
}

#[test]
fn places() {
    let of = LeadFilter::default;
    check(&of(), true, true, false);
    check(&campaigns(&[2, 1]), true, false, false);
    check(&campaigns(&[2]), false, false, false);
    // No campaign at all is not the same as any.
    check(&campaigns(&[]), false, false, false);
    for (statuses, takes_ada, takes_blank) in [
        (vec![DialStatus::Retry], true, false),
        (vec![DialStatus::New, DialStatus::Retry], true, true),
        (vec![DialStatus::Success], false, false),
    ] {
        let filter = LeadFilter {
            dial_statuses: statuses,
            ..of()
        };
        check(&filter, takes_ada, takes_blank, false);
    }
    for (kinds, takes_ada, takes_blank) in [
        (vec![StageKind::Contacted], true, false),
        (vec![StageKind::New], false, true),
        (vec![StageKind::New, StageKind::Contacted], true, true),
    ] {
        let filter = LeadFilter {
            stage_kinds: kinds,
            ..of()
        };
        check(&filter, takes_ada, takes_blank, false);
    }
}

#[test]
fn moments() {
    for (from, until, is_in) in [
        (None, None, true),
        (Some(100), None, true),
        (Some(101), None, false),
        (None, Some(101), true),
        (None, Some(100), false),
        (Some(100), Some(100), false),
    ] {
        let filter = LeadFilter {
            created_from: from.map(at),
            created_until: until.map(at),
            ..LeadFilter::default()
        };
        check(&filter, is_in, is_in, false);
    }
}

#[test]
fn numbers_in_parts() {
    for (part, takes_ada) in [
        ("+1212", true),
        ("555", true),
        ("+1 (212) 555-0123", true),
        ("(212) 555", true),
        ("0123", true),
        ("+2125", false),
        ("999", false),
    ] {
        check(&phone(part), takes_ada, false, true);
    }
    assert_eq!(phone_part(" +49 (0) 30/1234-5"), "+4903012345");
    assert_eq!(phone_part("30+12"), "3012");
}

#[test]
fn texts_in_any_case() {
    for (wanted, takes_ada) in [
        ("ada", true),
        ("ŁOVE", true),
        ("Ada Łove", true),
        ("countess", true),
        ("EXAMPLE.com", true),
        ("analytical e", true),
        ("crm-7", true),
        ("5550", true),
        // Not what is written elsewhere, and not across the end of one text.
        ("mornings", false),
        ("blue", false),
        ("countess\nada", false),
        ("Charles", false),
    ] {
        check(&text(wanted), takes_ada, false, true);
    }
    check(&text(""), true, true, true);
    check(&text_or_users("Charles", &[7, 8]), true, false, true);
    check(&text_or_users("Charles", &[8]), false, false, true);
}

#[test]
fn tags_and_users() {
    let of = LeadFilter::default;
    let tags = |numbers: &[u64]| LeadFilter {
        tags: numbers.iter().map(|n| id(TagId::new, *n)).collect(),
        ..of()
    };
    let users = |numbers: &[u64]| LeadFilter {
        users: numbers.iter().map(|n| id(UserId::new, *n)).collect(),
        ..of()
    };
    let assigned = |wanted| LeadFilter {
        is_assigned: Some(wanted),
        ..of()
    };
    check(&tags(&[2, 9]), true, false, true);
    check(&tags(&[9]), false, false, true);
    check(&users(&[9, 7]), true, false, true);
    check(&users(&[1]), false, false, true);
    check(&assigned(true), true, false, true);
    check(&assigned(false), false, true, true);
}

#[test]
fn custom_fields() {
    for (number, value, takes_ada) in [
        (1, some_text("oCEan"), true),
        (1, some_text("red"), false),
        (2, CustomValue::Boolean(true), true),
        (2, CustomValue::Boolean(false), false),
        (3, options(&[4]), true),
        (3, options(&[5, 4]), true),
        (3, options(&[4, 6]), false),
        // Another type, and another field.
        (2, some_text("true"), false),
        (9, some_text("ocean"), false),
    ] {
        check(&field(number, value), takes_ada, false, true);
    }
    let mut both = field(1, some_text("ocean"));
    both.custom_fields
        .push((id(FieldId::new, 2), CustomValue::Boolean(false)));
    check(&both, false, false, true);
}

#[test]
fn every_part_must_agree() {
    let both = LeadFilter {
        dial_statuses: vec![DialStatus::Retry],
        ..text("ada")
    };
    check(&both, true, false, true);
    let neither = LeadFilter {
        dial_statuses: vec![DialStatus::New],
        ..text("ada")
    };
    check(&neither, false, false, true);
}

#[test]
fn a_search_looks_into_these_texts() {
    let expected = "+12125550123\nada łovelace\nada\nłovelace\nthe countess\nada@example.com\nanalytical engines\n\
                    crm-77\nblue ocean";
    assert_eq!(search_text(&ada()), expected);
    assert_eq!(search_text(&blank()), "");
    // One name alone is not said twice.
    let lead = Lead {
        first_name: Some("Ada".to_owned()),
        ..blank()
    };
    assert_eq!(search_text(&lead), "ada");
}
