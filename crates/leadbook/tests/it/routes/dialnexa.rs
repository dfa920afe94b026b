//! The routes of DialNexa.

use serde_json::{Value, json};

use super::names::ENDPOINT;
use super::{Route, creating, reading, updating};
use crate::writers::Words;

const D: Words = Words::DialNexa;

/// Between the parts of the form that an upload is.
pub(super) const BOUNDARY: &str = "leadbook-form";

/// What deletes comes last.
pub(super) fn all() -> Vec<Route> {
    [campaigns(), leads(), calls(), webhooks(), deleting()].concat()
}

fn campaigns() -> Vec<Route> {
    let create = json!({
        "name": "Spring offer", "agent_id": "agent_7", "from_phone_number": "+918045678900",
        "scheduled_at": "2026-03-01T09:00:00Z", "max_concurrent_calls": 5,
        "retry_config": {"max_retries": 2, "retry_interval_minutes": 30},
    });
    let update = json!({
        "name": "Spring offer", "agent_id": "agent_7", "max_concurrent_calls": 5,
        "retry_policy": {"max_retries": 2, "retry_interval_minutes": 30}, "status": "active",
    });
    let one = "/v1/campaigns/{dialnexa_campaign}";
    vec![
        for_all(creating(D, "POST", "/v1/campaigns", create)),
        listing("/v1/campaigns?page=1&limit=50"),
        reading(D, one),
        reading(D, "/v1/campaigns/{dialnexa_campaign}/status"),
        updating(D, "PATCH", one, update),
    ]
}

fn leads() -> Vec<Route> {
    let update = json!({
        "name": "Ravi Kumar", "phone_number": "+919876543210", "metadata": {"product": "home_loan"},
        "notes": "Prefers mornings.",
    });
    let generated = json!({
        "name": "Ravi Kumar", "phoneNumber": "9876543210", "countryCode": "+91",
        "notes": {"product": "home_loan"},
    });
    let create = json!({
        "name": "Ravi Kumar", "phoneNumber": "9876543210", "countryCode": "+91",
        "campaignId": "{dialnexa_campaign}", "notes": {"product": "home_loan"},
    });
    let file = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"leads.csv\"\r\n\r\n\
         phone_number,product\r\n+919876543210,loan\r\n\r\n--{BOUNDARY}--\r\n"
    );
    let upload = "/v1/campaigns-leads/upload-file/{dialnexa_campaign}";
    vec![
        updating(D, "PATCH", "/v1/campaigns-leads/{dialnexa}", update),
        updating(D, "PATCH", "/v1/campaigns-leads/{dialnexa}", generated),
        creating(D, "POST", "/v1/campaigns-leads", create),
        creating(D, "POST", upload, Value::String(file)),
        reading(D, "/v1/campaigns-leads/{dialnexa}"),
        reading(
            D,
            "/v1/campaigns-leads?campaign_id={dialnexa_campaign}&status=pending&page=1&limit=50",
        ),
    ]
}

fn calls() -> Vec<Route> {
    vec![
        listing(
            "/v1/call-logs?agent_id=agent_7&status=initiated&sentiment=positive&start_date=2026-01-01\
             &end_date=2099-01-31&duration_min=0&duration_max=9&created_at=asc&page=1&limit=50",
        ),
        reading(D, "/v1/call-logs?campaign_id={dialnexa_campaign}"),
        reading(D, "/v1/call-logs/campaign/{dialnexa_campaign}"),
        reading(D, "/v1/call-logs/{dialnexa_call}"),
    ]
}

fn webhooks() -> Vec<Route> {
    let webhook = json!({
        "url": ENDPOINT, "events": ["call_ended", "call.completed"], "secret": "not-a-secret",
    });
    vec![
        for_all(creating(D, "POST", "/v1/user-webhooks", webhook)),
        for_all(listing("/v1/user-webhooks?page=1&limit=50")),
        for_all(listing("/v1/user-webhooks/{dialnexa_webhook}")),
        // Without `expire_now`: the key that asks is needed again.
        creating(D, "POST", "/v1/api-keys", json!({"name": "CI"})),
    ]
}

fn deleting() -> Vec<Route> {
    let deleting = |template| Route {
        body: None,
        ..updating(D, "DELETE", template, Value::Null)
    };
    let webhook = Route {
        names_a_lead: false,
        ..deleting("/v1/user-webhooks/{doomed_webhook}")
    };
    vec![
        for_all(webhook),
        deleting("/v1/campaigns-leads/{doomed_lead_dialnexa}"),
    ]
}

fn listing(template: &'static str) -> Route {
    Route {
        names_a_lead: false,
        ..reading(D, template)
    }
}

fn for_all(route: Route) -> Route {
    Route {
        is_for_all_campaigns: true,
        ..route
    }
}
