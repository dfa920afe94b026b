//! The call log to DialNexa's words, and the filters of its list.

use app::CallRecord;
use domain::Timestamp;
use domain::fault::Reason;
use domain::listing::{CallFilter, CallState};
use domain::status::DialStatus;

use super::super::wire::calls as wire;
use super::campaign_code;
use crate::extract::Params;
use crate::views;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Every status of the vendor's call log; most of them have no meaning here and filter everything out.
const STATUSES: [&str; 11] = [
    "created",
    "initiated",
    "sent",
    "received",
    "completed",
    "did_not_pick",
    "busy",
    "no_answer",
    "failed",
    "cancelled",
    "retry_expired",
];

/// What a list of calls asks for, but for campaigns and agents, which are looked up.
pub(crate) struct Asked {
    pub(crate) filter: CallFilter,
    pub(crate) is_ascending: bool,
    pub(crate) campaign_id: Option<String>,
    pub(crate) agent_id: Option<String>,
    /// What is asked for is a value that no call here has.
    pub(crate) is_nothing: bool,
}

pub(crate) fn asked(params: &mut Params) -> Asked {
    let (states, has_no_state) = states(params);
    let filter = CallFilter {
        states,
        started_from: params.moment("start_date"),
        started_until: end_date(params),
        duration_seconds_min: seconds(params, "duration_min"),
        duration_seconds_max: seconds(params, "duration_max"),
        ..CallFilter::default()
    };
    Asked {
        filter,
        is_ascending: is_ascending(params),
        campaign_id: params.text("campaign_id"),
        agent_id: params.text("agent_id"),
        // Nobody judges sentiment here.
        is_nothing: has_no_state || params.text("sentiment").is_some(),
    }
}

/// The states that show as the wanted status, and whether it is one that nothing shows as.
fn states(params: &mut Params) -> (Vec<CallState>, bool) {
    let Some(wanted) = params.text("status") else {
        return (Vec::new(), false);
    };
    if !STATUSES.contains(&wanted.as_str()) {
        params.fault("status", Reason::NotAllowed);
    }
    let ended = DialStatus::ALL.into_iter().map(CallState::Ended);
    let all = [CallState::Active, CallState::Expired]
        .into_iter()
        .chain(ended);
    let states: Vec<_> = all.filter(|state| shown(*state).0 == wanted).collect();
    let has_none = states.is_empty();
    (states, has_none)
}

/// The last moment that is meant; a date means all of its day.
fn end_date(params: &mut Params) -> Option<Timestamp> {
    const DATE_CHARS: usize = "2026-01-31".len();
    let is_date = params.phone("end_date")?.len() == DATE_CHARS;
    let end = params.moment("end_date")?;
    Some(end.plus_millis(if is_date { DAY_MS } else { 1 }))
}

fn seconds(params: &mut Params, name: &str) -> Option<u32> {
    let seconds = params.integer_in(name, 0..=u64::from(u32::MAX))?;
    u32::try_from(seconds).ok()
}

/// Newest first, unless `created_at=asc`.
fn is_ascending(params: &mut Params) -> bool {
    match params.text("created_at").as_deref() {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(_) => {
            params.fault("created_at", Reason::NotAllowed);
            false
        }
    }
}

/// A call as the vendor's log shows it.
pub(crate) fn call_log<'a>(call: &'a CallRecord, agent: Option<&'a str>) -> wire::CallLog<'a> {
    let (status, end_reason) = shown(call.state());
    let code = views::code("log", call.id.get());
    wire::CallLog {
        id: code.clone(),
        call_id: code,
        agent_id: agent,
        campaign_id: campaign_code(call.campaign_id),
        campaign_lead_id: views::code("lead", call.lead_id.get()),
        from_phone_number: call.from.as_deref(),
        to_phone_number: call.to.as_deref(),
        status,
        sentiment: (),
        duration_seconds: call.duration_seconds,
        recording_url: call.recording_url.as_deref(),
        analysis: analysis(call),
        created_at: call.started_at.to_rfc3339_millis(),
        ended_at: call.ended_at.map(Timestamp::to_rfc3339_millis),
        end_reason,
        fallback_stt_transcriber_id: (),
    }
}

fn analysis(call: &CallRecord) -> wire::Analysis<'_> {
    let outcome = call.outcome;
    wire::Analysis {
        summary: call.summary.as_deref(),
        is_successful: outcome.map(|outcome| outcome == DialStatus::Success),
        collected: outcome.map(|_| call.collected.members()),
    }
}

/// `status` and `end_reason`.
pub(crate) const fn shown(state: CallState) -> (&'static str, Option<&'static str>) {
    match state {
        CallState::Active => ("initiated", None),
        CallState::Expired => ("failed", None),
        CallState::Ended(outcome) => ended(outcome),
    }
}

const fn ended(outcome: DialStatus) -> (&'static str, Option<&'static str>) {
    match outcome {
        DialStatus::Success | DialStatus::NotSuccessful | DialStatus::Completed => {
            ("completed", None)
        }
        DialStatus::Voicemail => ("completed", Some("voicemail_detected")),
        DialStatus::Abandoned => ("completed", Some("user_disconnected")),
        DialStatus::Retry => ("no_answer", Some("user_did_not_pick_up")),
        DialStatus::Unreachable => ("retry_expired", Some("user_unreachable")),
        DialStatus::WrongCountry => ("failed", Some("destination_forbidden")),
        DialStatus::Failed => ("failed", None),
        // No call ends with these.
        DialStatus::New | DialStatus::Queued | DialStatus::OnCall | DialStatus::Suppressed => {
            ("cancelled", None)
        }
    }
}
