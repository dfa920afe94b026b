//! What is told to whom, and in which order. What a filter lets through is a table of its own, beside the audience.

use super::*;
use crate::command::{CallEnd, Claiming, Hold, NewLead, QueuedUpdate};
use crate::edit::StageEdit;
use crate::event::EventKind;
use crate::guard::OnActiveCall;
use crate::object::Object;
use crate::state::{Content, Job};
use crate::subscription::Topic;

fn everything() -> Filter {
    Filter::default()
}

fn hearing(campaign: u64) -> Filter {
    Filter {
        campaigns: [campaign_id(campaign)].into(),
        ..Filter::default()
    }
}

fn scene_heard_by(leads: impl IntoIterator<Item = Lead>, filters: &[Filter]) -> State {
    let mut state = scene(leads);
    let subscriptions: Vec<_> = (1..)
        .zip(filters)
        .map(|(number, filter)| (number, Format::Standard, filter.clone()))
        .collect();
    state.add_audience(workspace_id(), audience(&subscriptions));
    state
}

/// Each delivery as its subscription and what it tells: an event's version, or 0.
fn told(state: &State) -> Vec<(u64, &'static str, u64)> {
    let of = |delivery: &crate::state::Delivery| {
        assert_eq!(delivery.workspace_id, workspace_id());
        assert_eq!(delivery.lead_id, Some(lead_id()));
        assert_eq!(delivery.at, at(0));
        let (topic, version) = match &delivery.content {
            Content::Event { version, topic } => (*topic, *version),
            Content::Result(_) => (Topic::UpdateFinished, 0),
            other => panic!("{other:?}"),
        };
        (delivery.subscription_id.get(), topic.name(), version)
    };
    state.writes().deliveries.iter().map(of).collect()
}

fn claim() -> Action {
    Action::Claim(Claiming {
        lead: lead_id(),
        campaign: campaign_id(1),
        call: call_id(),
        lease_ms: 60_000,
        hold: Hold::Attempt,
    })
}

fn end(fence_token: u64) -> Action {
    Action::End(Box::new(CallEnd {
        lead: lead_id(),
        call: call_id(),
        fence_token,
        outcome: DialStatus::Success,
        duration_seconds: None,
        from: None,
        summary: None,
        recording_url: None,
        collected: Object::default(),
        next_attempt_at: None,
    }))
}

#[test]
fn every_event_of_a_batch_in_its_order() {
    let calls = Filter {
        topics: [
            Topic::Event(EventKind::Claimed),
            Topic::Event(EventKind::CallEnded),
        ]
        .into(),
        ..Filter::default()
    };
    let mut state = scene_heard_by([lead()], &[everything(), calls, hearing(2)]);
    let defer = Guard {
        on_active_call: OnActiveCall::Defer,
        ..Guard::default()
    };
    for action in [
        update(named("before"), Guard::default()),
        claim(),
        update(named("waits"), defer),
        end(7),
    ] {
        decide(&mut state, action).unwrap();
    }
    let expected = [
        (1, "lead.updated", 6),
        (1, "lead.claimed", 7),
        (2, "lead.claimed", 7),
        (1, "lead.call_ended", 8),
        (2, "lead.call_ended", 8),
        (1, "lead.updated", 9),
    ];
    assert_eq!(told(&state), expected);
}

#[test]
fn a_new_lead_is_news() {
    let mut state = scene_heard_by([], &[everything(), hearing(1), hearing(2)]);
    let new = NewLead {
        id: lead_id(),
        edit: Edit {
            campaign: Change::Set(campaign_id(2)),
            ..Edit::default()
        },
        unique: Vec::new(),
        vendor_id: None,
        contacts: Vec::new(),
        is_repeatable: false,
    };
    decide(&mut state, Action::Create(Box::new(new))).unwrap();
    let expected = [(1, "lead.created", 1), (3, "lead.created", 1)];
    assert_eq!(told(&state), expected);
}

#[test]
fn who_listens_to_either_campaign_hears_of_a_move() {
    let listeners = [hearing(1), hearing(2), hearing(3)];
    let mut state = scene_heard_by([lead()], &listeners);
    let to = |campaign| Edit {
        campaign,
        ..Edit::default()
    };
    decide(
        &mut state,
        update(to(Change::Set(campaign_id(2))), Guard::default()),
    )
    .unwrap();
    decide(&mut state, update(to(Change::Clear), Guard::default())).unwrap();
    decide(&mut state, update(named("of none"), Guard::default())).unwrap();
    let expected = [
        (1, "lead.updated", 6),
        (2, "lead.updated", 6),
        (2, "lead.updated", 7),
    ];
    assert_eq!(told(&state), expected);
}

