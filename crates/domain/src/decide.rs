//! The decision: a command and the state it meets, to an outcome and what is to be stored.
//!
//! Pure, and atomic per command: everything that can refuse comes before the first write. `edit` applies
//! edits, `calls` holds the life of a claim, `jobs` the updates that run later.

mod calls;
mod edit;
mod jobs;

use std::sync::Arc;

use crate::command::{
    Action, Command, Deletion, Done, Effect, LeadRef, NewLead, Outcome, Scope, Update,
};
use crate::event::{Event, EventKind, Origin, diff};
use crate::fault::Rejection;
use crate::guard::Verdict;
use crate::ids::{CampaignId, LeadId, WorkspaceId};
use crate::lead::Lead;
use crate::limits::DEFERRED_EDITS_MAX;
use crate::state::{Content, CountKey, DeferredEdit, Delivery, State};
use crate::subscription::Topic;

/// Who asks, of which workspace, under which limits of the key.
struct Asker {
    workspace_id: WorkspaceId,
    origin: Origin,
    scope: Scope,
}

pub(crate) fn decide(state: &mut State, command: Command) -> Outcome {
    let Command {
        workspace_id,
        origin,
        scope,
        action,
    } = command;
    let asker = Asker {
        workspace_id,
        origin,
        scope,
    };
    match action {
        Action::Create(new) => create(state, asker, *new),
        Action::Update(update) => self::update(state, asker, *update),
        Action::Delete(deletion) => delete(state, asker, &deletion),
        Action::Claim(claiming) => calls::claim(state, asker, &claiming),
        Action::Start {
            lead,
            call,
            fence_token,
        } => calls::start(state, asker, lead, call, fence_token),
        Action::End(end) => calls::end(state, asker, *end),
        Action::Expire { lead, call } => calls::expire(state, asker, lead, call),
        Action::Queue(queued) => jobs::queue(state, asker, *queued),
        Action::RunJob { lead, job } => jobs::run(state, &asker, lead, job),
    }
}

fn create(state: &mut State, asker: Asker, new: NewLead) -> Outcome {
    let NewLead {
        id,
        edit,
        unique,
        vendor_id,
        contacts,
        is_repeatable,
    } = new;
    if is_repeatable && let Some(lead) = state.leads.get(&id) {
        return Ok(Done {
            lead: Arc::clone(lead),
            effect: Effect::Unchanged,
        });
    }
    let blank = Lead::blank(id, asker.workspace_id, state.now);
    let mut keys = Vec::with_capacity(unique.len());
    for unique in unique {
        let Some(key) = crate::state::unique_key(&edit, unique) else {
            continue;
        };
        if state.taken.contains(&(asker.workspace_id, key.clone())) {
            return Err(Rejection::Duplicate(unique));
        }
        keys.push((asker.workspace_id, key));
    }
    let mut lead = edit::apply(
        state,
        &asker.scope,
        &edit::placed(state, blank.clone(), &edit),
        edit,
    )?;
    lead.contacts = contacts;
    // Also a lead of no campaign: a key that is limited to some could never see it again.
    if !asker.scope.allows(lead.campaign_id) {
        return Err(Rejection::CampaignDenied);
    }
    state.taken.extend(keys);
    if let Some((dialect, text)) = vendor_id {
        state
            .writes
            .vendor_ids
            .push((asker.workspace_id, dialect, text, id));
    }
    state.writes.created.insert(id);
    Ok(record(
        state,
        asker.origin,
        EventKind::Created,
        &blank,
        lead,
    ))
}

/// The lead that the asker names, if it may see it, and in this campaign if it names one.
fn named(
    state: &State,
    asker: &Asker,
    reference: &LeadRef,
    in_campaign: Option<CampaignId>,
) -> Result<Arc<Lead>, Rejection> {
    state
        .resolve(asker.workspace_id, reference)
        .filter(|lead| asker.scope.allows(lead.campaign_id))
        .filter(|lead| in_campaign.is_none_or(|id| lead.campaign_id == Some(id)))
        .map(Arc::clone)
        .ok_or(Rejection::LeadNotFound)
}

fn update(state: &mut State, asker: Asker, update: Update) -> Outcome {
    let Update {
        lead: reference,
        in_campaign,
        edit,
        guard,
    } = update;
    let lead = named(state, &asker, &reference, in_campaign)?;
    match guard.check(&lead, state.now)? {
        Verdict::Apply => {
            let after = edit::apply(state, &asker.scope, &lead, edit)?;
            Ok(record(
                state,
                asker.origin,
                EventKind::Updated,
                &lead,
                after,
            ))
        }
        Verdict::Defer => defer(state, asker, lead, edit),
    }
}

/// Nobody finds a deleted lead any more. What waits for its call's end is dropped with it; a call under way may end.
fn delete(state: &mut State, asker: Asker, deletion: &Deletion) -> Outcome {
    let lead = named(state, &asker, &deletion.lead, deletion.in_campaign)?;
    let campaign = lead.campaign_id;
    let campaign = campaign.and_then(|id| state.campaigns.get(&(lead.workspace_id, id)));
    if deletion.needs_open_campaign && campaign.is_some_and(|campaign| campaign.state.is_over()) {
        return Err(Rejection::CampaignOver);
    }
    let mut after = Lead::clone(&lead);
    after.deleted_at = Some(state.now);
    Ok(record(
        state,
        asker.origin,
        EventKind::Deleted,
        &lead,
        after,
    ))
}

