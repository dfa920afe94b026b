//! The difference of two leads, applied to the first, gives the second; and so do a lead's events, whatever
//! happened to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::campaign::{Campaign, CampaignState, Stage, Transitions};
use crate::command::{
    Action, CallEnd, Claiming, Command, Deletion, Hold, LeadRef, NewLead, Scope, Update,
};
use crate::custom_field::CustomValue;
use crate::dialing::Dialing;
use crate::edit::{Change, Edit, StageEdit, StatusEdit};
use crate::guard::{Guard, OnActiveCall};
use crate::ids::{CallId, CampaignId, FieldId, TagId, UserId};
use crate::lead::{CallSummary, Claim, Contact};
use crate::object::ObjectEdit;
use crate::phone::{Phone, PhoneInput};
use crate::state::{DeferredEdit, State};
use crate::status::{DialStatus, StageKind};
use crate::time_zone::TimeZone;

fn id<T>(new: fn(u64) -> Option<T>, number: u64) -> T {
    new(number).unwrap()
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

/// Equal to the byte: debug text shows the order of members and the spelling of numbers.
fn assert_same(a: &Lead, b: &Lead) {
    assert_eq!(format!("{a:#?}"), format!("{b:#?}"));
}

fn text() -> impl Strategy<Value = Option<String>> {
    option::of("[a-c\u{1f4de}]{0,3}")
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        // Two spellings of one number are two values.
        prop::sample::select(vec!["1", "1.0", "1.00", "-0", "1e5"])
            .prop_map(|text| serde_json::from_str(text).unwrap()),
        "[a-c]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec(("[a-d]", inner), 0..4).prop_map(|members| Value::Object(collected(members))),
        ]
    })
}

fn collected(members: Vec<(String, Value)>) -> Map<String, Value> {
    members.into_iter().collect()
}

fn object() -> impl Strategy<Value = Object> {
    vec(("[a-e]", value()), 0..5).prop_map(|members| Object::new(collected(members)))
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0_i64..3).prop_map(at)
}

fn custom_value() -> impl Strategy<Value = CustomValue> {
    let option_id = (1_u64..3).prop_map(|n| id(crate::ids::OptionId::new, n));
    prop_oneof![
        "[a-b]".prop_map(CustomValue::Text),
        prop::sample::select(vec!["1", "1.0"])
            .prop_map(|text| CustomValue::Number(serde_json::from_str(text).unwrap())),
        Just(CustomValue::Date("2025-01-31".to_owned())),
        any::<bool>().prop_map(CustomValue::Boolean),
        option_id.clone().prop_map(CustomValue::Select),
        vec(option_id, 0..3).prop_map(CustomValue::MultiSelect),
    ]
}

fn claim() -> impl Strategy<Value = Claim> {
    (1_u64..3, 1_u64..3, time(), any::<[bool; 2]>()).prop_map(|(call, fence, time, flags)| Claim {
        call_id: id(CallId::new, call),
        fence_token: fence,
        started_at: time,
        expires_at: time.plus_millis(5),
        is_started: flags[0],
        keeps_status: flags[1],
    })
}

fn call_summary() -> impl Strategy<Value = CallSummary> {
    (1_u64..3, time(), option::of(0_u32..3), text(), object()).prop_map(
        |(call, time, seconds, text, found)| CallSummary {
            call_id: id(CallId::new, call),
            started_at: time,
            ended_at: time,
            outcome: DialStatus::Success,
            duration_seconds: seconds,
            from: text.clone(),
            summary: text.clone(),
            recording_url: text,
            collected: found,
        },
    )
}

fn phone() -> impl Strategy<Value = Phone> {
    ("\\+1[0-1]", "[0-1]{2}", any::<bool>())
        .prop_map(|(e164, raw, is_assignable)| Phone::from_stored(e164, raw, is_assignable))
}

fn contact() -> impl Strategy<Value = Contact> {
    (1_u64..4, phone(), object()).prop_map(|(number, phone, variables)| Contact {
        id: id(LeadId::new, number),
        phone,
        variables,
        dial_status: DialStatus::New,
    })
}

fn stage() -> impl Strategy<Value = Stage> {
    ("[a-c]?", prop::sample::select(StageKind::ALL.to_vec()))
        .prop_map(|(name, kind)| Stage { name, kind })
}

