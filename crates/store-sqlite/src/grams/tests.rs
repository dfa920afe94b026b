//! What is contained is found, and one workspace's words are not another's.

use std::collections::BTreeSet;

use domain::custom_field::CustomValue;
use domain::listing::TextOf;
use domain::{FieldId, Lead, LeadId, Phone, Timestamp, WorkspaceId};

use super::{of_lead, wanted};

fn lead(workspace: u64, name: &str) -> Lead {
    let workspace = WorkspaceId::new(workspace).unwrap();
    Lead {
        name: Some(name.to_owned()),
        ..Lead::blank(LeadId::new(1).unwrap(), workspace, Timestamp::FIRST)
    }
}

fn finds(lead: &Lead, of: TextOf, part: &str) -> Option<bool> {
    let kept = of_lead(lead);
    let kept: BTreeSet<_> = kept.split(' ').collect();
    let wanted = wanted(lead.workspace_id, of, part)?;
    Some(wanted.split(" AND ").all(|word| kept.contains(word)))
}

#[test]
fn every_part_of_a_line_is_found() {
    let text = "+12125550123\nZoë ünïcödé\n李小龍 and more";
    let lead = lead(1, text);
    let finds = |part: &str| finds(&lead, TextOf::Lead, part);
    for line in text.lines() {
        let line: Vec<char> = line.chars().collect();
        for length in 3..=line.len() {
            for part in line.windows(length) {
                let part: String = part.iter().collect();
                assert_eq!(finds(&part), Some(true), "{part}");
            }
        }
    }
    assert_eq!(finds("ZOË"), Some(true));
    assert_eq!(finds("25551"), Some(false));
    assert_eq!(finds("123\nzo"), Some(false), "across lines");
    assert_eq!(finds("zoo"), Some(false));
}

#[test]
fn every_part_of_a_number_is_found() {
    let e164 = "+12125550123".to_owned();
    let lead = Lead {
        phone: Some(Phone::from_stored(e164.clone(), e164.clone(), true)),
        ..lead(1, "Ada")
    };
    for length in 3..=e164.len() {
        for from in 0..=e164.len() - length {
            let part = &e164[from..from + length];
            assert_eq!(finds(&lead, TextOf::Phone, part), Some(true), "{part}");
        }
    }
    // Four digits are looked for in a row.
    assert_eq!(finds(&lead, TextOf::Phone, "5501"), Some(true));
    assert_eq!(finds(&lead, TextOf::Phone, "1255"), Some(true));
    assert_eq!(finds(&lead, TextOf::Phone, "5512"), Some(false));
}

#[test]
fn what_is_too_short_has_no_grams() {
    let lead = lead(1, "zoë");
    for part in ["zo", "", "é"] {
        assert_eq!(finds(&lead, TextOf::Lead, part), None);
    }
}

/// What one has is not found as another's: a total may come from the words alone.
#[test]
fn a_text_is_found_as_what_it_is() {
    let field = FieldId::new(1).unwrap();
    let lead = Lead {
        phone: Some(Phone::from_stored(
            "+1212".to_owned(),
            "1212".to_owned(),
            true,
        )),
        custom_fields: [(field, CustomValue::Text("Blue".to_owned()))].into(),
        ..lead(1, "Ada")
    };
    let other = TextOf::Field(FieldId::new(2).unwrap());
    let all = [TextOf::Phone, TextOf::Lead, TextOf::Field(field), other];
    for (part, own) in [("212", 0), ("ada", 1), ("blu", 2)] {
        for (number, of) in all.into_iter().enumerate() {
            assert_eq!(finds(&lead, of, part), Some(number == own), "{part}");
        }
    }
}

#[test]
fn words_are_letters_and_a_workspaces_own() {
    let text = of_lead(&lead(1, "a\"b*(c) NOT \0 d"));
    let words = text.split_ascii_whitespace();
    assert!(words.clone().count() > 10);
    for word in words {
        assert_eq!(word.len(), 8);
        assert!(
            word.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        );
    }
    let others = of_lead(&lead(2, "a\"b*(c) NOT \0 d"));
    let others: BTreeSet<_> = others.split_ascii_whitespace().collect();
    assert!(
        text.split_ascii_whitespace()
            .all(|word| !others.contains(word))
    );
}

/// Books hold these words.
#[test]
fn a_word_stays_as_it_is() {
    assert_eq!(of_lead(&lead(7, "abc")), "ekd7w6cz");
}
