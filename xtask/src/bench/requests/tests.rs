//! That the prepared requests are many, different, and never say twice in a row what is already so.

use std::collections::{HashMap, HashSet};

use super::{AllIds, Ids, LEADS_PER_RUN, Subject, lines};

fn all() -> AllIds {
    let leads = (0..60_000).map(|at| Ids {
        autocalls: at + 1,
        nlpearl: format!("{at:024x}"),
    });
    AllIds {
        pearl: "0123456789abcdef01234567".to_owned(),
        leads: leads.collect(),
    }
}

#[test]
fn every_request_changes_its_lead_also_when_the_file_comes_round_again() {
    let ids = all();
    for subject in [Subject::Memory, Subject::Nlpearl, Subject::Autocalls] {
        let (first, second) = (lines(subject, &ids, 1), lines(subject, &ids, 2));
        assert_eq!(first.len(), 2 * LEADS_PER_RUN);
        let mut last = HashMap::new();
        for line in first.iter().chain(&first).chain(&second) {
            let (path, body) = line.split_once(' ').expect("path and body");
            assert_ne!(last.insert(path, body), Some(body), "{line}");
            assert!((60..140).contains(&body.len()), "{body}");
            serde_json::from_str::<serde_json::Value>(body).expect("the body is JSON");
        }
    }
}

#[test]
fn the_dialects_do_not_touch_each_other_s_leads() {
    let ids = all();
    let autocalls: HashSet<_> = ids.leads[30_000..]
        .iter()
        .map(|ids| ids.autocalls)
        .collect();
    for line in lines(Subject::Autocalls, &ids, 3) {
        let path = line.split(' ').next().expect("a path");
        let id = path
            .rsplit('/')
            .next()
            .and_then(|id| id.parse().ok())
            .expect("an id");
        assert!(autocalls.contains(&id), "{line}");
    }
}
