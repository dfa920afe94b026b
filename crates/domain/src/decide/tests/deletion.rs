//! Deleted leads: who may delete, and that nobody finds them after.

use super::*;
use crate::command::{CallEnd, Claiming, Deletion, Effect, Hold, QueuedUpdate};
use crate::event::EventKind;
use crate::guard::OnActiveCall;
use crate::lead::Contact;
use crate::state::{Content, CountKey, DeferredEdit, Job, JobFailure};
use crate::subscription::Topic;

fn delete() -> Action {
    delete_with(None, false)
}

fn delete_with(in_campaign: Option<u64>, needs_open_campaign: bool) -> Action {
    Action::Delete(Box::new(Deletion {
        lead: LeadRef::Number(lead_id()),
        in_campaign: in_campaign.map(campaign_id),
        needs_open_campaign,
    }))
}

fn claim() -> Action {
    Action::Claim(Claiming {
        lead: lead_id(),
        campaign: campaign_id(1),
        call: id(CallId::new, 2),
        lease_ms: 100,
        hold: Hold::Attempt,
    })
}

fn start() -> Action {
    Action::Start {
        lead: lead_id(),
        call: call_id(),
        fence_token: 5,
    }
}

fn end() -> Action {
    Action::End(Box::new(CallEnd {
        lead: lead_id(),
        call: call_id(),
        fence_token: 5,
        outcome: DialStatus::Success,
        duration_seconds: None,
        from: None,
        summary: None,
        recording_url: None,
        collected: Object::default(),
        next_attempt_at: None,
    }))
}

fn expire() -> Action {
    Action::Expire {
        lead: lead_id(),
        call: call_id(),
    }
}

fn queue() -> Action {
    Action::Queue(Box::new(QueuedUpdate {
        job: id(JobId::new, 1),
        lead: LeadRef::Number(lead_id()),
        edit: named("x"),
        guard: Guard::default(),
    }))
}

#[test]
fn a_deletion_is_one_event() {
    let mut state = scene([lead()]);
    let done = decide(&mut state, delete()).unwrap();
    assert_eq!(done.effect, Effect::Changed);
    let expected = Lead {
        version: 6,
        updated_at: at(0),
        deleted_at: Some(at(0)),
        ..lead()
    };
    assert_eq!(*done.lead, expected);
    let [event] = &state.writes().events[..] else {
        panic!("one event: {:?}", state.writes().events);
    };
    assert_eq!(event.kind, EventKind::Deleted);
    let fields: Vec<_> = event.changes.iter().map(|change| change.field).collect();
    assert_eq!(fields, [LeadField::DeletedAt]);
    let writes = state.writes();
    assert!(writes.updated.contains(&lead_id()) && writes.created.is_empty());
    assert!(writes.reindexed.contains(&lead_id()));
    assert!(writes.searched.contains(&lead_id()));
    let counts = [(CountKey::of(&lead()).unwrap(), -1)];
    assert_eq!(writes.counts, counts.into());
    assert_eq!(CountKey::of(&done.lead), None);
    assert_eq!(done.lead.claimable_at(), None);
    assert!(lead().claimable_at().is_some());
}

#[test]
fn who_may_delete() {
    let not_found = Some(Rejection::LeadNotFound);
    for (scope, in_campaign, refusal) in [
        (Scope::Workspace, None, None),
        (Scope::Workspace, Some(1), None),
        (only(1), Some(1), None),
        (only(1), None, None),
        (Scope::Workspace, Some(2), not_found.clone()),
        (only(2), None, not_found.clone()),
        (only(2), Some(2), not_found),
    ] {
        let mut state = scene([lead()]);
        let action = delete_with(in_campaign, false);
        let outcome = state.decide(command(scope, action));
        assert_eq!(outcome.err(), refusal);
        if refusal.is_some() {
            assert_untouched(&state);
        }
    }
    let mut state = scene([lead()]);
    let stranger = Command {
        workspace_id: id(WorkspaceId::new, 2),
        ..command(Scope::Workspace, delete())
    };
    assert_eq!(state.decide(stranger).err(), Some(Rejection::LeadNotFound));
    assert_untouched(&state);
}

#[test]
fn a_campaign_that_is_over_may_keep_its_leads() {
    use CampaignState::{Cancelled, Completed, Deleted, Draft, Paused, Running};
    for (campaign_state, is_over) in [
        (Draft, false),
        (Running, false),
        (Paused, false),
        (Completed, true),
        (Cancelled, true),
        (Deleted, true),
    ] {
        for needs_open_campaign in [false, true] {
            let mut state = scene([lead()]);
            state.add_campaign(Arc::new(Campaign {
                state: campaign_state,
                ..campaign(1)
            }));
            let outcome = decide(&mut state, delete_with(None, needs_open_campaign));
            let is_refused = is_over && needs_open_campaign;
            let refusal = is_refused.then_some(Rejection::CampaignOver);
            assert_eq!(outcome.err(), refusal, "{campaign_state:?}");
            if is_refused {
                assert_untouched(&state);
            }
        }
    }
    // A lead of no campaign has none that is over.
    let alone = Lead {
        campaign_id: None,
        ..lead()
    };
    decide(&mut scene([alone]), delete_with(None, true)).unwrap();
}

