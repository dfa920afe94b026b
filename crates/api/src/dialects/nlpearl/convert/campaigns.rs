//! Campaigns as pearls, which in v1 are outbounds.

use app::LeadCounts;
use domain::campaign::{Campaign, CampaignState};
use domain::status::DialStatus;

use super::super::wire;
use super::pearl_id;
use super::settings::budget_total;

/// `2 - Outbound`; there are no inbound ones.
const OUTBOUND: u8 = 2;

/// What goes on in a pearl.
pub(in super::super) struct PearlCounts {
    pub(in super::super) leads: LeadCounts,
    pub(in super::super) today_calls: u64,
    pub(in super::super) ongoing_calls: u64,
}

/// The activity state. What is over cannot be run again by its owner, which is what the vendor calls suspended.
pub(in super::super) const fn activity(state: CampaignState) -> u8 {
    match state {
        CampaignState::Running => 1,
        CampaignState::Draft | CampaignState::Paused => 2,
        CampaignState::Completed | CampaignState::Cancelled | CampaignState::Deleted => 3,
    }
}

pub(in super::super) fn pearl_item(pearl: &Campaign) -> wire::PearlItem<'_> {
    wire::PearlItem {
        id: pearl_id(pearl),
        name: &pearl.name,
        created_at: pearl.created_at.to_rfc3339_millis(),
        r#type: OUTBOUND,
        status: activity(pearl.state),
    }
}

/// The number that is shown, budgets and agents are the dialer's; the queue is an inbound pearl's.
pub(in super::super) fn pearl<'a>(pearl: &'a Campaign, counts: &PearlCounts) -> wire::Pearl<'a> {
    let PearlCounts {
        leads,
        today_calls,
        ongoing_calls,
    } = counts;
    let done = [
        DialStatus::Success,
        DialStatus::NotSuccessful,
        DialStatus::Completed,
    ];
    wire::Pearl {
        id: pearl_id(pearl),
        name: &pearl.name,
        r#type: OUTBOUND,
        status: activity(pearl.state),
        phone_number: (),
        total_agents: total_agents(pearl),
        created: pearl.created_at.to_rfc3339_millis(),
        budget_consumed: 0,
        total_today_calls: *today_calls,
        total_ongoing_calls: *ongoing_calls,
        total_on_queue: (),
        total_leads: leads.all(),
        total_leads_completed: done.into_iter().map(|status| leads.of(status)).sum(),
        total_leads_success: leads.of(DialStatus::Success),
        budget_total: budget_total(pearl),
    }
}

pub(in super::super) fn total_agents(pearl: &Campaign) -> u32 {
    pearl.dialing.at_once_max.unwrap_or(0)
}
