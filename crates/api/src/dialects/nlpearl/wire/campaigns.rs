//! Pearls, what goes on in them, and the account that has them.

use serde::Serialize;

/// A pearl in the list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct PearlItem<'a> {
    pub(in super::super) id: String,
    pub(in super::super) name: &'a str,
    pub(in super::super) created_at: String,
    pub(in super::super) r#type: u8,
    pub(in super::super) status: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Pearl<'a> {
    pub(in super::super) id: String,
    pub(in super::super) name: &'a str,
    pub(in super::super) r#type: u8,
    pub(in super::super) status: u8,
    pub(in super::super) phone_number: (),
    pub(in super::super) total_agents: u32,
    pub(in super::super) created: String,
    pub(in super::super) budget_consumed: u8,
    pub(in super::super) total_today_calls: u64,
    pub(in super::super) total_ongoing_calls: u64,
    pub(in super::super) total_on_queue: (),
    pub(in super::super) total_leads: u64,
    pub(in super::super) total_leads_completed: u64,
    pub(in super::super) total_leads_success: u64,
    pub(in super::super) budget_total: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct OngoingCalls {
    pub(in super::super) total_ongoing_calls: u64,
    pub(in super::super) total_on_queue: (),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Account<'a> {
    pub(in super::super) name: &'a str,
    pub(in super::super) total_agents: u64,
    pub(in super::super) credit_balance: u32,
    pub(in super::super) status: u8,
}
