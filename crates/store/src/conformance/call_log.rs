//! The call log: which calls a list shows, in which order, and that a deleted one is in none.

use domain::command::{Action, CallEnd};
use domain::edit::{Change, Edit};
use domain::listing::{CallFilter, CallPage, CallState, phone_part};
use domain::object::Object;
use domain::phone::PhoneInput;
use domain::status::DialStatus;
use domain::{CallId, CampaignId, Lead, LeadId};

use super::World;
use super::world::{named, with_status};
use crate::{CallList, CallRecord};

const EVERYTHING: CallPage = CallPage {
    is_ascending: true,
    offset: 0,
    limit: 1_000,
};

impl World<'_> {
    async fn calls(&self, filter: &CallFilter, page: CallPage) -> CallList {
        let list = self.store.calls(self.workspace, filter, page).await;
        list.unwrap()
    }

    async fn call_record(&self, call: CallId) -> Option<CallRecord> {
        self.store.call(self.workspace, call).await.unwrap()
    }
}

/// A lead of the campaign with this phone.
async fn lead_of(world: &World<'_>, campaign: CampaignId, phone: &str) -> Lead {
    let edit = Edit {
        campaign: Change::Set(campaign),
        phone: Change::Set(PhoneInput::read(phone).unwrap()),
        ..named("Ada")
    };
    world.new_lead_with(edit).await
}

