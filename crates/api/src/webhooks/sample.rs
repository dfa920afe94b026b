//! What a test tells in a vendor's format: our own has a message for tests, a vendor's has not.
//!
//! The lead is made up, and says so in every place that a format shows. Its ids are the largest there are, which no real
//! lead will have.

use app::{DueDelivery, News};
use domain::event::{Actor, Dialect, Event, EventKind, FieldChange, Origin};
use domain::ids::ID_END;
use domain::lead::{CallSummary, LeadField};
use domain::object::Object;
use domain::phone::{Phone, Separators};
use domain::state::JobResult;
use domain::status::DialStatus;
use domain::subscription::Format;
use domain::{CallId, JobId, Lead, LeadId, WorkspaceId};
use serde_json::json;

/// What the made-up lead is called.
const NAME: &str = "leadbook-test";

/// The news to tell instead; `None` if there is real news, or the format can say that this is a test.
pub(super) fn instead_of_test(due: &DueDelivery, format: Format) -> Option<News> {
    if due.news != News::Test {
        return None;
    }
    match format {
        Format::Standard => None,
        Format::UserVox => Some(News::Result(result(due))),
        Format::JourneyBee => Some(event(due, EventKind::Created)),
        Format::Autocalls | Format::NlPearlLead | Format::NlPearlCall | Format::DialNexa => {
            Some(event(due, EventKind::CallEnded))
        }
    }
}

fn result(due: &DueDelivery) -> JobResult {
    JobResult {
        job_id: JobId::new(ID_END - 1).expect("the largest id"),
        accepted_at: due.at,
        finished_at: due.at,
        lead_id: lead_id(),
        lead_created_at: due.at,
        external_id: Some(NAME.to_owned()),
        result: Ok(marked()),
    }
}

fn event(due: &DueDelivery, kind: EventKind) -> News {
    let workspace_id = due.key.workspace_id;
    let lead = lead(due, workspace_id);
    let event = Event {
        lead_id: lead.id,
        workspace_id,
        version: lead.version,
        kind,
        at: due.at,
        origin: Origin {
            actor: Actor::System,
            dialect: Dialect::Leadbook,
            request_id: NAME.to_owned(),
            on_behalf_of: None,
            source: None,
        },
        changes: vec![FieldChange {
            field: LeadField::DialStatus,
            key: None,
            before: Some(json!(DialStatus::OnCall.name())),
            after: Some(json!(lead.dial_status.name())),
        }],
    };
    News::Event {
        event: Box::new(event),
        lead: Box::new(lead),
    }
}

fn lead(due: &DueDelivery, workspace_id: WorkspaceId) -> Lead {
    let call_id = CallId::new(ID_END - 1).expect("the largest id");
    let summary = "This is a test of Leadbook; nobody was called.".to_owned();
    Lead {
        version: 3,
        external_id: Some(NAME.to_owned()),
        // 555-0100 to 555-0199 are nobody's.
        phone: Phone::international("+12025550100", Separators::Refused).ok(),
        name: Some(NAME.to_owned()),
        variables: marked(),
        dial_status: DialStatus::Completed,
        attempts: 1,
        last_call: Some(CallSummary {
            call_id,
            started_at: due.at,
            ended_at: due.at,
            outcome: DialStatus::Completed,
            duration_seconds: Some(0),
            from: None,
            summary: Some(summary),
            recording_url: None,
            collected: Object::default(),
        }),
        call_ids: vec![call_id],
        ..Lead::blank(lead_id(), workspace_id, due.at)
    }
}

fn lead_id() -> LeadId {
    LeadId::new(ID_END - 1).expect("the largest id")
}

fn marked() -> Object {
    Object::new([(NAME.to_owned(), json!("true"))].into_iter().collect())
}
