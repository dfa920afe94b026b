//! The routes that tell of events: subscriptions, deliveries, the change feed.

use serde_json::{Value, json};

use super::names::{ENDPOINT, SUBSCRIPTIONS};
use super::{Access, Route};
use crate::writers::Words;

/// What the table's subscriptions sign with, and how they identify themselves. Neither may be found anywhere.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(crate) const WEBHOOK_TOKEN: &str = "a-token-that-an-endpoint-asks-for";

pub(super) fn all() -> Vec<Route> {
    [subscriptions(), deliveries(), feed()].concat()
}

/// Of our own API, about the leads of all campaigns.
fn telling(method: &'static str, template: &'static str, body: Option<Value>) -> Route {
    Route {
        dialect: Words::Native,
        method,
        template,
        body,
        access: if method == "GET" {
            Access::Read
        } else {
            Access::Write
        },
        names_a_lead: false,
        is_for_all_campaigns: true,
    }
}

/// What deletes comes after what needs what it deletes.
fn subscriptions() -> Vec<Route> {
    let edit = json!({
        "url": ENDPOINT, "description": "CRM", "topics": ["lead.created", "update.finished"],
        "campaigns": ["#campaign"], "fields": ["phone", "dial_status"], "dialects": ["autocalls"],
        "except_sources": ["crm"], "at_once_max": 2, "per_second_max": 10, "is_enabled": true,
        "auth": {"kind": "header", "name": "X-Token", "value": WEBHOOK_TOKEN},
    });
    let mut new = edit.clone();
    let members = new.as_object_mut().expect("an object");
    members.remove("is_enabled");
    members.insert("format".to_owned(), json!("standard"));
    members.insert("secret".to_owned(), json!(WEBHOOK_SECRET));
    members.insert(
        "auth".to_owned(),
        json!({"kind": "bearer", "token": WEBHOOK_TOKEN}),
    );
    let secret = json!({"secret": WEBHOOK_SECRET});
    let one = "/leadbook/v1/subscriptions/{subscription}";
    vec![
        telling("POST", SUBSCRIPTIONS, Some(new)),
        telling("GET", SUBSCRIPTIONS, None),
        telling("PATCH", one, Some(edit)),
        telling("GET", one, None),
        telling(
            "POST",
            "/leadbook/v1/subscriptions/{subscription}/secrets",
            Some(secret),
        ),
        telling(
            "DELETE",
            "/leadbook/v1/subscriptions/{subscription}/secrets/{secret}",
            None,
        ),
        telling(
            "POST",
            "/leadbook/v1/subscriptions/{subscription}/test",
            None,
        ),
        telling(
            "GET",
            "/leadbook/v1/subscriptions/{subscription}/attempts?limit=5",
            None,
        ),
        telling("DELETE", "/leadbook/v1/subscriptions/{doomed}", None),
    ]
}

fn deliveries() -> Vec<Route> {
    let filter = json!({
        "subscription_id": "#subscription", "lead_id": "#lead", "from": "2026-01-01T00:00:00Z",
        "until": "2099-01-01T00:00:00Z",
    });
    vec![
        telling(
            "GET",
            "/leadbook/v1/deliveries?subscription_id=~subscription&lead_id=~lead&limit=5",
            None,
        ),
        telling(
            "GET",
            "/leadbook/v1/deliveries/{delivery}/attempts?limit=5",
            None,
        ),
        telling(
            "GET",
            "/leadbook/v1/dead-letters?subscription_id=~subscription&from=2026-01-01T00:00:00Z",
            None,
        ),
        telling("POST", "/leadbook/v1/dead-letters/{delivery}/replay", None),
        telling("POST", "/leadbook/v1/dead-letters/replay", Some(filter)),
    ]
}

fn feed() -> Vec<Route> {
    vec![
        telling(
            "GET",
            "/leadbook/v1/events?after=0&limit=5&wait_seconds=1",
            None,
        ),
        telling("GET", "/leadbook/v1/events/stream?after=0", None),
    ]
}