/// Calls the lead; a call that ends takes so many seconds, `None` runs out.
async fn called(
    world: &World<'_>,
    lead: &Lead,
    campaign: CampaignId,
    end: Option<(DialStatus, Option<u32>)>,
) -> CallId {
    let call = world.call_id().await;
    let claim = domain::command::Claiming {
        lead: lead.id,
        campaign,
        call,
        lease_ms: 60_000,
        hold: domain::command::Hold::Attempt,
    };
    let held = world.done(world.command(Action::Claim(claim))).await.lead;
    let fence_token = held.claim.as_ref().unwrap().fence_token;
    if let Some((outcome, duration_seconds)) = end {
        let end = CallEnd {
            lead: lead.id,
            call,
            fence_token,
            outcome,
            duration_seconds,
            from: Some("+12125550100".to_owned()),
            summary: Some("Zoë's \u{1f4de}".to_owned()),
            recording_url: Some("https://example.com/r?a=b".to_owned()),
            collected: Object::parse(r#"{"z":1.50,"a":null}"#).unwrap(),
            next_attempt_at: None,
        };
        world.done(world.command(Action::End(Box::new(end)))).await;
    } else {
        world.wait(60_000);
        world.done(world.expire(lead.id, call)).await;
    }
    world
        .done(world.update(lead.id, with_status(DialStatus::Retry)))
        .await;
    call
}

/// Calls of every fate, of two campaigns; some began at once.
async fn log(world: &World<'_>) -> (Vec<CallRecord>, CampaignId, LeadId) {
    let other = world.new_campaign().await.id;
    let ada = lead_of(world, world.campaign, "+12125550123").await;
    let bob = lead_of(world, other, "+493012345678").await;
    let mut calls = Vec::new();
    for (index, end) in [
        Some((DialStatus::Success, Some(61))),
        Some((DialStatus::Voicemail, Some(0))),
        None,
        Some((DialStatus::Success, None)),
        Some((DialStatus::Failed, Some(3_600))),
    ]
    .into_iter()
    .enumerate()
    {
        calls.push(called(world, &ada, world.campaign, end).await);
        calls.push(called(world, &bob, other, end).await);
        if index % 2 == 0 {
            world.wait(1_000);
        }
    }
    let active = lead_of(world, world.campaign, "+12125550124").await;
    calls.push(world.claimed(active.id).await.0);
    let mut records = Vec::new();
    for call in calls {
        records.push(world.call_record(call).await.unwrap());
    }
    records.sort_by_key(|call| (call.started_at, call.id));
    (records, other, ada.id)
}

/// What a filter means, in words of its own.
fn passes(call: &CallRecord, filter: &CallFilter) -> bool {
    let CallFilter {
        campaigns,
        lead,
        states,
        started_from,
        started_until,
        phone_part: part,
        duration_seconds_min,
        duration_seconds_max,
    } = filter;
    let digits = part.as_deref().map(phone_part);
    let seconds = call.duration_seconds;
    campaigns
        .as_ref()
        .is_none_or(|ids| ids.contains(&call.campaign_id))
        && lead.is_none_or(|lead| lead == call.lead_id)
        && (states.is_empty() || states.contains(&call.state()))
        && started_from.is_none_or(|from| call.started_at >= from)
        && started_until.is_none_or(|until| call.started_at < until)
        && digits.is_none_or(|part| call.to.as_ref().is_some_and(|to| to.contains(&part)))
        && duration_seconds_min.is_none_or(|min| seconds.is_some_and(|seconds| seconds >= min))
        && duration_seconds_max.is_none_or(|max| seconds.is_some_and(|seconds| seconds <= max))
}

async fn check(world: &World<'_>, records: &[CallRecord], filter: &CallFilter) {
    for is_ascending in [true, false] {
        let passing = records.iter().filter(|call| passes(call, filter));
        let mut expected: Vec<_> = passing.cloned().collect();
        if !is_ascending {
            expected.reverse();
        }
        for (offset, limit) in [(0, 1_000), (0, 3), (2, 3), (9, 3), (500, 3)] {
            let page = CallPage {
                is_ascending,
                offset: offset as u64,
                limit,
            };
            let list = world.calls(filter, page).await;
            let part = expected.iter().skip(offset).take(limit).cloned();
            assert_eq!(list.calls, part.collect::<Vec<_>>(), "{page:?} {filter:?}");
            assert_eq!(list.total, expected.len() as u64, "{page:?} {filter:?}");
        }
    }
}

pub async fn each_part_of_a_filter(world: &World<'_>) {
    let (records, other, ada) = log(world).await;
    assert_eq!(records.len(), 11);
    let mut filters = plain_filters(world.campaign, other, ada);
    for record in [&records[2], &records[5]] {
        let at = record.started_at;
        for (from, until) in [(Some(at), None), (None, Some(at)), (Some(at), Some(at))] {
            filters.push(CallFilter {
                started_from: from,
                started_until: until,
                ..CallFilter::default()
            });
        }
        filters.push(CallFilter {
            campaigns: Some(vec![other]),
            lead: Some(record.lead_id),
            states: vec![record.state()],
            started_from: Some(at),
            phone_part: Some("+".to_owned()),
            ..CallFilter::default()
        });
    }
    for filter in filters {
        check(world, &records, &filter).await;
    }
}

/// Of each part by itself.
fn plain_filters(one: CampaignId, other: CampaignId, lead: LeadId) -> Vec<CallFilter> {
    let of = CallFilter::default;
    let states = |states: &[CallState]| CallFilter {
        states: states.to_vec(),
        ..of()
    };
    let seconds = |min, max| CallFilter {
        duration_seconds_min: min,
        duration_seconds_max: max,
        ..of()
    };
    let phone = |part: &str| CallFilter {
        phone_part: Some(part.to_owned()),
        ..of()
    };
    let campaigns = |ids: &[CampaignId]| CallFilter {
        campaigns: Some(ids.to_vec()),
        ..of()
    };
    let of_lead = CallFilter {
        lead: Some(lead),
        ..of()
    };
    vec![
        of(),
        of_lead,
        campaigns(&[other]),
        campaigns(&[other, one, other]),
        campaigns(&[]),
        states(&[CallState::Active]),
        states(&[CallState::Expired]),
        states(&[CallState::Ended(DialStatus::Success)]),
        states(&[
            CallState::Ended(DialStatus::Voicemail),
            CallState::Active,
            CallState::Expired,
        ]),
        states(&[CallState::Ended(DialStatus::Unreachable)]),
        seconds(Some(0), None),
        seconds(Some(61), Some(3_599)),
        seconds(None, Some(0)),
        seconds(Some(62), Some(61)),
        phone("+1212"),
        phone("30 12"),
        phone("0124"),
        phone("%"),
        phone("\0"),
    ]
}

pub async fn a_deleted_one_is_in_no_list(world: &World<'_>) {
    let (mut records, ..) = log(world).await;
    let theirs = world.neighbour().await;
    let foreign = theirs.new_lead().await;
    let foreign = called(
        &theirs,
        &foreign,
        theirs.campaign,
        Some((DialStatus::Failed, None)),
    )
    .await;
    let nobody = world.call_id().await;
    let active = records.iter().find(|call| call.ended_at.is_none());
    let active = active.unwrap().id;
    let (a, b) = (records[1].id, records[4].id);
    let delete = async |calls: &[CallId]| {
        let deleted = world.store.delete_calls(world.workspace, calls).await;
        deleted.unwrap()
    };
    assert_eq!(delete(&[]).await, 0);
    // What is under way stays, and so does what is another's.
    assert_eq!(delete(&[active, foreign, nobody]).await, 0);
    check(world, &records, &CallFilter::default()).await;
    assert_eq!(delete(&[a, b, a, nobody, active]).await, 2);
    assert_eq!(delete(&[a, b]).await, 0);
    assert_eq!(world.call_record(a).await, None);
    assert!(theirs.call_record(foreign).await.is_some());
    records.retain(|call| ![a, b].contains(&call.id));
    check(world, &records, &CallFilter::default()).await;
    let of_lead = CallFilter {
        lead: Some(records[0].lead_id),
        ..CallFilter::default()
    };
    check(world, &records, &of_lead).await;
    // The lead remembers it.
    let lead = world.lead(records[0].lead_id).await;
    assert!(lead.call_ids.contains(&a) || lead.call_ids.contains(&b));
    let list = theirs.calls(&CallFilter::default(), EVERYTHING).await;
    assert_eq!((list.calls.len(), list.total), (1, 1));
    theirs.check_histories().await;
}

pub async fn a_row_says_what_was_then(world: &World<'_>) {
    let lead = lead_of(world, world.campaign, "+12125550123").await;
    let end = Some((DialStatus::NotSuccessful, Some(7)));
    let call = called(world, &lead, world.campaign, end).await;
    let before = world.call_record(call).await.unwrap();
    assert_eq!(before.to.as_deref(), Some("+12125550123"));
    assert_eq!(before.name.as_deref(), Some("Ada"));
    assert_eq!(before.lead_created_at, lead.created_at);
    assert_eq!(before.collected.to_text(), r#"{"z":1.50,"a":null}"#);
    assert_eq!(before.state(), CallState::Ended(DialStatus::NotSuccessful));
    // Whatever becomes of the lead.
    let other = world.new_campaign().await.id;
    let edit = Edit {
        campaign: Change::Set(other),
        phone: Change::Clear,
        ..named("Bob")
    };
    world.done(world.update(lead.id, edit)).await;
    world.done(world.delete(lead.id)).await;
    assert_eq!(world.call_record(call).await, Some(before.clone()));
    let list = world.calls(&CallFilter::default(), EVERYTHING).await;
    assert_eq!((list.calls, list.total), (vec![before], 1));
}

pub async fn the_log_stays_inside_the_workspace(world: &World<'_>) {
    let theirs = world.neighbour().await;
    let (records, other, ada) = log(&theirs).await;
    for filter in [
        CallFilter::default(),
        CallFilter {
            campaigns: Some(vec![other, theirs.campaign]),
            ..CallFilter::default()
        },
        CallFilter {
            lead: Some(ada),
            ..CallFilter::default()
        },
    ] {
        assert!(theirs.calls(&filter, EVERYTHING).await.total > 0);
        check(world, &[], &filter).await;
    }
    let ids: Vec<_> = records.iter().map(|call| call.id).collect();
    let deleted = world.store.delete_calls(world.workspace, &ids).await;
    assert_eq!(deleted.unwrap(), 0);
    check(&theirs, &records, &CallFilter::default()).await;
    theirs.check_histories().await;
}
