//! The life of a claim: claimed or reserved, started, ended or expired.
//!
//! Claims and edits are decided in one serial order, so that "locked once dialling begins" is a fact and
//! not a race. The fence token is the version at which the claim was made.

use std::sync::Arc;

use super::{Asker, apply_deferred, record};
use crate::campaign::Campaign;
use crate::command::{CallEnd, Claiming, Done, Hold, Outcome};
use crate::dialing::Dialing;
use crate::event::EventKind;
use crate::fault::{Claimability, Rejection};
use crate::ids::{CallId, LeadId};
use crate::lead::{CallSummary, Claim, Lead};
use crate::limits::CALL_IDS_MAX;
use crate::object::{Object, ObjectEdit};
use crate::state::{CallEnded, CallStarted, State};
use crate::status::DialStatus;
use crate::time::Timestamp;

pub(super) fn claim(state: &mut State, asker: Asker, claiming: &Claiming) -> Outcome {
    let lead = find_open(state, &asker, claiming.lead)?;
    claimable(state, &lead, claiming).map_err(Rejection::NotClaimable)?;
    let mut after = Lead::clone(&lead);
    let is_started = claiming.hold == Hold::Attempt;
    after.claim = Some(Claim {
        call_id: claiming.call,
        fence_token: lead.version + 1,
        started_at: state.now,
        expires_at: state.now.plus_millis(claiming.lease_ms),
        is_started,
        keeps_status: false,
    });
    after.next_attempt_at = None;
    after.call_ids.push(claiming.call);
    let surplus = after.call_ids.len().saturating_sub(CALL_IDS_MAX);
    after.call_ids.drain(..surplus);
    let kind = if is_started {
        begin_attempt(&mut after);
        EventKind::Claimed
    } else {
        after.dial_status = DialStatus::Queued;
        EventKind::Reserved
    };
    state.writes.calls_started.push(CallStarted {
        id: claiming.call,
        workspace_id: asker.workspace_id,
        lead_id: lead.id,
        lead_created_at: lead.created_at,
        campaign_id: claiming.campaign,
        started_at: state.now,
        to: lead.phone.as_ref().map(|phone| phone.e164().to_owned()),
        name: lead.display_name(),
    });
    Ok(record(state, asker.origin, kind, &lead, after))
}

fn claimable(state: &State, lead: &Lead, claiming: &Claiming) -> Result<(), Claimability> {
    let campaign = state.campaigns.get(&(lead.workspace_id, claiming.campaign));
    if lead.campaign_id != Some(claiming.campaign) {
        Err(Claimability::NotInCampaign)
    } else if !campaign.is_some_and(|campaign| campaign.is_running()) {
        Err(Claimability::CampaignNotRunning)
    } else if lead.claim.is_some() {
        Err(Claimability::AlreadyClaimed)
    } else if !lead.dial_status.is_claimable() {
        Err(Claimability::WrongStatus(lead.dial_status))
    } else if lead.next_attempt_at.is_some_and(|at| at > state.now) {
        Err(Claimability::NotDue)
    } else if lead.phone.is_none() {
        Err(Claimability::NoPhone)
    } else if !campaign.is_some_and(|campaign| is_open(campaign, lead, state.now)) {
        Err(Claimability::OutsideCallingHours)
    } else {
        Ok(())
    }
}

fn is_open(campaign: &Campaign, lead: &Lead, now: Timestamp) -> bool {
    let zone = lead.time_zone.as_ref().or(campaign.time_zone.as_ref());
    campaign.dialing.is_open(zone, now)
}

pub(super) fn start(
    state: &mut State,
    asker: Asker,
    lead: LeadId,
    call: CallId,
    fence_token: u64,
) -> Outcome {
    let lead = find_open(state, &asker, lead)?;
    held(state, &lead, call, fence_token)?;
    let mut after = Lead::clone(&lead);
    if let Some(claim) = after.claim.as_mut().filter(|claim| !claim.is_started) {
        claim.is_started = true;
        claim.started_at = state.now;
        let keeps_status = claim.keeps_status;
        let status = after.dial_status;
        begin_attempt(&mut after);
        if keeps_status {
            after.dial_status = status;
        }
    }
    Ok(record(
        state,
        asker.origin,
        EventKind::CallStarted,
        &lead,
        after,
    ))
}

