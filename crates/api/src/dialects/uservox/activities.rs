//! The activities of a lead: its calls, newest first. No page of the vendor shows one in this answer; theirs have the form
//! of the webhook's `activity`, as far as the call log knows it.

use app::{CallRecord, Context};
use domain::limits::ACTIVITIES_MAX;
use domain::listing::{CallFilter, CallPage, CallState};
use domain::status::DialStatus;
use domain::{IdKind, Lead};

use super::{convert, wire};
use crate::failure::Failure;
use crate::{Api, views};

pub(super) async fn of(
    api: &Api,
    context: &Context,
    lead: &Lead,
) -> Result<Vec<wire::LoggedActivity>, Failure> {
    let filter = CallFilter {
        lead: Some(lead.id),
        ..CallFilter::default()
    };
    let page = CallPage {
        is_ascending: false,
        offset: 0,
        limit: ACTIVITIES_MAX,
    };
    let list = api.app().list_calls(context, filter, page).await?;
    Ok(list.calls.into_iter().map(activity).collect())
}

fn activity(call: CallRecord) -> wire::LoggedActivity {
    let (status, outcome) = match call.state() {
        CallState::Active => ("in_progress", None),
        CallState::Expired => ("failed", None),
        CallState::Ended(outcome) => ("success", Some(outcome)),
    };
    wire::LoggedActivity {
        activity_id: views::object_id(IdKind::Call, call.lead_created_at, call.id.get()),
        kind: "call",
        status,
        scheduled_at: call.started_at.as_millis(),
        result: outcome.map(|outcome| wire::LoggedResult {
            success: true,
            connected: convert::is_connected(outcome),
            duration: call.duration_seconds,
            recording_url: call.recording_url,
            analysis: wire::LoggedAnalysis {
                success: outcome == DialStatus::Success,
                disposition_type: convert::disposition_type(outcome),
                summary: call.summary,
            },
        }),
    }
}