#[test]
fn nobody_finds_a_deleted_lead() {
    for action in [
        delete(),
        update(named("x"), Guard::default()),
        queue(),
        claim(),
    ] {
        let mut state = scene([lead()]);
        decide(&mut state, delete()).unwrap();
        let (before, writes) = (
            state.lead(lead_id()).cloned(),
            format!("{:?}", state.writes()),
        );
        let refused = decide(&mut state, action);
        assert_eq!(refused.err(), Some(Rejection::LeadNotFound));
        assert_eq!(state.lead(lead_id()).cloned(), before);
        assert_eq!(format!("{:?}", state.writes()), writes);
    }
}

#[test]
fn a_call_under_way_may_end() {
    for (now, last, status) in [
        (0, end(), DialStatus::Success),
        (1000, expire(), DialStatus::Retry),
    ] {
        let mut state = scene([on_call()]);
        decide(&mut state, delete()).unwrap();
        state.now = at(now);
        let after = decide(&mut state, last).unwrap().lead;
        assert_eq!((after.dial_status, &after.claim), (status, &None));
        assert_eq!(after.deleted_at, Some(at(0)));
        assert_eq!(after.claimable_at(), None);
        assert_eq!(state.writes().calls_ended.len(), 1);
        // It was counted out once.
        let counts = [(CountKey::of(&on_call()).unwrap(), -1)];
        assert_eq!(state.writes().counts, counts.into());
    }
}

#[test]
fn a_reservation_of_a_deleted_lead_is_not_dialled() {
    let mut reserved = on_call();
    reserved.dial_status = DialStatus::Queued;
    reserved.attempts = 0;
    reserved.claim.as_mut().unwrap().is_started = false;
    let mut state = scene([reserved.clone()]);
    decide(&mut state, start()).unwrap();
    let mut state = scene([reserved]);
    decide(&mut state, delete()).unwrap();
    let refused = decide(&mut state, start());
    assert_eq!(refused.err(), Some(Rejection::LeadNotFound));
    assert_eq!(state.lead(lead_id()).unwrap().attempts, 0);
}

#[test]
fn what_waited_for_the_calls_end_is_dropped() {
    for (now, last) in [(0, end()), (1000, expire())] {
        let mut state = scene([on_call()]);
        let waiting = DeferredEdit {
            position: 1,
            workspace_id: workspace_id(),
            lead_id: lead_id(),
            accepted_at: at(-5),
            origin: origin(),
            edit: named("before"),
        };
        state.add_deferred(lead_id(), vec![waiting]);
        let defer = Guard {
            on_active_call: OnActiveCall::Defer,
            ..Guard::default()
        };
        decide(&mut state, update(named("of this batch"), defer)).unwrap();
        decide(&mut state, delete()).unwrap();
        state.now = at(now);
        let after = decide(&mut state, last).unwrap().lead;
        assert_eq!(after.name, None);
        let writes = state.writes();
        assert_eq!(writes.events.len(), 2, "the deletion and the end");
        assert_eq!(writes.deferred_done.len(), 1);
        assert!(writes.deferred_added.is_empty());
    }
}

#[test]
fn a_job_of_a_deleted_lead_ends_in_a_result() {
    let mut state = scene([lead()]);
    state.add_job(Job {
        id: id(JobId::new, 1),
        workspace_id: workspace_id(),
        lead_id: lead_id(),
        accepted_at: at(-5),
        origin: origin(),
        edit: named("x"),
        guard: Guard::default(),
    });
    let results = Filter {
        topics: [Topic::UpdateFinished].into(),
        ..Filter::default()
    };
    state.add_audience(workspace_id(), audience(&[(1, Format::UserVox, results)]));
    decide(&mut state, delete()).unwrap();
    let run = Action::RunJob {
        lead: lead_id(),
        job: id(JobId::new, 1),
    };
    let after = decide(&mut state, run).unwrap().lead;
    assert_eq!((&after.name, after.version), (&None, 6));
    assert_eq!(state.writes().jobs_finished.len(), 1);
    let [delivery] = &state.writes().deliveries[..] else {
        panic!("one result: {:?}", state.writes().deliveries);
    };
    let Content::Result(result) = &delivery.content else {
        panic!("no result: {delivery:?}");
    };
    assert_eq!(result.result, Err(JobFailure::Invalid("lead".to_owned())));
}

#[test]
fn its_events_are_news() {
    let mut state = scene([lead()]);
    let heard = [
        (1, Format::Standard, Filter::default()),
        (2, Format::JourneyBee, Filter::default()),
        (3, Format::Autocalls, Filter::default()),
    ];
    state.add_audience(workspace_id(), audience(&heard));
    decide(&mut state, delete()).unwrap();
    let told: Vec<_> = state.writes().deliveries.iter().collect();
    let to: Vec<_> = told.iter().map(|one| one.subscription_id.get()).collect();
    assert_eq!(to, [1, 2]);
    assert!(told.iter().all(|one| matches!(
        one.content,
        Content::Event { version: 6, topic } if topic.name() == "lead.deleted"
    )));
}

#[test]
fn contacts_stay_with_their_lead() {
    let contact = Contact {
        id: id(LeadId::new, 2),
        phone: phone("+12125550124"),
        variables: Object::parse(r#"{"role":"assistant"}"#).unwrap(),
        dial_status: DialStatus::New,
    };
    let mut state = scene([Lead {
        contacts: vec![contact.clone()],
        ..lead()
    }]);
    let after = decide(&mut state, delete()).unwrap().lead;
    assert_eq!(after.contacts, [contact]);
}
