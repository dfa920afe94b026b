//! The routes of JourneyBee.

use serde_json::{Value, json};

use super::{Route, creating, reading, updating};
use crate::writers::Words;

/// What deletes comes last.
pub(super) fn all() -> Vec<Route> {
    [leads(), notes(), definitions(), vec![deleting()]].concat()
}

fn leads() -> Vec<Route> {
    let update = json!({
        "company_name": "TechCorp", "email": "lead@techcorp.example",
        "phone_number": "+1-202-555-0125", "first_name": "Grace", "last_name": "Hopper",
        "status": "contacted", "assignedUsers": ["#user"], "tags": ["#tag"],
        "customFields": [{"customFieldId": "#field", "type": "number", "value": {"number": 150_000}}],
    });
    let create = json!({
        "associationType": "campaigns", "company_name": "TechCorp",
        "email": "lead@techcorp.example", "phone_number": "+12025550125", "first_name": "Grace",
        "last_name": "Hopper", "source": "manual", "companyCampaignId": "#campaign",
        "tags": ["#tag"],
        "customFields": [{"customFieldId": "#field", "type": "number", "value": {"number": 1}}],
    });
    let j = Words::JourneyBee;
    vec![
        updating(j, "PATCH", "/api/v1/leads/{lead}", update),
        creating(j, "POST", "/api/v1/leads", create),
        reading(j, "/api/v1/leads/{lead}"),
        reading(j, "/api/v1/companies/{workspace}/leads/{lead}"),
        listing("/api/v1/leads?userId={user}"),
        listing(
            "/api/v1/leads?userId={user}&tags=~tag&users=~user&status=contacted&search=tech&assigned=1\
             &view=campaigns&limit=50&cursor=2099-01-01T00:00:00Z",
        ),
        listing(
            "/api/v1/leads?userId={user}&sort=%5B%7B%22type%22%3A%22status%22%7D%5D&page=1&pageSize=50",
        ),
    ]
}

/// Of leads or definitions; a key that is limited to campaigns sees its own, and all definitions.
fn listing(template: &'static str) -> Route {
    Route {
        names_a_lead: false,
        ..reading(Words::JourneyBee, template)
    }
}

fn notes() -> Vec<Route> {
    let note = json!({
        "document": {"type": "doc", "content": [{"type": "paragraph"}]},
        "attachments": ["b3b8fd1e-5c5c-4a3c-9f3c-0123456789ab"], "mentions": ["#user"],
    });
    let j = Words::JourneyBee;
    let of_lead = "/api/v1/leads/{lead}/notes";
    vec![
        updating(j, "POST", of_lead, note.clone()),
        reading(j, of_lead),
        updating(j, "PATCH", "/api/v1/leads/{lead}/notes/{note}", note),
    ]
}

fn definitions() -> Vec<Route> {
    let tag = json!({
        "label": "Regular", "association": "lead", "background_color": "#0A7F4F",
        "text_color": "#FFFFFF", "partner_type": "referral",
    });
    let field = json!({
        "label": "Order size", "type": "select", "category": "lead_deal", "partner_type": "reseller",
        "required": true, "shared": false, "options": [{"label": "Small"}, {"label": "Large"}],
    });
    vec![
        listing("/api/v1/tags"),
        listing("/api/v1/tags?association=lead&partner_type=referral"),
        defining("/api/v1/tags", tag),
        listing("/api/v1/custom-fields"),
        listing("/api/v1/custom-fields?category=lead&partner_type=referral"),
        defining("/api/v1/custom-fields", field),
        listing("/api/v1/users?indirect=1"),
    ]
}

/// What every campaign's leads can have.
fn defining(template: &'static str, body: Value) -> Route {
    Route {
        is_for_all_campaigns: true,
        ..creating(Words::JourneyBee, "POST", template, body)
    }
}

fn deleting() -> Route {
    Route {
        body: None,
        ..updating(
            Words::JourneyBee,
            "DELETE",
            "/api/v1/leads/{doomed_lead_journeybee}",
            Value::Null,
        )
    }
}
