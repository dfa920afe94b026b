//! Assistants: Leadbook keeps none, and knows those that campaigns name.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::campaign::Campaign;
use domain::fault::{Fault, Reason};

use super::{ISO_TIME_FORMAT, integer, set};
use crate::dialects::autocalls::{quirks, wire};
use crate::extract::{Members, Null};

/// The assistant that an id names, as a campaign keeps it.
pub(in crate::dialects::autocalls) fn agent(id: u64) -> String {
    id.to_string()
}

/// The id in a body; 0, which no assistant has, if it is faulty.
pub(super) fn assistant(members: &mut Members) -> u64 {
    let name = wire::ASSISTANT_ID;
    let id = integer(members, name, Null::Absent);
    if id.is_none() && !members.has_fault(name) {
        members.fault(name, Reason::Required);
    }
    id.unwrap_or_default()
}

/// What is to be told where: the assistant's id and the URL.
pub(in crate::dialects::autocalls) fn enabling(mut members: Members) -> (u64, String, Vec<Fault>) {
    let id = assistant(&mut members);
    let name = wire::WEBHOOK_URL;
    let url = set(members.text(name, Null::Absent)).filter(|url| !url.is_empty());
    if url.is_none() && !members.has_fault(name) {
        members.fault(name, Reason::Required);
    }
    (id, url.unwrap_or_default(), members.into_faults())
}

/// Whose webhook is to go.
pub(in crate::dialects::autocalls) fn disabling(mut members: Members) -> (u64, Vec<Fault>) {
    (assistant(&mut members), members.into_faults())
}

/// The assistants that campaigns name by a number, in the order of their ids: each as old as its first campaign.
pub(in crate::dialects::autocalls) fn assistants(campaigns: &[Campaign]) -> Vec<wire::Assistant> {
    let mut spans: BTreeMap<u64, (Timestamp, Timestamp)> = BTreeMap::new();
    for campaign in campaigns {
        let named = campaign.agent.as_ref().and_then(|text| text.parse().ok());
        let Some(id) = named.filter(|id| Some(agent(*id)) == campaign.agent) else {
            continue;
        };
        let (created_at, updated_at) = (campaign.created_at, campaign.updated_at);
        let span = spans.entry(id).or_insert((created_at, updated_at));
        *span = (span.0.min(created_at), span.1.max(updated_at));
    }
    let shown = |(id, (created_at, updated_at)): (u64, (Timestamp, Timestamp))| wire::Assistant {
        id,
        name: agent(id),
        kind: quirks::OUTBOUND,
        status: "active",
        variables: [],
        created_at: created_at.format(ISO_TIME_FORMAT),
        updated_at: updated_at.format(ISO_TIME_FORMAT),
    };
    spans.into_iter().map(shown).collect()
}
