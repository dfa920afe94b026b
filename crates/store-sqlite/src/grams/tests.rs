//! What is contained is found, and one workspace's words are not another's.

use std::collections::BTreeSet;

use domain::WorkspaceId;

use super::{of_text, wanted};

fn workspace(id: u64) -> WorkspaceId {
    WorkspaceId::new(id).unwrap()
}

fn finds(text: &str, parts: &[&str]) -> Option<bool> {
    let kept = of_text(workspace(1), text);
    let kept: BTreeSet<_> = kept.split(' ').collect();
    let parts: Vec<_> = parts.iter().map(|part| (*part).to_owned()).collect();
    let wanted = wanted(workspace(1), &parts)?;
    Some(wanted.split(' ').all(|word| kept.contains(word)))
}

#[test]
fn every_part_of_a_line_is_found() {
    let text = "+12125550123\nzoë ünïcödé\n李小龍 and more";
    for line in text.lines() {
        let line: Vec<char> = line.chars().collect();
        for length in 3..=line.len() {
            for part in line.windows(length) {
                let part: String = part.iter().collect();
                assert_eq!(finds(text, &[&part]), Some(true), "{part}");
            }
        }
    }
    assert_eq!(finds(text, &["ünï", "25550"]), Some(true));
    assert_eq!(finds(text, &["ünï", "25551"]), Some(false));
    assert_eq!(finds(text, &["123\nzo"]), Some(false), "across lines");
    assert_eq!(finds(text, &["zoo"]), Some(false));
}

#[test]
fn what_is_too_short_has_no_grams() {
    assert_eq!(finds("zoë", &["zo", "", "é"]), None);
    assert_eq!(finds("zoë", &["zo", "zoë"]), Some(true));
}

#[test]
fn words_are_letters_and_a_workspaces_own() {
    let text = of_text(workspace(1), "a\"b*(c) NOT \0 d");
    let words = text.split_ascii_whitespace();
    assert!(words.clone().count() > 10);
    for word in words {
        assert_eq!(word.len(), 8);
        assert!(
            word.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        );
    }
    let others = of_text(workspace(2), "a\"b*(c) NOT \0 d");
    let others: BTreeSet<_> = others.split_ascii_whitespace().collect();
    assert!(
        text.split_ascii_whitespace()
            .all(|word| !others.contains(word))
    );
}

/// Books hold these words.
#[test]
fn a_word_stays_as_it_is() {
    assert_eq!(of_text(workspace(7), "abc"), "6hmux2qf ");
}
