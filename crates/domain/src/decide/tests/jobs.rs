//! Updates that run later.

use super::*;
use crate::command::{Effect, QueuedUpdate};
use crate::edit::StageEdit;
use crate::guard::OnActiveCall;
use crate::limits::JOBS_PER_LEAD_MAX;
use crate::object::{Object, ObjectEdit};
use crate::state::{Content, Job, JobFailure};
use crate::subscription::Topic;

fn queue(edit: Edit) -> Action {
    Action::Queue(Box::new(QueuedUpdate {
        job: id(JobId::new, 1),
        lead: LeadRef::Number(lead_id()),
        edit,
        guard: Guard::default(),
    }))
}

fn run() -> Action {
    Action::RunJob {
        lead: lead_id(),
        job: id(JobId::new, 1),
    }
}

fn with_job(before: Lead, edit: Edit, guard: Guard) -> State {
    let mut state = scene([before]);
    state.add_job(Job {
        id: id(JobId::new, 1),
        workspace_id: workspace_id(),
        lead_id: lead_id(),
        accepted_at: at(-5),
        origin: origin(),
        edit,
        guard,
    });
    let results = |campaign| Filter {
        topics: [Topic::UpdateFinished].into(),
        campaigns: [campaign_id(campaign)].into(),
        ..Filter::default()
    };
    let subscriptions = [
        (1, Format::UserVox, results(1)),
        (2, Format::UserVox, results(1)),
        (3, Format::UserVox, results(2)),
    ];
    state.add_audience(workspace_id(), audience(&subscriptions));
    state
}

#[track_caller]
fn assert_result(content: &Content, expected: &Result<Object, JobFailure>) {
    let Content::Result(result) = content else {
        panic!("no result: {content:?}");
    };
    assert_eq!(result.result, *expected);
    assert_eq!((result.accepted_at, result.finished_at), (at(-5), at(0)));
}

#[test]
fn accepted_up_to_the_limit() {
    for (waiting, is_ok) in [
        (0, true),
        (JOBS_PER_LEAD_MAX - 1, true),
        (JOBS_PER_LEAD_MAX, false),
    ] {
        let mut state = scene([lead()]);
        state.add_waiting_jobs(lead_id(), waiting);
        let outcome = decide(&mut state, queue(named("x")));
        let refusal = (!is_ok).then_some(Rejection::TooManyWaiting);
        assert_eq!(outcome.err(), refusal, "{waiting}");
        assert_eq!(state.writes().jobs_queued.len(), usize::from(is_ok));
        assert!(state.writes().events.is_empty());
    }
}

#[test]
fn accepted_inside_the_keys_limits() {
    let moving = Edit {
        campaign: Change::Set(campaign_id(2)),
        ..Edit::default()
    };
    for (scope, edit, refusal) in [
        (only(1), named("x"), None),
        (only(2), named("x"), Some(Rejection::LeadNotFound)),
        // It will run without its key, so that the key's limits are kept now.
        (only(1), moving, Some(Rejection::CampaignDenied)),
    ] {
        let mut state = scene([lead()]);
        let outcome = state.decide(command(scope, queue(edit)));
        assert_eq!(outcome.err(), refusal);
    }
}

#[test]
fn each_job_ends_in_one_result() {
    let moving = |to: &str, disposition: Option<&str>| Edit {
        stage: StageEdit::Transition {
            to: Some(to.to_owned()),
            disposition: disposition.map(str::to_owned),
        },
        ..Edit::default()
    };
    let reject = Guard {
        on_active_call: OnActiveCall::Reject,
        ..Guard::default()
    };
    let text = str::to_owned;
    let variables = Object::parse(r#"{"a":1}"#).unwrap();
    let merge = Edit {
        variables: ObjectEdit::Merge(variables.clone()),
        ..Edit::default()
    };
    let forbidden = JobFailure::TransitionForbidden {
        from: text("Fresh"),
        to: text("Gone"),
    };
    for (before, edit, guard, expected) in [
        (lead(), merge, reject, Ok(variables)),
        (lead(), Edit::default(), reject, Ok(Object::default())),
        (on_call(), named("x"), reject, Err(JobFailure::CallActive)),
        (
            lead(),
            moving("x", None),
            reject,
            Err(JobFailure::UnknownStage(text("x"))),
        ),
        (lead(), moving("Gone", None), reject, Err(forbidden)),
        (
            lead(),
            moving("Won", Some("x")),
            reject,
            Err(JobFailure::UnlistedDisposition(text("x"))),
        ),
        (
            lead(),
            moving("Talked", Some("bought")),
            reject,
            Err(JobFailure::DispositionWithoutDecision),
        ),
        (
            lead(),
            named(&"x".repeat(256)),
            reject,
            Err(JobFailure::Invalid(text("name"))),
        ),
    ] {
        let mut state = with_job(before, edit, guard);
        let done = decide(&mut state, run()).unwrap();
        assert_eq!(done.effect, Effect::Queued);
        let writes = state.writes();
        assert_eq!(writes.jobs_finished.len(), 1);
        // One for each subscription of the campaign, all with the same result.
        assert_eq!(writes.deliveries.len(), 2);
        for delivery in &writes.deliveries {
            assert_result(&delivery.content, &expected);
        }
        // Once.
        assert_eq!(decide(&mut state, run()).unwrap().effect, Effect::Unchanged);
        assert_eq!(state.writes().deliveries.len(), 2);
    }
}

#[test]
fn a_job_of_another_lead_does_not_run() {
    let mut state = with_job(lead(), named("x"), Guard::default());
    let other = Lead {
        id: id(LeadId::new, 2),
        ..lead()
    };
    state.add_lead(LeadRef::Number(other.id), other);
    let action = Action::RunJob {
        lead: id(LeadId::new, 2),
        job: id(JobId::new, 1),
    };
    let done = decide(&mut state, action).unwrap();
    assert_eq!(done.effect, Effect::Unchanged);
    assert_untouched(&state);
}