prop_compose! {
    fn lead()(
        texts in vec(text(), 8),
        phone in option::of(phone()),
        zone in option::of(Just(TimeZone::from_stored("Europe/Paris".to_owned()))),
        variables in object(),
        found in object(),
        custom_fields in btree_map((1_u64..4).prop_map(|n| id(FieldId::new, n)), custom_value(), 0..3),
        sets in (
            btree_set((1_u64..4).prop_map(|n| id(TagId::new, n)), 0..3),
            btree_set((1_u64..4).prop_map(|n| id(UserId::new, n)), 0..3),
            vec((1_u64..4).prop_map(|n| id(CallId::new, n)), 0..3),
        ),
        states in (prop::sample::select(DialStatus::ALL.to_vec()), stage(), 0_u32..3),
        times in (option::of(time()), option::of(call_summary()), option::of(claim())),
        campaign in option::of(1_u64..3),
        contacts in vec(contact(), 0..3),
        deleted_at in option::of(time()),
        version in 1_u64..9,
    ) -> Lead {
        let [external_id, first_name, last_name, name, email, company_name, notes, disposition] =
            texts.try_into().unwrap();
        let (tags, assigned_users, call_ids) = sets;
        let (dial_status, stage, attempts) = states;
        let (next_attempt_at, last_call, claim) = times;
        Lead {
            version,
            updated_at: at(9),
            campaign_id: campaign.map(|n| id(CampaignId::new, n)),
            external_id, phone, first_name, last_name, name, email, company_name,
            time_zone: zone,
            variables,
            collected: found,
            custom_fields,
            notes, tags, assigned_users, dial_status, stage, disposition, attempts,
            next_attempt_at, last_call, call_ids, claim, contacts, deleted_at,
            ..blank()
        }
    }
}

fn workspace() -> WorkspaceId {
    id(WorkspaceId::new, 1)
}

fn lead_id() -> LeadId {
    id(LeadId::new, 1)
}

fn blank() -> Lead {
    Lead::blank(lead_id(), workspace(), at(0))
}

fn origin() -> Origin {
    Origin {
        actor: Actor::System,
        dialect: Dialect::Leadbook,
        request_id: String::new(),
        on_behalf_of: None,
        source: None,
    }
}

/// The step between two leads as an event.
fn step(before: &Lead, after: &Lead) -> Event {
    Event {
        workspace_id: workspace(),
        lead_id: lead_id(),
        version: after.version,
        kind: EventKind::Updated,
        at: after.updated_at,
        origin: origin(),
        changes: diff(before, after),
    }
}

proptest! {
    #[test]
    fn a_difference_leads_from_one_to_the_other(before in lead(), after in lead()) {
        assert_same(&fold(before.clone(), &step(&before, &after)).unwrap(), &after);
        assert_same(&fold(blank(), &step(&blank(), &after)).unwrap(), &after);
    }

    // But for the order of members, which equality does not see.
    #[test]
    fn a_difference_leads_back_again(before in lead(), after in lead()) {
        let event = step(&before, &after);
        let expected = Lead {
            version: event.version - 1,
            updated_at: event.at,
            ..before
        };
        prop_assert_eq!(unfold(after, &event).unwrap(), expected);
    }

    #[test]
    fn a_difference_says_what_was_there(before in lead(), after in lead()) {
        let back: Vec<_> = diff(&after, &before);
        for change in diff(&before, &after) {
            if change.key.is_none() {
                let value = not_null(change.field.get(&before));
                prop_assert_eq!(&change.before, &value);
            }
            prop_assert!(back.iter().any(|other| other.field == change.field));
        }
        prop_assert_eq!(diff(&before, &before), Vec::new());
    }

    #[test]
    fn one_member_is_one_change(before in object(), key in "[f-h]", value in value()) {
        let mut lead = blank();
        lead.variables = before;
        let mut after = lead.clone();
        after.variables.set(&key, Some(value.clone()));
        let expected = FieldChange {
            field: LeadField::Variables,
            key: Some(key),
            before: None,
            after: Some(value),
        };
        prop_assert_eq!(diff(&lead, &after), vec![expected]);
    }
}

/// Something that may happen to a lead.
#[derive(Clone, Debug)]
enum Step {
    Wait(i64),
    Update(Box<Edit>, OnActiveCall),
    Delete,
    Claim(Hold),
    Start,
    End(Object),
    Expire,
}

