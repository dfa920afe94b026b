//! The routes of Autocalls.

use serde_json::{Value, json};

use super::names::ENDPOINT;
use super::{Route, creating, reading, updating};
use crate::writers::Words;

const A: Words = Words::Autocalls;

/// What deletes comes last.
pub(super) fn all() -> Vec<Route> {
    [leads(), campaigns(), calls(), assistants(), deleting()].concat()
}

fn leads() -> Vec<Route> {
    let update = json!({
        "campaign_id": "#campaign", "phone_number": "+12025550123", "status": "created",
        "variables": {"company": "Acme", "n": 1},
    });
    let create = json!({
        "campaign_id": "#campaign", "phone_number": "+12025550123", "variables": {"a": "b"},
        "allow_dupplicate": true,
        "secondary_contacts": [{"phone_number": "+12025550124", "variables": {"name": "Ann"}}],
    });
    vec![
        updating(A, "PUT", "/api/user/leads/{lead}", update.clone()),
        updating(A, "PATCH", "/api/user/leads/{lead}", update.clone()),
        updating(A, "PUT", "/api/leads/{lead}", update.clone()),
        updating(A, "PATCH", "/api/leads/{lead}", update),
        creating(A, "POST", "/api/user/lead", create),
        reading(A, "/api/user/leads/{lead}"),
        reading(A, "/api/leads/{lead}"),
        listing("/api/user/leads"),
        listing(
            "/api/user/leads?status=created&campaign_id=~campaign&phone_number=%2B1202&date_from=2026-01-01\
             &date_to=2099-01-01&per_page=50&page=1",
        ),
    ]
}

/// A key that is limited to campaigns sees its own.
fn listing(template: &'static str) -> Route {
    Route {
        names_a_lead: false,
        ..reading(A, template)
    }
}

fn campaigns() -> Vec<Route> {
    let create = json!({
        "name": "Spring", "assistant_id": 9, "timezone": "America/New_York",
        "max_calls_in_parallel": 2, "allowed_hours_start_time": "09:00",
        "allowed_hours_end_time": "17:00", "allowed_days": ["monday", "friday"], "max_retries": 2,
        "retry_interval": 30, "retry_on_voicemail": true, "retry_on_goal_incomplete": false,
        "goal_completion_variable": "goal", "mark_complete_when_no_leads": false,
        "phone_number_ids": [1, 2],
    });
    let start = json!({"campaign_id": "#campaign", "action": "start"});
    vec![
        listing("/api/user/campaigns"),
        of_all_campaigns("/api/user/campaign", create.clone()),
        of_all_campaigns("/api/user/campaigns", create),
        creating(
            A,
            "POST",
            "/api/user/campaigns/update-status",
            start.clone(),
        ),
        creating(A, "POST", "/api/user/campaign/update-status", start),
    ]
}

/// What a key that is limited to campaigns may not do.
fn of_all_campaigns(template: &'static str, body: Value) -> Route {
    Route {
        is_for_all_campaigns: true,
        ..creating(A, "POST", template, body)
    }
}

fn calls() -> Vec<Route> {
    vec![
        listing("/api/user/calls"),
        listing(
            "/api/user/calls?status=in-progress&type=outbound&phone_number=1202&assistant_id=~assistant\
             &campaign_id=~campaign&date_from=2026-01-01&date_to=2099-01-01&per_page=50&page=1",
        ),
        reading(A, "/api/user/calls/{call}"),
    ]
}

fn assistants() -> Vec<Route> {
    let enable = json!({"assistant_id": "#assistant", "webhook_url": ENDPOINT});
    vec![
        listing("/api/user/me"),
        listing("/api/user/assistants"),
        listing("/api/user/assistants/get?per_page=50&page=1"),
        listing("/api/user/assistants/outbound"),
        of_all_campaigns("/api/user/assistants/enable-webhook", enable),
        of_all_campaigns(
            "/api/user/assistants/disable-webhook",
            json!({"assistant_id": "#assistant"}),
        ),
    ]
}

fn deleting() -> Vec<Route> {
    let delete = |template| Route {
        body: None,
        ..updating(A, "DELETE", template, Value::Null)
    };
    vec![
        delete("/api/user/leads/{doomed_lead_autocalls}"),
        delete("/api/user/calls/{doomed_call_autocalls}"),
        delete("/api/user/campaign/{doomed_campaign_autocalls}"),
    ]
}