pub(super) fn end(state: &mut State, asker: Asker, end: CallEnd) -> Outcome {
    let lead = find(state, &asker, end.lead)?;
    let claim = held(state, &lead, end.call, end.fence_token)?;
    let mut after = Lead::clone(&lead);
    after.claim = None;
    if !claim.keeps_status {
        let rules = rules(state, &lead);
        after.dial_status = rules.outcome(end.outcome, lead.attempts);
        // Who asked for another attempt, and has none left, is not due at any moment.
        let wanted = end
            .next_attempt_at
            .filter(|_| after.dial_status == end.outcome);
        after.next_attempt_at =
            wanted.or_else(|| rules.next_attempt_at(after.dial_status, state.now));
    }
    after.collected = lead
        .collected
        .edited(&ObjectEdit::Merge(end.collected.clone()));
    if !after.collected.is_within_limits() {
        let bytes_max = crate::limits::OBJECT_BYTES_MAX;
        return Err(Rejection::invalid(
            crate::lead::LeadField::Collected,
            crate::fault::Reason::TooLarge { bytes_max },
        ));
    }
    let summary = CallSummary {
        call_id: end.call,
        started_at: claim.started_at,
        ended_at: state.now,
        outcome: end.outcome,
        duration_seconds: end.duration_seconds,
        from: end.from,
        summary: end.summary,
        recording_url: end.recording_url,
        collected: end.collected,
    };
    call_ended(state, &lead, &summary);
    after.last_call = Some(summary);
    let done = record(state, asker.origin, EventKind::CallEnded, &lead, after);
    apply_deferred(state, lead.id);
    Ok(latest(state, done))
}

pub(super) fn expire(state: &mut State, asker: Asker, lead: LeadId, call: CallId) -> Outcome {
    let lead = find(state, &asker, lead)?;
    let mut after = Lead::clone(&lead);
    let expired = after
        .claim
        .take_if(|claim| claim.call_id == call && claim.expires_at <= state.now);
    let Some(claim) = expired else {
        return Ok(record(
            state,
            asker.origin,
            EventKind::LeaseExpired,
            &lead,
            after,
        ));
    };
    if !claim.keeps_status {
        let rules = rules(state, &lead);
        after.dial_status = rules.outcome(DialStatus::Retry, lead.attempts);
        after.next_attempt_at = rules.next_attempt_at(after.dial_status, state.now);
    }
    state.writes.calls_ended.push(CallEnded {
        id: call,
        workspace_id: lead.workspace_id,
        ended_at: state.now,
        outcome: None,
        duration_seconds: None,
        from: None,
        summary: None,
        recording_url: None,
        collected: Object::default(),
    });
    let done = record(state, asker.origin, EventKind::LeaseExpired, &lead, after);
    apply_deferred(state, lead.id);
    Ok(latest(state, done))
}

fn find(state: &State, asker: &Asker, lead: LeadId) -> Result<Arc<Lead>, Rejection> {
    state
        .leads
        .get(&lead)
        .filter(|lead| lead.workspace_id == asker.workspace_id)
        .filter(|lead| asker.scope.allows(lead.campaign_id))
        .map(Arc::clone)
        .ok_or(Rejection::LeadNotFound)
}

/// A lead that a call may begin with: a deleted one is called no more, also if it was reserved before.
fn find_open(state: &State, asker: &Asker, lead: LeadId) -> Result<Arc<Lead>, Rejection> {
    let lead = find(state, asker, lead)?;
    let is_open = lead.deleted_at.is_none();
    is_open.then_some(lead).ok_or(Rejection::LeadNotFound)
}

/// The active claim, if the caller is the one who holds it.
fn held(state: &State, lead: &Lead, call: CallId, fence_token: u64) -> Result<Claim, Rejection> {
    lead.claim
        .clone()
        .filter(|claim| claim.call_id == call && claim.fence_token == fence_token)
        .filter(|claim| state.now < claim.expires_at)
        .ok_or(Rejection::FenceMismatch)
}

fn begin_attempt(lead: &mut Lead) {
    lead.attempts += 1;
    lead.dial_status = DialStatus::OnCall;
}

/// The campaign's rules on attempts; a lead of no campaign has none.
fn rules(state: &State, lead: &Lead) -> Dialing {
    let campaign = lead.campaign_id;
    let campaign = campaign.and_then(|id| state.campaigns.get(&(lead.workspace_id, id)));
    campaign.map_or_else(Dialing::default, |campaign| campaign.dialing.clone())
}

fn call_ended(state: &mut State, lead: &Lead, call: &CallSummary) {
    state.writes.calls_ended.push(CallEnded {
        id: call.call_id,
        workspace_id: lead.workspace_id,
        ended_at: call.ended_at,
        outcome: Some(call.outcome),
        duration_seconds: call.duration_seconds,
        from: call.from.clone(),
        summary: call.summary.clone(),
        recording_url: call.recording_url.clone(),
        collected: call.collected.clone(),
    });
}

/// The outcome's lead with the deferred edits that followed it.
fn latest(state: &State, done: Done) -> Done {
    let lead = state.leads.get(&done.lead.id).map_or(done.lead, Arc::clone);
    Done {
        lead,
        effect: done.effect,
    }
}
