//! DialNexa's campaigns to ours, and back.

use app::LeadCounts;
use app::administration::NewCampaign;
use app::campaigns::CampaignEdit;
use domain::Timestamp;
use domain::campaign::{Campaign, CampaignState};
use domain::dialing::Dialing;
use domain::edit::Change;
use domain::fault::{Fault, Reason};
use domain::object::Object;
use domain::phone::{Phone, Separators};
use domain::status::DialStatus;
use serde_json::{Map, Value};

use super::super::wire::campaigns as wire;
use super::{bounded, contradict, own_id};
use crate::extract::{Members, Null};
use crate::views;

/// The retries of a campaign as they were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Retries {
    attempts_max: Option<u32>,
    interval_seconds: Option<u32>,
}

/// The body of a creation. The campaign runs at once: the vendor has no call that starts one.
pub(crate) fn new_campaign(mut members: Members) -> (NewCampaign, Vec<Fault>) {
    let name = required(&mut members, wire::NAME);
    let agent = required(&mut members, wire::AGENT_ID);
    let retries = retries(&mut members);
    let new = NewCampaign {
        name: name.unwrap_or_default(),
        state: CampaignState::Running,
        agent,
        dialing: Dialing {
            attempts_max: retries.attempts_max,
            retry_interval_seconds: retries.interval_seconds,
            at_once_max: at_once(&mut members),
            ..Dialing::default()
        },
        settings: settings(&mut members),
        ..NewCampaign::default()
    };
    (new, members.into_faults())
}

/// The body of an update. Members that no page names are ignored, so that a client can send back what it has read.
pub(crate) fn campaign_edit(
    mut members: Members,
    campaign: &Campaign,
) -> (CampaignEdit, Vec<Fault>) {
    let name = not_blank(&mut members, wire::NAME);
    let agent = not_blank(&mut members, wire::AGENT_ID);
    let retries = retries(&mut members);
    let edit = CampaignEdit {
        name,
        state: state(&mut members, campaign.state),
        agent: Change::set_if(agent),
        attempts_max: Change::set_if(retries.attempts_max),
        retry_interval_seconds: Change::set_if(retries.interval_seconds),
        at_once_max: Change::set_if(at_once(&mut members)),
        ..CampaignEdit::default()
    };
    (edit, members.into_faults())
}

fn required(members: &mut Members, name: &str) -> Option<String> {
    let text = not_blank(members, name);
    if text.is_none() && !members.has_fault(name) {
        members.fault(name, Reason::Required);
    }
    text
}

/// A text that may be absent.
fn not_blank(members: &mut Members, name: &str) -> Option<String> {
    let text = bounded(members, name);
    if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
        members.fault(name, Reason::Required);
    }
    text
}

/// `status` of an update, ours: the vendor has no documented call that pauses, resumes or ends.
fn state(members: &mut Members, now: CampaignState) -> Option<CampaignState> {
    let Change::Set(text) = members.text(wire::STATUS, Null::Absent) else {
        return None;
    };
    let state = match text.as_str() {
        "active" | "running" => CampaignState::Running,
        "paused" => CampaignState::Paused,
        "completed" => CampaignState::Completed,
        "cancelled" => CampaignState::Cancelled,
        // Read and sent back.
        "draft" if now == CampaignState::Draft => CampaignState::Draft,
        _ => {
            members.fault(wire::STATUS, Reason::NotAllowed);
            return None;
        }
    };
    Some(state)
}

fn at_once(members: &mut Members) -> Option<u32> {
    number(members, wire::MAX_CONCURRENT_CALLS, 1, u32::MAX)
}

/// A whole number of a range.
fn number(members: &mut Members, name: &str, min: u32, max: u32) -> Option<u32> {
    let Change::Set(number) = members.integer(name, Null::Absent) else {
        return None;
    };
    let number = u32::try_from(number)
        .ok()
        .filter(|number| (min..=max).contains(number));
    if number.is_none() {
        members.fault(name, Reason::OutOfRange);
    }
    number
}

/// `retry_config`, which the prose calls `retry_policy`.
fn retries(members: &mut Members) -> Retries {
    const POLICY: &str = super::super::quirks::RETRY_POLICY;
    let config = retries_of(members, wire::RETRY_CONFIG);
    let policy = retries_of(members, POLICY);
    if let (Some(config), Some(policy)) = (config, policy)
        && config != policy
    {
        contradict(members, wire::RETRY_CONFIG, POLICY);
    }
    config.or(policy).unwrap_or_default()
}