fn defer(state: &mut State, asker: Asker, lead: Arc<Lead>, edit: crate::edit::Edit) -> Outcome {
    // Refused now if it would be refused now: the caller is still there to hear it.
    edit::apply(state, &asker.scope, &lead, edit.clone())?;
    let waiting = state.deferred.entry(lead.id).or_default();
    if waiting.len() >= DEFERRED_EDITS_MAX {
        return Err(Rejection::TooManyWaiting);
    }
    let deferred = DeferredEdit {
        position: 0,
        workspace_id: asker.workspace_id,
        lead_id: lead.id,
        accepted_at: state.now,
        origin: asker.origin,
        edit,
    };
    waiting.push(deferred.clone());
    state.writes.deferred_added.push(deferred);
    Ok(Done {
        lead,
        effect: Effect::Deferred,
    })
}

/// Applies the edits that waited for this lead's call to end, each as an event of its own.
fn apply_deferred(state: &mut State, lead_id: LeadId) {
    let waiting = state.deferred.remove(&lead_id).unwrap_or_default();
    let Some(first) = waiting.first() else { return };
    state
        .writes
        .deferred_done
        .insert((first.workspace_id, lead_id));
    state
        .writes
        .deferred_added
        .retain(|added| added.lead_id != lead_id);
    for deferred in waiting {
        let lead = state.leads.get(&lead_id).map(Arc::clone);
        let Some(lead) = lead.filter(|lead| lead.deleted_at.is_none()) else {
            return;
        };
        let DeferredEdit { origin, edit, .. } = deferred;
        if let Ok(after) = edit::apply(state, &Scope::Workspace, &lead, edit) {
            record(state, origin, EventKind::Updated, &lead, after);
        } else {
            let mut after = Lead::clone(&lead);
            bump(state, &mut after);
            store(state, origin, EventKind::DeferredRefused, Vec::new(), after);
        }
    }
}

/// Stores the step from `before` to `after` as one event; nothing if nothing differs.
fn record(
    state: &mut State,
    origin: Origin,
    kind: EventKind,
    before: &Lead,
    mut after: Lead,
) -> Done {
    let changes = diff(before, &after);
    if changes.is_empty() && kind != EventKind::Created {
        let lead = state
            .leads
            .get(&before.id)
            .map_or_else(|| Arc::new(after), Arc::clone);
        return Done {
            lead,
            effect: Effect::Unchanged,
        };
    }
    bump(state, &mut after);
    note_indexes(state, before, &after);
    Done {
        lead: store(state, origin, kind, changes, after),
        effect: Effect::Changed,
    }
}

fn bump(state: &State, lead: &mut Lead) {
    lead.version += 1;
    lead.updated_at = state.now;
}

fn store(
    state: &mut State,
    origin: Origin,
    kind: EventKind,
    changes: Vec<crate::event::FieldChange>,
    after: Lead,
) -> Arc<Lead> {
    let (workspace_id, lead_id, version) = (after.workspace_id, after.id, after.version);
    let at = state.now;
    let event = Event {
        workspace_id,
        lead_id,
        version,
        kind,
        at,
        origin,
        changes,
    };
    announce(state, &event, after.campaign_id);
    state.writes.events.push(event);
    if !state.writes.created.contains(&lead_id) {
        state.writes.updated.insert(lead_id);
    }
    let after = Arc::new(after);
    state.leads.insert(lead_id, Arc::clone(&after));
    after
}

/// One delivery for each subscription that hears the event.
fn announce(state: &mut State, event: &Event, campaign: Option<CampaignId>) {
    let Some(audience) = state.audiences.get(&event.workspace_id) else {
        return;
    };
    let deliveries = audience
        .of_event(event, campaign)
        .into_iter()
        .map(|subscription_id| Delivery {
            workspace_id: event.workspace_id,
            subscription_id,
            lead_id: Some(event.lead_id),
            at: event.at,
            content: Content::Event {
                version: event.version,
                topic: Topic::Event(event.kind),
            },
        });
    state.writes.deliveries.extend(deliveries);
}

/// Says which indexed values of a stored lead changed, so that a store touches no other index.
fn note_indexes(state: &mut State, before: &Lead, after: &Lead) {
    note_lists(state, before, after);
    if state.writes.created.contains(&after.id) {
        return;
    }
    let is_reindexed = before.campaign_id != after.campaign_id
        || before.external_id != after.external_id
        || before.phone != after.phone
        || before.email != after.email
        || before.stage.kind != after.stage.kind
        || before.deleted_at != after.deleted_at;
    let is_redialled = before.dial_status != after.dial_status
        || before.next_attempt_at != after.next_attempt_at
        || before.claim != after.claim;
    if is_reindexed {
        state.writes.reindexed.insert(after.id);
    }
    if is_redialled {
        state.writes.redialled.insert(after.id);
    }
}

/// Says what lists have to know of a step.
fn note_lists(state: &mut State, before: &Lead, after: &Lead) {
    let is_searched = before.phone != after.phone
        || before.first_name != after.first_name
        || before.last_name != after.last_name
        || before.name != after.name
        || before.email != after.email
        || before.company_name != after.company_name
        || before.external_id != after.external_id
        || before.custom_fields != after.custom_fields
        || before.tags != after.tags
        || before.assigned_users != after.assigned_users
        || before.deleted_at != after.deleted_at;
    if is_searched {
        state.writes.searched.insert(after.id);
    }
    // A blank lead is counted nowhere.
    let was = CountKey::of(before).filter(|_| before.version > 0);
    let is = CountKey::of(after);
    if was == is {
        return;
    }
    for (key, step) in was
        .map(|key| (key, -1))
        .into_iter()
        .chain(is.map(|key| (key, 1)))
    {
        *state.writes.counts.entry(key).or_default() += step;
    }
}

#[cfg(test)]
mod tests;
