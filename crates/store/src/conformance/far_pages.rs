//! Pages far behind the beginning of a list, where a store may count what comes before them in larger steps.

use domain::command::Command;
use domain::edit::{Change, Edit, SetEdit};
use domain::listing::{LeadFilter, PageStart};
use domain::{CampaignId, Lead, LeadId, TagId, Timestamp};

use super::World;
use super::lists::{from, place};
use super::world::named;

/// Enough for a few steps of a store that counts a thousand at once.
const LEADS: u64 = 4_000;
/// Leads of one moment.
const BATCH: usize = 250;
const LIMIT: usize = 40;
const WEEK_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

fn into(campaign: CampaignId) -> Edit {
    Edit {
        campaign: Change::Set(campaign),
        ..named("Someone")
    }
}

/// Leads of two campaigns, of which every seventh moved from the one to the other, and every fifth is gone.
async fn fill(world: &World<'_>, other: CampaignId) {
    let first = world.store.reserve_ids(domain::IdKind::Lead, LEADS).await;
    let ids = (first.unwrap()..).take(usize::try_from(LEADS).unwrap());
    let ids: Vec<_> = ids.map(|id| LeadId::new(id).unwrap()).collect();
    let mut commands = Vec::new();
    for (number, id) in ids.iter().enumerate() {
        let campaign = [world.campaign, other][number / 1_000 % 2];
        commands.push(world.create(*id, into(campaign)));
    }
    // Most in a moment, the rest in another week.
    let rest = commands.split_off(2_500);
    run(world, commands).await;
    world.wait(WEEK_MS);
    run(world, rest).await;
    let moved = ids.iter().step_by(7);
    let moved = moved.map(|id| world.update(*id, into(other))).collect();
    run(world, moved).await;
    let gone = ids.iter().step_by(5);
    run(world, gone.map(|id| world.delete(*id)).collect()).await;
}

async fn run(world: &World<'_>, commands: Vec<Command>) {
    for batch in commands.chunks(BATCH) {
        world.batch_of_many(batch.to_vec()).await;
        world.wait(1);
    }
}

/// What a page holds does not depend on how far behind it is.
pub async fn a_page_is_where_it_belongs(world: &World<'_>) {
    let other = world.new_campaign().await.id;
    let begin = world.now();
    fill(world, other).await;
    let of = |campaigns: &[CampaignId]| LeadFilter {
        campaigns: Some(campaigns.to_vec()),
        ..LeadFilter::default()
    };
    let between = |from, until| LeadFilter {
        created_from: from,
        created_until: until,
        ..LeadFilter::default()
    };
    let at = |millis| Some(begin.plus_millis(millis));
    for filter in [
        LeadFilter::default(),
        of(&[world.campaign]),
        of(&[other]),
        of(&[world.campaign, other]),
        between(at(3), None),
        between(None, at(9)),
    ] {
        for is_ascending in [true, false] {
            check(world, &filter, is_ascending).await;
        }
    }
}

/// Pages from all over the list are those that reading on from the beginning gives.
async fn check(world: &World<'_>, filter: &LeadFilter, is_ascending: bool) {
    let leads = world.listed(filter, is_ascending, 1_000).await;
    assert!(leads.len() > 1_000, "{filter:?}");
    let steps = (0..=leads.len()).step_by(613);
    for offset in steps.chain([1_023, 1_024, leads.len() - LIMIT, leads.len() - 1]) {
        let start = PageStart::Offset(offset as u64);
        let page = from(start, is_ascending, LIMIT);
        let list = world.page(filter, page).await;
        let end = (offset + LIMIT).min(leads.len());
        let told = places(&list.leads);
        assert_eq!(told, places(&leads[offset..end]), "{page:?} {filter:?}");
        assert_eq!(list.total, leads.len() as u64);
        assert_eq!(list.has_more, end < leads.len(), "{page:?}");
    }
}

fn places(leads: &[Lead]) -> Vec<(Timestamp, LeadId)> {
    let place = |lead: &Lead| (lead.created_at, lead.id);
    leads.iter().map(place).collect()
}

/// A search that more leads pass than are looked at reads on where it stopped, and misses nobody.
pub async fn what_many_have_is_read_on(world: &World<'_>) {
    let other = world.new_campaign().await.id;
    fill(world, other).await;
    let leads = world.listed(&LeadFilter::default(), true, 1_000).await;
    let tags = [
        world.new_tag().await,
        world.new_tag().await,
        world.new_tag().await,
    ];
    let user = world.new_user().await;
    let mut commands = Vec::new();
    for (number, lead) in leads.iter().enumerate() {
        // All have the first, most the second, some the third and the user.
        let own = tags.iter().zip([1, 3, 5]);
        let own = own.filter(|(_, step)| number % step < 2);
        let edit = Edit {
            tags: SetEdit::Replace(own.map(|(tag, _)| *tag).collect()),
            assigned_users: SetEdit::Replace(
                (number % 2 == 0).then_some(user).into_iter().collect(),
            ),
            ..Edit::default()
        };
        commands.push(world.update(lead.id, edit));
    }
    run(world, commands).await;
    let tagged = |tags: &[TagId]| LeadFilter {
        tags: tags.to_vec(),
        ..LeadFilter::default()
    };
    let leads = world.listed(&LeadFilter::default(), true, 1_000).await;
    let filters = [
        tagged(&tags[..1]),
        tagged(&tags[1..]),
        tagged(&tags),
        LeadFilter {
            users: [user].into_iter().collect(),
            ..tagged(&tags[2..])
        },
        LeadFilter {
            campaigns: Some(vec![other]),
            ..tagged(&tags[1..])
        },
        LeadFilter {
            is_assigned: Some(true),
            ..tagged(&[])
        },
    ];
    for (number, filter) in filters.iter().enumerate() {
        // Each one way: both are slow on a store that asks many.
        check_search(world, &leads, filter, number % 2 == 0).await;
    }
}

async fn check_search(world: &World<'_>, leads: &[Lead], filter: &LeadFilter, is_ascending: bool) {
    let mut expected: Vec<_> = leads
        .iter()
        .filter(|lead| filter.matches(lead))
        .cloned()
        .collect();
    if !is_ascending {
        expected.reverse();
    }
    let expected = places(&expected);
    assert!(expected.len() > 500, "{filter:?}");
    let mut found = Vec::new();
    let mut start = PageStart::Offset(0);
    loop {
        let list = world.page(filter, from(start, is_ascending, 700)).await;
        assert!(list.total <= expected.len() as u64, "{filter:?}");
        found.extend(places(&list.leads));
        let Some(end) = list.leads.last().filter(|_| list.has_more) else {
            break;
        };
        start = place(end);
    }
    assert_eq!(found, expected, "{filter:?}");
    for offset in [0, 99, 400] {
        let start = PageStart::Offset(offset as u64);
        let list = world.page(filter, from(start, is_ascending, LIMIT)).await;
        assert_eq!(places(&list.leads), expected[offset..offset + LIMIT]);
    }
}
