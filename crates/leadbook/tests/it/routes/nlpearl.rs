//! NLPearl's routes, in both versions.

use serde_json::{Value, json};

use super::{Access, Route, creating, reading, updating};
use crate::writers::Words;

const N: Words = Words::NlPearl;

pub(super) fn all() -> Vec<Route> {
    [leads(), many_leads(), pearls(), calls()].concat()
}

/// A question that is asked with a body. It names a pearl, without which there is no answer.
fn asking(template: &'static str, body: Value) -> Route {
    Route {
        access: Access::Read,
        ..updating(N, "POST", template, body)
    }
}

/// A question about the whole account.
fn reading_all(template: &'static str) -> Route {
    Route {
        names_a_lead: false,
        ..reading(N, template)
    }
}

fn leads() -> Vec<Route> {
    let update = json!({
        "externalId": "{external_id}", "timeZoneId": "Romance Standard Time",
        "phoneNumber": "+12025550123", "status": 1, "callData": {"first": "Joe"},
    });
    let add = json!({
        "externalId": "{external_id}", "timeZoneId": "Pacific Standard Time",
        "phoneNumber": "+12025550124", "callData": {"first": "Joe"},
    });
    vec![
        updating(
            N,
            "PUT",
            "/v2/Outbound/{pearl}/Lead/{object_id}",
            update.clone(),
        ),
        updating(N, "PUT", "/v1/Outbound/{pearl}/Lead/{object_id}", update),
        creating(N, "POST", "/v2/Outbound/{pearl}/Lead", add.clone()),
        creating(N, "PUT", "/v1/Outbound/{pearl}/Lead", add),
        reading(N, "/v2/Outbound/{pearl}/Lead/{object_id}"),
        reading(N, "/v1/Outbound/{pearl}/Lead/{object_id}"),
        reading(N, "/v2/Outbound/{pearl}/Lead/External/{external_id}"),
        reading(N, "/v1/Outbound/{pearl}/Lead/External/{external_id}"),
        reading(N, "/v1/Outbound/{pearl}/Lead/Extrenal/{external_id}"),
        reading(N, "/v2/Outbound/{pearl}/Lead/PhoneNumber/+12025550123"),
        reading(N, "/v1/Outbound/{pearl}/Lead/PhoneNumber/%2B12025550123"),
    ]
}

fn many_leads() -> Vec<Route> {
    let search = json!({
        "skip": 0, "limit": 10, "sortProp": "created", "isAscending": false,
        "statuses": [1, 10], "searchInput": "2025550",
    });
    let add = json!({"leads": [
        {"phoneNumber": "+12025550125", "callData": {"first": "Joe"}},
        {"phoneNumber": "+12025550126", "timeZoneId": "Pacific Standard Time"},
    ]});
    let ids = json!({"leadIds": ["{doomed_lead_nlpearl}"]});
    let external_ids = json!({"leadExternalIds": ["nobody's"]});
    vec![
        asking("/v2/Outbound/{pearl}/Leads", search.clone()),
        asking("/v1/Outbound/{pearl}/Leads", search),
        creating(N, "POST", "/v2/Outbound/{pearl}/Leads/Add", add),
        updating(N, "DELETE", "/v2/Outbound/{pearl}/Leads", ids.clone()),
        updating(N, "DELETE", "/v1/Outbound/{pearl}/Leads", ids),
        updating(
            N,
            "DELETE",
            "/v2/Outbound/{pearl}/Leads/External",
            external_ids.clone(),
        ),
        updating(
            N,
            "DELETE",
            "/v1/Outbound/{pearl}/Leads/External",
            external_ids,
        ),
    ]
}

fn pearls() -> Vec<Route> {
    let active = json!({"isActive": true});
    let settings = json!({
        "phoneNumberId": "pn", "totalAgents": 2, "recordingTrack": 3, "transcriptOptions": 1,
        "isStopRecordingAfterTransferCall": true, "budgetTotal": 100, "ringDuration": 30,
        "timeZone": "Romance Standard Time", "maximumCallAttempts": 5,
        "minimumRetryIntervalHours": 2, "callTimeout": 20, "voiceMail": "Bye.",
        "callingHours": [{"day": 1, "start": "00:00", "end": "24:00"}],
        // With a URL the key must see all campaigns.
        "callWebhookUrl": null, "leadWebhookUrl": null,
    });
    let template = "/v2/Pearl/{pearl}/Settings/Outbound";
    vec![
        reading_all("/v2/Pearl"),
        reading_all("/v1/Outbound"),
        reading(N, "/v2/Pearl/{pearl}"),
        reading(N, "/v1/Outbound/{pearl}"),
        reading(N, "/v2/Pearl/{pearl}/OngoingCalls"),
        updating(N, "PUT", "/v2/Pearl/{pearl}/Active", active.clone()),
        updating(N, "POST", "/v1/Outbound/{pearl}/Active", active),
        updating(N, "PUT", template, settings),
        reading_all("/v2/Account"),
        reading_all("/v1/Account"),
    ]
}

fn calls() -> Vec<Route> {
    let search = json!({
        "skip": 0, "limit": 10, "sortProp": "startTime", "isAscending": true, "tags": [],
        "statuses": [40, 100], "searchInput": "+1202",
        "fromDate": "2020-01-01T00:00:00Z", "toDate": "2099-12-31T23:59:59Z",
    });
    let ids = json!({"callIds": ["{call_object_id}"]});
    vec![
        asking("/v2/Pearl/{pearl}/Calls", search.clone()),
        asking("/v1/Outbound/{pearl}/Calls", search),
        reading(N, "/v2/Call/{call_object_id}"),
        reading(N, "/v1/Call/{call_object_id}"),
        // A call under way stays, so that the other routes still find it.
        creating(N, "DELETE", "/v2/Call", ids.clone()),
        creating(N, "DELETE", "/v1/Call", ids),
    ]
}
