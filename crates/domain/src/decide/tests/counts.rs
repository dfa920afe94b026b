//! What lists are told of a step: which leads to look into again, and how many stand where. Whatever happens, the counts
//! are those of a recount.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::command::{CallEnd, Claiming, Deletion, Hold, NewLead};
use crate::custom_field::CustomValue;
use crate::edit::{CustomFieldEdit, SetEdit, StageEdit};
use crate::object::ObjectEdit;
use crate::state::CountKey;

const LEADS: u64 = 4;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// What may happen to one of the leads.
#[derive(Clone, Debug)]
enum Step {
    NextBatch(i64),
    Create(u64, Option<u64>, bool),
    Move(u64, Option<u64>),
    Status(u64, DialStatus),
    Stage(u64, StageKind),
    Rename(u64),
    Delete(u64),
    Claim(u64, Hold),
    End(u64, DialStatus),
    Expire(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let lead = || 1..=LEADS;
    let campaign = || option::of(1_u64..=2);
    let step = prop_oneof![
        2 => prop::sample::select(vec![1, 60_000, DAY]).prop_map(Step::NextBatch),
        4 => (lead(), campaign(), any::<bool>()).prop_map(|(l, c, again)| Step::Create(l, c, again)),
        2 => (lead(), campaign()).prop_map(|(l, c)| Step::Move(l, c)),
        2 => (lead(), prop::sample::select(DialStatus::ALL.to_vec())).prop_map(|(l, s)| Step::Status(l, s)),
        2 => (lead(), prop::sample::select(StageKind::ALL.to_vec())).prop_map(|(l, s)| Step::Stage(l, s)),
        1 => lead().prop_map(Step::Rename),
        2 => lead().prop_map(Step::Delete),
        3 => (lead(), prop::sample::select(vec![Hold::Attempt, Hold::Reservation])).prop_map(|(l, h)| Step::Claim(l, h)),
        2 => (lead(), prop::sample::select(DialStatus::ALL.to_vec())).prop_map(|(l, s)| Step::End(l, s)),
        1 => lead().prop_map(Step::Expire),
    ];
    vec(step, 0..48)
}

/// A store of a few leads and their counts: what is kept between batches.
struct Book {
    now: Timestamp,
    leads: BTreeMap<LeadId, Lead>,
    counts: BTreeMap<CountKey, i64>,
}

impl Book {
    fn run(&mut self, batch: &[Step]) {
        let mut state = scene(self.leads.values().cloned());
        state.now = self.now;
        for step in batch {
            // A creation of a number that is taken is a store's fault, unless it may be repeated.
            if let Step::Create(number, _, false) = step
                && state.has_lead(id(LeadId::new, *number))
            {
                continue;
            }
            let action = action(&state, step);
            let _ = decide(&mut state, action);
        }
        for (key, step) in &state.writes().counts {
            *self.counts.entry(*key).or_default() += step;
        }
        let ids = (1..=LEADS).map(|number| id(LeadId::new, number));
        let leads: Vec<_> = ids.filter_map(|id| state.lead(id).cloned()).collect();
        for lead in leads {
            check_searched(&state, self.leads.get(&lead.id), &lead);
            self.leads.insert(lead.id, Lead::clone(&lead));
        }
    }