fn retries_of(members: &mut Members, name: &str) -> Option<Retries> {
    const MINUTE_SECONDS: u32 = 60;
    let Change::Set(object) = members.object(name, Null::Absent) else {
        return None;
    };
    let mut inner = Members::new(object.into_members());
    // The first attempt is no retry.
    let retries = number(&mut inner, wire::MAX_RETRIES, 0, u32::MAX - 1);
    let minutes_max = u32::MAX / MINUTE_SECONDS;
    let minutes = number(&mut inner, wire::RETRY_INTERVAL_MINUTES, 0, minutes_max);
    members.adopt(name, inner);
    Some(Retries {
        attempts_max: retries.map(|retries| retries + 1),
        interval_seconds: minutes.map(|minutes| minutes * MINUTE_SECONDS),
    })
}

/// What is kept for the dialer and shown again.
fn settings(members: &mut Members) -> Object {
    let mut settings = Map::new();
    if let Change::Set(number) = members.text(wire::FROM_PHONE_NUMBER, Null::Absent) {
        match Phone::international(&number, Separators::Allowed) {
            Ok(phone) => {
                settings.insert(wire::FROM_PHONE_NUMBER.to_owned(), phone.e164().into());
            }
            Err(_) => members.fault(wire::FROM_PHONE_NUMBER, Reason::InvalidPhone),
        }
    }
    if let Change::Set(text) = members.text(wire::SCHEDULED_AT, Null::Absent) {
        match Timestamp::parse_rfc3339(&text) {
            Some(at) => {
                let at = at.to_rfc3339_millis();
                settings.insert(wire::SCHEDULED_AT.to_owned(), at.into());
            }
            None => members.fault(wire::SCHEDULED_AT, Reason::InvalidTime),
        }
    }
    Object::new(settings)
}

fn setting<'a>(campaign: &'a Campaign, name: &str) -> Option<&'a str> {
    let value = campaign.settings.members().get(name);
    value.and_then(Value::as_str)
}

/// Before when none of its leads is called; `None` if that is over.
pub(crate) fn scheduled_at(campaign: &Campaign, now: Timestamp) -> Option<Timestamp> {
    let at = setting(campaign, wire::SCHEDULED_AT)?;
    Timestamp::parse_rfc3339(at).filter(|at| *at > now)
}

/// A campaign as DialNexa shows it.
pub(crate) fn campaign<'a>(
    campaign: &'a Campaign,
    counts: &LeadCounts,
    asked_for: Option<&str>,
) -> wire::Campaign<'a> {
    let dialing = &campaign.dialing;
    let has_retries = dialing.attempts_max.is_some() || dialing.retry_interval_seconds.is_some();
    wire::Campaign {
        id: own_id("cmp", campaign.id.get(), asked_for),
        organization_id: views::code("org", campaign.workspace_id.get()),
        name: &campaign.name,
        agent_id: campaign.agent.as_deref(),
        from_phone_number: setting(campaign, wire::FROM_PHONE_NUMBER),
        status: shown_status(campaign.state, counts),
        scheduled_at: setting(campaign, wire::SCHEDULED_AT),
        max_concurrent_calls: dialing.at_once_max,
        retry_config: has_retries.then(|| wire::RetryConfig {
            max_retries: dialing.attempts_max.map(|max| max.saturating_sub(1)),
            retry_interval_minutes: dialing.retry_interval_seconds.map(|s| s.div_ceil(60)),
        }),
        totals: totals(counts),
        created_at: campaign.created_at.to_rfc3339_millis(),
    }
}

pub(crate) fn campaign_status(
    campaign: &Campaign,
    counts: &LeadCounts,
    asked_for: &str,
) -> wire::CampaignStatus {
    wire::CampaignStatus {
        id: own_id("cmp", campaign.id.get(), Some(asked_for)),
        status: shown_status(campaign.state, counts),
        totals: totals(counts),
    }
}

/// "active: ready or scheduled, nothing processed now; running: sending" (batch-calls/retries-and-statuses).
fn shown_status(state: CampaignState, counts: &LeadCounts) -> &'static str {
    let is_calling = counts.of(DialStatus::OnCall) + counts.of(DialStatus::Queued) > 0;
    match state {
        CampaignState::Draft => "draft",
        CampaignState::Running if is_calling => "running",
        CampaignState::Running => "active",
        CampaignState::Paused => "paused",
        CampaignState::Completed => "completed",
        // One that is deleted is found by nobody.
        CampaignState::Cancelled | CampaignState::Deleted => "cancelled",
    }
}

fn totals(counts: &LeadCounts) -> wire::Totals {
    let of_word = |word| {
        let statuses = DialStatus::ALL.into_iter();
        let shown = statuses.filter(|status| super::shown_status(*status) == word);
        shown.map(|status| counts.of(status)).sum()
    };
    wire::Totals {
        total_leads: counts.all(),
        completed_calls: of_word("completed"),
        pending_calls: of_word("pending"),
    }
}
