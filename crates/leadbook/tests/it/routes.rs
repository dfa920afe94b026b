//! Every route of every dialect, with a request that it serves, and the shape of that vendor's refusals.
//!
//! The tables of bad input, of keys and of tenancy walk this one. A route that is not here is found by none of
//! them: add it when a dialect gets one.

mod autocalls;
mod dialnexa;
mod events;
mod journeybee;
mod names;
mod nlpearl;
mod pages;

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::http::{Answer, Connection, Request};
use crate::writers::Words;

pub(crate) use events::{WEBHOOK_SECRET, WEBHOOK_TOKEN};
pub(crate) use names::{DELETING, Names, WEBHOOKS_ALLOWED};
pub(crate) use pages::PAGES;

/// What a route does with a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// A route with a request that succeeds.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) dialect: Words,
    pub(crate) method: &'static str,
    /// What names something of the workspace has its place in braces, as in [`Names`].
    pub(crate) template: &'static str,
    /// A text is a form, for a route that takes no JSON.
    pub(crate) body: Option<Value>,
    pub(crate) access: Access,
    /// Whether it acts on a lead that is there already.
    pub(crate) names_a_lead: bool,
    /// Whether it concerns leads of all campaigns, so that a key limited to some may not use it.
    pub(crate) is_for_all_campaigns: bool,
}

impl Route {
    pub(crate) fn request(&self, names: &Names) -> Request {
        if let Some(Value::String(form)) = &self.body {
            let content_type = format!("multipart/form-data; boundary={}", dialnexa::BOUNDARY);
            return Request::new(self.method, &names.fill(self.template), None)
                .header("Content-Type", &content_type)
                .raw_body(form.as_bytes());
        }
        let body = self.body.as_ref().map(|body| {
            let text = names.fill(&body.to_string());
            serde_json::from_str(&text).expect("the table's bodies are JSON")
        });
        Request::new(self.method, &names.fill(self.template), body.as_ref())
    }

    /// Whether what it is asked only filters what it answers.
    pub(crate) fn is_list(&self) -> bool {
        let is_search = self.access == Access::Read && self.body.is_some();
        // UserVox names the one lead that it reads in the query.
        let is_one = self.template.starts_with("/api/v1/leads/get?");
        is_search || self.is_for_all_campaigns || (self.template.contains('?') && !is_one)
    }

    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }
}

fn reading(dialect: Words, template: &'static str) -> Route {
    Route {
        dialect,
        method: "GET",
        template,
        body: None,
        access: Access::Read,
        names_a_lead: true,
        is_for_all_campaigns: false,
    }
}

fn updating(dialect: Words, method: &'static str, template: &'static str, body: Value) -> Route {
    Route {
        dialect,
        method,
        template,
        body: Some(body),
        access: Access::Write,
        names_a_lead: true,
        is_for_all_campaigns: false,
    }
}

fn creating(dialect: Words, method: &'static str, template: &'static str, body: Value) -> Route {
    Route {
        names_a_lead: false,
        ..updating(dialect, method, template, body)
    }
}

/// All of them.
pub(crate) fn all() -> Vec<Route> {
    [
        native(),
        events::all(),
        calls(),
        autocalls::all(),
        nlpearl::all(),
        journeybee::all(),
        dialnexa::all(),
        uservox(),
    ]
    .concat()
}

/// Those of one dialect.
pub(crate) fn of(dialect: Words) -> Vec<Route> {
    all()
        .into_iter()
        .filter(|route| route.dialect == dialect)
        .collect()
}

fn native() -> Vec<Route> {
    let body = json!({
        "campaign_id": "#campaign", "external_id": "{external_id}", "phone": "+12025550123",
        "first_name": "Ada", "last_name": "Byron", "name": "Ada Byron", "email": "ada@example.com",
        "company_name": "Analytical", "time_zone": "Europe/London",
        "variables": {"plan": "trial", "deep": {"a": [1, 2.50, null]}},
        "collected": {"budget": 1e3}, "custom_fields": {"~field": {"number": 12.5}},
        "notes": "Called before.", "tags": ["#tag"], "assigned_users": {"add": ["#user"]},
        "dial_status": "new", "stage": "interested", "disposition": "hot",
        "next_attempt_at": "2026-01-31T09:00:00Z",
    });
    vec![
        creating(Words::Native, "POST", "/leadbook/v1/leads", body.clone()),
        updating(Words::Native, "PATCH", "/leadbook/v1/leads/{lead}", body),
        reading(Words::Native, "/leadbook/v1/leads/{lead}"),
        reading(Words::Native, "/leadbook/v1/leads/{lead}/history"),
        reading(Words::Native, "/leadbook/v1/leads/{lead}/notes"),
    ]
}

