//! Updates that run later: accepted durably, run in order per lead, each ending in exactly one result.

use std::sync::Arc;

use super::{Asker, edit, record};
use crate::command::{Done, Effect, Outcome, QueuedUpdate, Scope};
use crate::event::{EventKind, Origin};
use crate::fault::{Fault, Reason, Rejection};
use crate::ids::{JobId, LeadId};
use crate::lead::{Lead, LeadField};
use crate::limits::JOBS_PER_LEAD_MAX;
use crate::object::Object;
use crate::state::{Content, Delivery, Job, JobFailure, JobResult, State};
use crate::time::Timestamp;

pub(super) fn queue(state: &mut State, asker: Asker, queued: QueuedUpdate) -> Outcome {
    let QueuedUpdate {
        job,
        lead: reference,
        edit,
        guard,
    } = queued;
    let lead = state
        .resolve(asker.workspace_id, &reference)
        .filter(|lead| asker.scope.allows(lead.campaign_id))
        .map(Arc::clone)
        .ok_or(Rejection::LeadNotFound)?;
    // Now, because the job will run without its key.
    if !edit.campaign.is_leave() && !asker.scope.allows(edit.target_campaign(&lead)) {
        return Err(Rejection::CampaignDenied);
    }
    let waiting = state.waiting_jobs.entry(lead.id).or_default();
    if *waiting >= JOBS_PER_LEAD_MAX {
        return Err(Rejection::TooManyWaiting);
    }
    *waiting += 1;
    state.writes.jobs_queued.push(Job {
        id: job,
        workspace_id: asker.workspace_id,
        lead_id: lead.id,
        accepted_at: state.now,
        origin: asker.origin,
        edit,
        guard,
    });
    Ok(Done {
        lead,
        effect: Effect::Queued,
    })
}

/// Finishes a job. A job that was finished before (a crash between commit and answer) does nothing.
pub(super) fn run(state: &mut State, asker: &Asker, lead: LeadId, job: JobId) -> Outcome {
    let lead = state
        .leads
        .get(&lead)
        .filter(|lead| lead.workspace_id == asker.workspace_id)
        .map(Arc::clone)
        .ok_or(Rejection::LeadNotFound)?;
    let Some(job) = state.jobs.remove(&job).filter(|job| job.lead_id == lead.id) else {
        return Ok(Done {
            lead,
            effect: Effect::Unchanged,
        });
    };
    let origin = job.origin.clone();
    // Deleted since it was accepted: the job ends like any other, in a result.
    let is_there = lead.deleted_at.is_none();
    let decided = is_there
        .then_some(())
        .ok_or(Rejection::LeadNotFound)
        .and_then(|()| job.guard.check(&lead, state.now))
        .and_then(|_| edit::apply(state, &Scope::Workspace, &lead, job.edit));
    state.writes.jobs_finished.push((job.workspace_id, job.id));
    let (lead, result) = match decided {
        Ok(after) => {
            let done = record(state, job.origin, EventKind::Updated, &lead, after);
            let variables = done.lead.variables.clone();
            (done.lead, Ok(variables))
        }
        Err(rejection) => (lead, Err(JobFailure::of(&rejection))),
    };
    announce(state, &lead, &origin, job.id, job.accepted_at, result);
    Ok(Done {
        lead,
        effect: Effect::Queued,
    })
}

/// One delivery for each subscription that hears results of the lead's campaign.
fn announce(
    state: &mut State,
    lead: &Lead,
    origin: &Origin,
    job_id: JobId,
    accepted_at: Timestamp,
    result: Result<Object, JobFailure>,
) {
    let Some(audience) = state.audiences.get(&lead.workspace_id) else {
        return;
    };
    let result = JobResult {
        job_id,
        accepted_at,
        finished_at: state.now,
        lead_id: lead.id,
        lead_created_at: lead.created_at,
        external_id: lead.external_id.clone(),
        result,
    };
    let deliveries = audience
        .of_result(origin, lead.campaign_id)
        .into_iter()
        .map(|subscription_id| Delivery {
            workspace_id: lead.workspace_id,
            subscription_id,
            lead_id: Some(lead.id),
            at: result.finished_at,
            content: Content::Result(result.clone()),
        });
    state.writes.deliveries.extend(deliveries);
}

impl JobFailure {
    fn of(rejection: &Rejection) -> Self {
        match rejection {
            Rejection::CallActive => Self::CallActive,
            Rejection::Invalid(faults) => Self::of_faults(faults),
            Rejection::CampaignDenied => Self::Invalid("campaign".into()),
            // But for a deleted lead no job's guard asks for what these say no to; the words are for the day one does.
            Rejection::LeadNotFound
            | Rejection::Locked
            | Rejection::VersionMismatch { .. }
            | Rejection::Duplicate(_)
            | Rejection::NotClaimable(_)
            | Rejection::FenceMismatch
            | Rejection::CampaignOver
            | Rejection::TooManyWaiting => Self::Invalid("lead".into()),
        }
    }

    fn of_faults(faults: &[Fault]) -> Self {
        let named = faults
            .iter()
            .find_map(|fault| match (&fault.at, &fault.reason) {
                (crate::fault::At::Field(LeadField::Stage), Reason::UnknownReference(name)) => {
                    Some(Self::UnknownStage(name.clone()))
                }
                (_, Reason::TransitionForbidden { from, to }) => Some(Self::TransitionForbidden {
                    from: from.clone(),
                    to: to.clone(),
                }),
                (_, Reason::UnlistedDisposition(text)) => {
                    Some(Self::UnlistedDisposition(text.clone()))
                }
                (_, Reason::DispositionWithoutDecision) => Some(Self::DispositionWithoutDecision),
                _ => None,
            });
        named.unwrap_or_else(|| {
            let fields: Vec<_> = faults
                .iter()
                .map(|fault| match &fault.at {
                    crate::fault::At::Field(field) => field.name(),
                    crate::fault::At::Member(member) => member,
                })
                .collect();
            Self::Invalid(fields.join(", "))
        })
    }
}