fn edit() -> impl Strategy<Value = Edit> {
    let name = prop_oneof![
        Just(Change::Leave),
        Just(Change::Clear),
        "[a-c]{0,2}".prop_map(Change::Set)
    ];
    let variables = (0..4, object()).prop_map(|(kind, object)| match kind {
        0 => ObjectEdit::Leave,
        1 => ObjectEdit::Merge(object),
        2 => ObjectEdit::Replace(object),
        _ => ObjectEdit::Patch(object),
    });
    let status = option::of(prop::sample::select(DialStatus::ALL.to_vec()));
    let stage = option::of(prop::sample::select(StageKind::ALL.to_vec()));
    (name, variables, status, stage).prop_map(|(name, variables, status, stage)| Edit {
        name,
        variables,
        dial_status: status.map(|to| StatusEdit {
            to,
            same_as: Vec::new(),
        }),
        stage: stage.map_or(StageEdit::Leave, |kind| StageEdit::Transition {
            to: Some(kind.name().to_owned()),
            disposition: None,
        }),
        ..Edit::default()
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let on_active_call = prop::sample::select(vec![
        OnActiveCall::Apply,
        OnActiveCall::Reject,
        OnActiveCall::Defer,
        OnActiveCall::Defer,
    ]);
    let step = prop_oneof![
        1 => prop::sample::select(vec![1, 100]).prop_map(Step::Wait),
        4 => (edit(), on_active_call).prop_map(|(edit, guard)| Step::Update(Box::new(edit), guard)),
        2 => prop::sample::select(vec![Hold::Attempt, Hold::Reservation]).prop_map(Step::Claim),
        1 => Just(Step::Start),
        1 => object().prop_map(Step::End),
        1 => Just(Step::Expire),
        1 => Just(Step::Delete),
    ];
    vec(step, 0..32)
}

/// A store of one lead: what is kept between batches.
struct Book {
    now: Timestamp,
    lead: Lead,
    deferred: Vec<DeferredEdit>,
    events: Vec<Event>,
}

impl Book {
    fn new() -> Self {
        let mut book = Self {
            now: at(0),
            lead: blank(),
            deferred: Vec::new(),
            events: Vec::new(),
        };
        let new = NewLead {
            id: lead_id(),
            edit: Edit {
                campaign: Change::Set(id(CampaignId::new, 1)),
                phone: Change::Set(PhoneInput::read("+12125550123").unwrap()),
                ..Edit::default()
            },
            unique: Vec::new(),
            vendor_id: None,
            contacts: Vec::new(),
            is_repeatable: false,
        };
        book.batch(&[Action::Create(Box::new(new))]);
        book
    }

    /// Decides a batch; whether each was refused.
    fn batch(&mut self, actions: &[Action]) -> Vec<bool> {
        let mut state = State::new(self.now);
        if self.lead.version > 0 {
            state.add_lead(LeadRef::Number(lead_id()), self.lead.clone());
        }
        if !self.deferred.is_empty() {
            state.add_deferred(lead_id(), self.deferred.clone());
        }
        state.add_campaign(Arc::new(campaign()));
        let refusals = actions.iter().map(|action| {
            let command = Command {
                workspace_id: workspace(),
                origin: origin(),
                scope: Scope::Workspace,
                action: action.clone(),
            };
            state.decide(command).is_err()
        });
        let refusals = refusals.collect();
        if let Some(lead) = state.lead(lead_id()) {
            self.lead = Lead::clone(lead);
        }
        let writes = state.writes();
        if !writes.deferred_done.is_empty() {
            self.deferred.clear();
        }
        self.deferred.extend(writes.deferred_added.iter().cloned());
        self.events.extend(writes.events.iter().cloned());
        refusals
    }

    fn action(&self, step: &Step) -> Action {
        let lead = lead_id();
        // The calls are numbered by the version that claims them, so that the two books agree.
        let (call, fence_token) = match &self.lead.claim {
            Some(claim) => (claim.call_id, claim.fence_token),
            None => (id(CallId::new, self.lead.version), self.lead.version),
        };
        match step {
            Step::Wait(_) => unreachable!("waiting is no command"),
            Step::Update(edit, on_active_call) => Action::Update(Box::new(Update {
                lead: LeadRef::Number(lead),
                in_campaign: None,
                edit: Edit::clone(edit),
                guard: Guard {
                    on_active_call: *on_active_call,
                    ..Guard::default()
                },
            })),
            Step::Claim(hold) => Action::Claim(Claiming {
                lead,
                campaign: id(CampaignId::new, 1),
                call,
                lease_ms: 50,
                hold: *hold,
            }),
            Step::Start => Action::Start {
                lead,
                call,
                fence_token,
            },
            Step::End(found) => Action::End(Box::new(CallEnd {
                lead,
                call,
                fence_token,
                outcome: DialStatus::Retry,
                duration_seconds: None,
                from: None,
                summary: None,
                recording_url: None,
                collected: found.clone(),
                next_attempt_at: None,
            })),
            Step::Expire => Action::Expire { lead, call },
            Step::Delete => Action::Delete(Box::new(Deletion {
                lead: LeadRef::Number(lead),
                in_campaign: None,
                needs_open_campaign: false,
            })),
        }
    }

    fn check(&self) {
        let mut befores = vec![blank()];
        for event in &self.events {
            let before = befores.last().unwrap().clone();
            befores.push(fold(before, event).unwrap());
        }
        assert_same(&befores.pop().unwrap(), &self.lead);
        let mut lead = self.lead.clone();
        for (event, mut before) in self.events.iter().zip(befores).rev() {
            lead = unfold(lead, event).unwrap();
            before.updated_at = event.at;
            assert_eq!(lead, before);
        }
        let versions: Vec<_> = self.events.iter().map(|event| event.version).collect();
        assert_eq!(versions, (1..=self.lead.version).collect::<Vec<_>>());
    }
}

fn campaign() -> Campaign {
    Campaign {
        id: id(CampaignId::new, 1),
        workspace_id: workspace(),
        version: 1,
        name: String::new(),
        created_at: at(0),
        updated_at: at(0),
        state: CampaignState::Running,
        default_region: None,
        time_zone: None,
        stages: Stage::default_list(),
        transitions: Transitions::Listed(BTreeMap::from([
            (
                "new".to_owned(),
                vec!["contacted".to_owned(), "lost".to_owned()],
            ),
            ("contacted".to_owned(), vec!["new".to_owned()]),
        ])),
        dispositions: Vec::new(),
        agent: None,
        dialing: Dialing::default(),
        settings: Object::default(),
    }
}

proptest! {
    #[test]
    fn events_fold_to_the_lead_and_batching_changes_nothing(steps in steps()) {
        let (mut one_by_one, mut together) = (Book::new(), Book::new());
        let (mut waiting, mut refused) = (Vec::new(), Vec::new());
        for step in &steps {
            if let Step::Wait(millis) = step {
                prop_assert_eq!(together.batch(&waiting), std::mem::take(&mut refused));
                waiting.clear();
                one_by_one.now = one_by_one.now.plus_millis(*millis);
                together.now = one_by_one.now;
            } else {
                let action = one_by_one.action(step);
                refused.extend(one_by_one.batch(std::slice::from_ref(&action)));
                waiting.push(action);
            }
        }
        prop_assert_eq!(together.batch(&waiting), refused);
        one_by_one.check();
        together.check();
        assert_same(&one_by_one.lead, &together.lead);
        prop_assert_eq!(one_by_one.events, together.events);
        prop_assert_eq!(one_by_one.deferred, together.deferred);
    }
}

#[test]
fn a_new_order_in_depth_is_a_change() {
    let with = |text: &str| Lead {
        variables: Object::parse(text).unwrap(),
        ..blank()
    };
    let before = with(r#"{"a":{"x":1,"y":2},"n":1}"#);
    let after = with(r#"{"a":{"y":2,"x":1},"n":2}"#);
    let keys: Vec<_> = diff(&before, &after)
        .into_iter()
        .map(|change| change.key)
        .collect();
    assert_eq!(keys, [Some("a".to_owned()), Some("n".to_owned())]);
    assert_same(
        &fold(before.clone(), &step(&before, &after)).unwrap(),
        &after,
    );
}

#[test]
fn a_member_of_a_plain_field_is_corrupt() {
    let mut event = step(&blank(), &blank());
    event.changes.push(FieldChange {
        field: LeadField::Name,
        key: Some("a".to_owned()),
        before: None,
        after: Some(json!("x")),
    });
    assert_eq!(fold(blank(), &event), Err(CorruptField(LeadField::Name)));
    assert_eq!(unfold(blank(), &event), Err(CorruptField(LeadField::Name)));
}

#[test]
fn what_an_event_took_away_comes_back() {
    let before = Lead {
        name: Some("Ada".to_owned()),
        variables: Object::parse(r#"{"a":null,"b":{"c":1.50},"d":4}"#).unwrap(),
        ..blank()
    };
    let mut after = before.clone();
    (after.name, after.version) = (None, 1);
    after.variables = Object::parse(r#"{"b":2,"d":4,"e":5}"#).unwrap();
    let back = unfold(after.clone(), &step(&before, &after)).unwrap();
    assert_eq!(back.name.as_deref(), Some("Ada"));
    // A member that was set to null is not one that was not there; one that was removed comes back at the end.
    assert_eq!(
        back.variables.to_text(),
        r#"{"b":{"c":1.50},"d":4,"a":null}"#
    );
    assert_eq!(back.version, 0);
}