/// The dialer's side. `claim` comes last: what it takes, the others have no more.
fn calls() -> Vec<Route> {
    vec![
        reading(Words::Native, "/leadbook/v1/calls/{call}"),
        updating(
            Words::Native,
            "POST",
            "/leadbook/v1/calls/{call}/start",
            json!({"fence_token": "#fence_token"}),
        ),
        updating(
            Words::Native,
            "POST",
            "/leadbook/v1/calls/{call}/outcome",
            json!({
                "fence_token": "#fence_token", "outcome": "retry", "duration_seconds": 12,
                "from": "+12025550199", "summary": "Nobody there.",
                "recording_url": "https://example.com/1.mp3", "collected": {"mood": "good"},
                "next_attempt_at": "2026-01-31T09:00:00Z",
            }),
        ),
        creating(
            Words::Native,
            "POST",
            "/leadbook/v1/campaigns/{campaign}/claim",
            json!({"lease_seconds": 60, "reserve": true}),
        ),
    ]
}

fn uservox() -> Vec<Route> {
    let update = json!({
        "leadId": "{object_id}", "metadata": {"make": "Toyota"}, "name": "Maria Silva",
        "targetState": "interested", "disposition": "hot", "userId": "u-1",
    });
    let by_reference = json!({
        "referenceId": "{external_id}", "projectId": "{project}", "processId": "{pearl}",
        "make": "Toyota",
    });
    let u = Words::UserVox;
    vec![
        updating(u, "POST", "/api/v1/leads/update", update),
        updating(u, "POST", "/api/v1/leads/update", by_reference),
        updating(
            u,
            "POST",
            "/api/v1/leads/initiate",
            json!({"leadId": "{object_id}", "init": true}),
        ),
        creating(
            u,
            "POST",
            "/api/v1/leads/initiate",
            json!({
                "lead": {
                    "projectId": "{project}", "processId": "{pearl}", "groupId": "g",
                    "phone": "+12025550177", "name": "New Lead", "firstName": "New",
                    "lastName": "Lead", "metadata": {"make": "Toyota"},
                },
                "init": false,
            }),
        ),
        creating(
            u,
            "POST",
            "/api/v1/leads/bulk/initiate",
            json!({
                "leads": [{
                    "projectId": "{project}", "processId": "{pearl}", "phone": "+12025550178",
                    "name": "Row",
                }],
                "init": false,
            }),
        ),
        reading(u, "/api/v1/leads/get?leadId={object_id}"),
        reading(
            u,
            "/api/v1/leads/get?referenceId={external_id}&projectId={project}&processId={pearl}",
        ),
    ]
}

/// What is wrong with a refusal in that vendor's eyes; `None` if it has the vendor's shape.
pub(crate) fn misshapen(dialect: Words, answer: &Answer) -> Option<String> {
    let content_type = answer.header("content-type").unwrap_or_default();
    let expected = match dialect {
        Words::Native => "application/problem+json",
        Words::NlPearl => "application/json; charset=utf-8",
        Words::Autocalls | Words::JourneyBee | Words::DialNexa | Words::UserVox => {
            "application/json"
        }
    };
    if content_type != expected {
        return Some(format!("content type {content_type:?}"));
    }
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
        return Some("the body is not JSON".to_owned());
    };
    let status = json!(answer.status);
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    let is_texts = |value: &Value| {
        value
            .as_array()
            .is_some_and(|items| !items.is_empty() && items.iter().all(is_text))
    };
    let is_well = match dialect {
        Words::Native | Words::NlPearl => {
            is_text(&body["type"]) && is_text(&body["title"]) && body["status"] == status
        }
        Words::Autocalls => {
            let errors = body["errors"].as_object();
            is_text(&body["message"]) && errors.is_none_or(|errors| errors.values().all(is_texts))
        }
        Words::JourneyBee => is_text(&body["error"]),
        Words::DialNexa => {
            body["statusCode"] == status
                && is_text(&body["error"])
                && (is_text(&body["message"]) || is_texts(&body["message"]))
        }
        // The older of its two families has no `success`.
        Words::UserVox => {
            is_text(&body["error"]) && [Value::Null, Value::Bool(false)].contains(&body["success"])
        }
    };
    (!is_well).then(|| "not the vendor's shape".to_owned())
}

/// JourneyBee's deletion is answered with nothing: the one empty answer that a vendor documents.
pub(crate) const fn is_empty_success(answer: &Answer) -> bool {
    answer.status == 204 && answer.body.is_empty()
}

/// Sends bytes on a connection of their own, and waits for an answer or goes away. `None`: there was none.
pub(crate) fn send_raw(address: SocketAddr, bytes: &[u8], waits: bool) -> Option<Answer> {
    let mut connection = Connection::open(address).expect("the server listens");
    // The server may answer and close before it has read everything.
    let _ = connection.send(bytes);
    if !waits {
        let _ = connection.finish_sending();
    }
    connection.read(false).ok()
}