#[test]
fn no_change_is_no_news() {
    let before = Lead {
        name: Some("Ada".to_owned()),
        ..lead()
    };
    let mut state = scene_heard_by([before], &[everything()]);
    for edit in [named("Ada"), Edit::default()] {
        decide(&mut state, update(edit, Guard::default())).unwrap();
    }
    assert_untouched(&state);
    // Nor is a refusal.
    let outdated = Guard {
        version: Some(4),
        ..Guard::default()
    };
    assert!(decide(&mut state, update(named("x"), outdated)).is_err());
    assert!(decide(&mut state, end(7)).is_err());
    assert_untouched(&state);
}

#[test]
fn a_refused_edit_that_waited_is_told_without_fields() {
    let of_fields = Filter {
        fields: LeadField::ALL.into(),
        ..Filter::default()
    };
    let mut state = scene_heard_by([on_call()], &[everything(), of_fields]);
    let waiting = crate::state::DeferredEdit {
        position: 1,
        workspace_id: workspace_id(),
        lead_id: lead_id(),
        accepted_at: at(-5),
        origin: origin(),
        edit: Edit {
            stage: StageEdit::Named("nowhere".to_owned()),
            ..Edit::default()
        },
    };
    state.add_deferred(lead_id(), vec![waiting]);
    decide(&mut state, end(5)).unwrap();
    let expected = [
        (1, "lead.call_ended", 6),
        (2, "lead.call_ended", 6),
        (1, "lead.deferred_refused", 7),
    ];
    assert_eq!(told(&state), expected);
}

#[test]
fn a_source_does_not_hear_its_echo() {
    let but = |source: &str| Filter {
        except_sources: [source.to_owned(), "other".to_owned()].into(),
        ..Filter::default()
    };
    for (source, expected) in [
        (Some("crm"), vec![2]),
        (Some("erp"), vec![1]),
        (Some("other"), vec![]),
        (Some("CRM"), vec![1, 2]),
        (None, vec![1, 2]),
    ] {
        let mut state = scene_heard_by([lead()], &[but("crm"), but("erp")]);
        let mut command = command(Scope::Workspace, update(named("x"), Guard::default()));
        command.origin.source = source.map(str::to_owned);
        state.decide(command).unwrap();
        let heard: Vec<_> = told(&state).into_iter().map(|told| told.0).collect();
        assert_eq!(heard, expected, "{source:?}");
        assert_eq!(
            state.writes().events[0].origin.source.as_deref(),
            source,
            "kept with the event"
        );
    }
}

#[test]
fn a_queued_update_is_told_with_its_own_source() {
    // The worker that runs it is not where it came from.
    let but_crm = Filter {
        except_sources: ["crm".to_owned()].into(),
        ..Filter::default()
    };
    for (edit, expected) in [
        (
            named("new"),
            vec![(1, "lead.updated", 6), (1, "update.finished", 0)],
        ),
        // What changed nothing has a result all the same, and what was refused has.
        (Edit::default(), vec![(1, "update.finished", 0)]),
        (named(&"x".repeat(256)), vec![(1, "update.finished", 0)]),
    ] {
        let mut state = scene_heard_by([lead()], &[everything(), but_crm.clone()]);
        let mut origin = origin();
        origin.source = Some("crm".to_owned());
        state.add_job(Job {
            id: id(JobId::new, 1),
            workspace_id: workspace_id(),
            lead_id: lead_id(),
            accepted_at: at(-5),
            origin,
            edit,
            guard: Guard::default(),
        });
        let job = id(JobId::new, 1);
        let lead = lead_id();
        decide(&mut state, Action::RunJob { lead, job }).unwrap();
        assert_eq!(told(&state), expected);
    }
    // To be accepted is no news yet.
    let mut state = scene_heard_by([lead()], &[everything()]);
    let queued = QueuedUpdate {
        job: id(JobId::new, 1),
        lead: LeadRef::Number(lead_id()),
        edit: named("x"),
        guard: Guard::default(),
    };
    decide(&mut state, Action::Queue(Box::new(queued))).unwrap();
    assert_eq!(told(&state), []);
}

#[test]
fn a_result_is_not_asked_for_fields() {
    let of_email = Filter {
        fields: [LeadField::Email].into(),
        ..Filter::default()
    };
    let of_other_campaign = hearing(2);
    let mut state = scene_heard_by([lead()], &[of_email, of_other_campaign]);
    state.add_job(Job {
        id: id(JobId::new, 1),
        workspace_id: workspace_id(),
        lead_id: lead_id(),
        accepted_at: at(-5),
        origin: origin(),
        edit: named("x"),
        guard: Guard::default(),
    });
    let job = id(JobId::new, 1);
    let lead = lead_id();
    decide(&mut state, Action::RunJob { lead, job }).unwrap();
    assert_eq!(told(&state), [(1, "update.finished", 0)]);
}

#[test]
fn a_workspace_hears_its_own_leads() {
    let mut state = scene([lead()]);
    let everything = [(1, Format::Standard, everything())];
    state.add_audience(id(WorkspaceId::new, 2), audience(&everything));
    decide(&mut state, update(named("x"), Guard::default())).unwrap();
    assert_eq!(told(&state), []);
    assert_eq!(state.writes().events.len(), 1);
}