    /// Nobody is counted by fewer than none, and everybody where they stand.
    fn check(&self) {
        let mut recount = BTreeMap::new();
        for key in self.leads.values().filter_map(CountKey::of) {
            *recount.entry(key).or_insert(0) += 1;
        }
        let mut counts = self.counts.clone();
        counts.retain(|_, count| *count != 0);
        assert_eq!(counts, recount);
    }
}

/// A lead whose searched texts differ from those before the batch is named.
fn check_searched(state: &State, before: Option<&Lead>, after: &Lead) {
    let writes = state.writes();
    let differs = match before {
        None => true,
        Some(before) => {
            before.name != after.name
                || before.phone != after.phone
                || before.deleted_at != after.deleted_at
        }
    };
    if differs && before.is_some() {
        assert!(writes.searched.contains(&after.id), "{after:?}");
    }
    assert!(!writes.created.contains(&after.id) || before.is_none());
}

fn action(state: &State, step: &Step) -> Action {
    let change =
        |campaign: &Option<u64>| campaign.map_or(Change::Clear, |n| Change::Set(campaign_id(n)));
    let reference = |number: &u64| LeadRef::Number(id(LeadId::new, *number));
    let edit = |number: &u64, edit| {
        Action::Update(Box::new(Update {
            lead: reference(number),
            in_campaign: None,
            edit,
            guard: Guard::default(),
        }))
    };
    match step {
        Step::NextBatch(_) => unreachable!("waiting is no command"),
        Step::Create(number, campaign, is_repeatable) => Action::Create(Box::new(NewLead {
            id: id(LeadId::new, *number),
            edit: Edit {
                campaign: change(campaign),
                phone: Change::Set(PhoneInput::read("+12125550123").unwrap()),
                ..Edit::default()
            },
            unique: Vec::new(),
            vendor_id: None,
            contacts: Vec::new(),
            is_repeatable: *is_repeatable,
        })),
        Step::Move(number, campaign) => edit(
            number,
            Edit {
                campaign: change(campaign),
                ..Edit::default()
            },
        ),
        Step::Status(number, to) => edit(number, status(*to, &[])),
        Step::Stage(number, kind) => edit(
            number,
            Edit {
                stage: StageEdit::OfKind(*kind),
                ..Edit::default()
            },
        ),
        Step::Rename(number) => edit(number, named("renamed")),
        Step::Delete(number) => Action::Delete(Box::new(Deletion {
            lead: reference(number),
            in_campaign: None,
            needs_open_campaign: false,
        })),
        Step::Claim(number, hold) => Action::Claim(Claiming {
            lead: id(LeadId::new, *number),
            campaign: state
                .lead(id(LeadId::new, *number))
                .and_then(|lead| lead.campaign_id)
                .unwrap_or(campaign_id(1)),
            call: id(CallId::new, *number),
            lease_ms: 30_000,
            hold: *hold,
        }),
        Step::End(number, outcome) => end(state, id(LeadId::new, *number), *outcome),
        Step::Expire(number) => Action::Expire {
            lead: id(LeadId::new, *number),
            call: id(CallId::new, *number),
        },
    }
}

fn end(state: &State, lead: LeadId, outcome: DialStatus) -> Action {
    let claim = state.lead(lead).and_then(|lead| lead.claim.clone());
    Action::End(Box::new(CallEnd {
        lead,
        call: id(CallId::new, lead.get()),
        fence_token: claim.map_or(0, |claim| claim.fence_token),
        outcome: if outcome.is_outcome() {
            outcome
        } else {
            DialStatus::Retry
        },
        duration_seconds: None,
        from: None,
        summary: None,
        recording_url: None,
        collected: Object::default(),
        next_attempt_at: None,
    }))
}

proptest! {
    #[test]
    fn the_counts_are_those_of_a_recount(steps in steps()) {
        let mut book = Book { now: at(0), leads: BTreeMap::new(), counts: BTreeMap::new() };
        let mut batch = Vec::new();
        for step in steps {
            if let Step::NextBatch(millis) = step {
                book.run(&std::mem::take(&mut batch));
                book.check();
                book.now = book.now.plus_millis(millis);
            } else {
                batch.push(step);
            }
        }
        book.run(&batch);
        book.check();
    }
}

#[test]
fn a_lead_is_counted_where_it_stands() {
    let key = |campaign: Option<u64>, dial_status, stage_kind| CountKey {
        workspace_id: workspace_id(),
        campaign_id: campaign.map(campaign_id),
        created_at: lead().created_at,
        dial_status,
        stage_kind,
    };
    let here = key(Some(1), DialStatus::New, StageKind::New);
    let moving = |campaign| Edit {
        campaign,
        ..Edit::default()
    };
    let staged = Edit {
        stage: StageEdit::Named("Won".to_owned()),
        ..Edit::default()
    };
    for (edit, there) in [
        (named("x"), None),
        (
            moving(Change::Set(campaign_id(2))),
            Some(key(Some(2), DialStatus::New, StageKind::New)),
        ),
        (
            moving(Change::Clear),
            Some(key(None, DialStatus::New, StageKind::New)),
        ),
        (
            status(DialStatus::Success, &[]),
            Some(key(Some(1), DialStatus::Success, StageKind::New)),
        ),
        (
            staged,
            Some(key(Some(1), DialStatus::New, StageKind::Converted)),
        ),
    ] {
        let mut state = scene([lead()]);
        decide(&mut state, update(edit, Guard::default())).unwrap();
        let expected: BTreeMap<_, _> = there
            .map(|there| [(here, -1), (there, 1)])
            .into_iter()
            .flatten()
            .collect();
        assert_eq!(state.writes().counts, expected);
    }
}

#[test]
fn a_search_looks_again_at_what_it_looks_into() {
    let with = |change: fn(&mut Edit)| {
        let mut edit = Edit::default();
        change(&mut edit);
        edit
    };
    for (edit, is_searched) in [
        (with(|edit| edit.first_name = set("x")), true),
        (with(|edit| edit.last_name = set("x")), true),
        (with(|edit| edit.name = set("x")), true),
        (with(|edit| edit.email = set("x@example.com")), true),
        (with(|edit| edit.company_name = set("x")), true),
        (with(|edit| edit.external_id = set("x")), true),
        (with(|edit| edit.phone = Change::Clear), true),
        (
            with(|edit| edit.tags = SetEdit::Add(vec![id(TagId::new, 1)])),
            true,
        ),
        (
            with(|edit| edit.assigned_users = SetEdit::Add(vec![id(UserId::new, 1)])),
            true,
        ),
        (
            with(|edit| {
                edit.custom_fields = vec![CustomFieldEdit {
                    field: id(FieldId::new, 1),
                    declared_type: None,
                    value: Some(CustomValue::Text("x".to_owned())),
                }];
            }),
            true,
        ),
        // What no search looks into.
        (with(|edit| edit.notes = set("x")), false),
        (
            with(|edit| edit.campaign = Change::Set(campaign_id(2))),
            false,
        ),
        (status(DialStatus::Success, &[]), false),
        (
            with(|edit| edit.variables = ObjectEdit::Merge(Object::parse(r#"{"a":1}"#).unwrap())),
            false,
        ),
        // What changes nothing.
        (with(|edit| edit.name = Change::Clear), false),
    ] {
        let mut state = scene([lead()]);
        decide(&mut state, update(edit.clone(), Guard::default())).unwrap();
        let searched = state.writes().searched.contains(&lead_id());
        assert_eq!(searched, is_searched, "{edit:?}");
    }
}

#[test]
fn a_new_lead_is_looked_into_if_there_is_something() {
    let create = |edit| {
        Action::Create(Box::new(NewLead {
            id: lead_id(),
            edit,
            unique: Vec::new(),
            vendor_id: None,
            contacts: Vec::new(),
            is_repeatable: false,
        }))
    };
    for (edit, is_searched) in [(named("x"), true), (Edit::default(), false)] {
        let mut state = scene([]);
        decide(&mut state, create(edit)).unwrap();
        let searched = state.writes().searched.contains(&lead_id());
        assert_eq!(searched, is_searched);
        assert_eq!(state.writes().counts.values().sum::<i64>(), 1);
    }
}
