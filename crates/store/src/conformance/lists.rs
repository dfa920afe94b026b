//! Lists of leads: the pages of every store are those that `LeadFilter::matches` and a sort in memory give.

use std::collections::{BTreeMap, BTreeSet};

use domain::command::{Command, Hold};
use domain::custom_field::CustomValue;
use domain::edit::{Change, Edit};
use domain::limits::LIST_MATCHES_MAX;
use domain::listing::{LeadFilter, LeadList, LeadOrder, LeadPage, PageStart, Place, Text};
use domain::phone::PhoneInput;
use domain::status::{DialStatus, StageKind};
use domain::{CampaignId, Lead, LeadId};

use super::World;
use super::world::{named, with_status};
use super::zoo::{Dice, Zoo, sorted};
use crate::LeadCounts;

const ORDERS: [LeadOrder; 5] = [
    LeadOrder::CreatedAt,
    LeadOrder::StageKind,
    LeadOrder::DialStatus,
    LeadOrder::Phone,
    LeadOrder::ExternalId,
];

/// A page of the order of creation.
pub(super) fn from(start: PageStart, is_ascending: bool, limit: usize) -> LeadPage {
    LeadPage {
        order: LeadOrder::CreatedAt,
        is_ascending,
        start,
        limit,
        is_counted: true,
    }
}

pub(super) fn place(lead: &Lead) -> PageStart {
    PageStart::After(Place {
        created_at: lead.created_at,
        id: Some(lead.id),
    })
}

fn ids(leads: &[Lead]) -> Vec<LeadId> {
    leads.iter().map(|lead| lead.id).collect()
}

impl World<'_> {
    pub(super) async fn page(&self, filter: &LeadFilter, page: LeadPage) -> LeadList {
        let list = self.store.leads(self.workspace, filter, &page).await;
        list.unwrap()
    }

    /// Every lead of a list, in pages by place; each page says how many there are in all.
    pub(super) async fn listed(
        &self,
        filter: &LeadFilter,
        is_ascending: bool,
        limit: usize,
    ) -> Vec<Lead> {
        let (mut leads, mut totals) = (Vec::new(), BTreeSet::new());
        let mut start = PageStart::Offset(0);
        loop {
            let list = self.page(filter, from(start, is_ascending, limit)).await;
            assert!(list.leads.len() <= limit);
            totals.insert(list.total);
            leads.extend(list.leads);
            if !list.has_more {
                assert_eq!(totals, [leads.len() as u64].into(), "{filter:?}");
                return leads;
            }
            start = place(leads.last().unwrap());
        }
    }

    /// How many leads of a campaign stand where, without those places where none does.
    pub(super) async fn counts(&self, campaign: CampaignId) -> BTreeMap<DialStatus, u64> {
        let counts = self.store.lead_counts(self.workspace, campaign).await;
        let LeadCounts(mut counts) = counts.unwrap();
        counts.retain(|_, count| *count > 0);
        counts
    }

    /// What a case leaves is listed as it is, deleted leads are not, and the counts are those of a recount.
    pub(super) async fn check_lists(&self) {
        let listed = self.listed(&LeadFilter::default(), true, 50).await;
        let by_id: BTreeMap<_, _> = listed.iter().map(|lead| (lead.id, lead)).collect();
        assert_eq!(by_id.len(), listed.len(), "each once");
        for id in self.known() {
            let lead = self.lead(id).await;
            let is_there = lead.deleted_at.is_none().then_some(&lead);
            assert_eq!(by_id.get(&id).copied(), is_there);
        }
        let mut recount = BTreeMap::new();
        let ours = |lead: &&Lead| lead.campaign_id == Some(self.campaign);
        for lead in listed.iter().filter(ours) {
            *recount.entry(lead.dial_status).or_insert(0) += 1;
        }
        assert_eq!(self.counts(self.campaign).await, recount);
    }
}

/// All pages of this size, in every order both ways, against the leads in memory.
async fn check(world: &World<'_>, leads: &[Lead], filter: &LeadFilter, limit: usize) {
    for order in ORDERS {
        for is_ascending in [true, false] {
            let expected = sorted(leads, filter, order, is_ascending);
            let mut offset = 0;
            loop {
                let page = LeadPage {
                    order,
                    is_ascending,
                    start: PageStart::Offset(offset as u64),
                    limit,
                    is_counted: true,
                };
                let list = world.page(filter, page).await;
                let end = (offset + limit).min(expected.len());
                let told = (list.total, list.has_more);
                assert_eq!(
                    ids(&list.leads),
                    ids(&expected[offset..end]),
                    "{page:?} {filter:?}"
                );
                assert_eq!(
                    told,
                    (expected.len() as u64, end < expected.len()),
                    "{page:?} {filter:?}"
                );
                offset = end;
                if !list.has_more {
                    break;
                }
            }
        }
    }
    for is_ascending in [true, false] {
        let expected = sorted(leads, filter, LeadOrder::CreatedAt, is_ascending);
        let listed = world.listed(filter, is_ascending, limit).await;
        assert_eq!(listed, expected, "whole leads, {filter:?}");
    }
}

pub async fn an_empty_list_is_a_list(world: &World<'_>) {
    let text = Text {
        text: "nobody".to_owned(),
        users: Vec::new(),
    };
    for filter in [
        LeadFilter::default(),
        LeadFilter {
            text: Some(text),
            ..LeadFilter::default()
        },
    ] {
        check(world, &[], &filter, 10).await;
    }
}

/// Each part of a filter by itself, and all of them together.
pub async fn each_part_of_a_filter(world: &World<'_>) {
    let mut dice = Dice::new(1);
    let zoo = Zoo::fill(world, &mut dice, 60).await;
    let leads = zoo.leads(world).await;
    for filter in zoo.filters(&leads) {
        check(world, &leads, &filter, 7).await;
    }
}

/// Whatever happened to the leads, and whatever is asked for.
pub async fn random_filters_find_what_matches(world: &World<'_>) {
    let mut dice = Dice::new(2);
    let mut zoo = Zoo::fill(world, &mut dice, 40).await;
    for _ in 0..4 {
        zoo.live(world, &mut dice, 60).await;
        let leads = zoo.leads(world).await;
        for _ in 0..12 {
            let filter = zoo.random_filter(&leads, &mut dice);
            let limit = 1 + dice.below(20);
            check(world, &leads, &filter, usize::try_from(limit).unwrap()).await;
        }
    }
}

/// Many leads of one moment: no page repeats one or leaves one out.
pub async fn pages_go_through_ties(world: &World<'_>) {
    let mut commands = Vec::new();
    for _ in 0..23 {
        let edit = world.callable();
        commands.push(world.create(world.lead_id().await, edit));
    }
    // Not in the order of their numbers.
    commands.rotate_left(9);
    world.batch(commands).await;
    world.wait(1);
    world.new_lead().await;
    let leads = all(world).await;
    for limit in [1, 5, 23, 24, 100] {
        check(world, &leads, &LeadFilter::default(), limit).await;
    }
    let moment = leads[0].created_at;
    // A place without a number is behind everything of its moment.
    for (is_ascending, count) in [(true, 1), (false, 0)] {
        let start = PageStart::After(Place {
            created_at: moment,
            id: None,
        });
        let page = from(start, is_ascending, 100);
        let list = world.page(&LeadFilter::default(), page).await;
        assert_eq!((list.leads.len(), list.total), (count, 24));
        assert!(!list.has_more);
    }
}

async fn all(world: &World<'_>) -> Vec<Lead> {
    let mut leads = Vec::new();
    for id in world.known() {
        leads.push(world.lead(id).await);
    }
    leads
}

/// Who reads the newest first meets no lead twice, however many come in meanwhile.
pub async fn a_place_stays_where_it_is(world: &World<'_>) {
    let mut old = Vec::new();
    for _ in 0..6 {
        world.wait(1);
        old.push(world.new_lead().await.id);
    }
    let filter = LeadFilter::default();
    let (mut read, mut start) = (Vec::new(), PageStart::Offset(0));
    loop {
        let list = world.page(&filter, from(start, false, 2)).await;
        read.extend(ids(&list.leads));
        start = place(list.leads.last().unwrap());
        if !list.has_more {
            break;
        }
        world.wait(1);
        world.new_lead().await;
        // Also when the lead of the place itself is gone.
        let newest_read = *read.last().unwrap();
        world.done(world.delete(newest_read)).await;
    }
    old.reverse();
    assert_eq!(read, old);
}

pub async fn behind_the_end_is_nothing(world: &World<'_>) {
    for _ in 0..3 {
        world.new_lead().await;
    }
    for (offset, limit, count, has_more) in [
        (0, 3, 3, false),
        (2, 3, 1, false),
        (3, 3, 0, false),
        (1_000_000, 3, 0, false),
        (i64::MAX as u64, 3, 0, false),
        (u64::MAX, 1_000, 0, false),
        (0, 2, 2, true),
    ] {
        let page = from(PageStart::Offset(offset), true, limit);
        for filter in [LeadFilter::default(), phone_part("555")] {
            let list = world.page(&filter, page).await;
            let told = (list.leads.len(), list.total, list.has_more);
            assert_eq!(told, (count, 3, has_more), "{page:?}");
        }
    }
    let nothing = from(PageStart::Offset(0), true, 0);
    let list = world.page(&LeadFilter::default(), nothing).await;
    assert_eq!((list.leads.len(), list.total), (0, 3));
}

fn phone_part(part: &str) -> LeadFilter {
    LeadFilter {
        phone_part: Some(part.to_owned()),
        ..LeadFilter::default()
    }
}

fn text(text: &str) -> LeadFilter {
    LeadFilter {
        text: Some(Text {
            text: text.to_owned(),
            users: Vec::new(),
        }),
        ..LeadFilter::default()
    }
}

/// What an engine's patterns and queries give a meaning to is only a text here.
pub async fn a_search_takes_texts_as_they_are(world: &World<'_>) {
    let names = [
        "100% sure",
        "100 sure",
        "a_b",
        "axb",
        "O'Brien \"Bob\"",
        "back\\slash",
        "star* (or) NOT near",
        "Zoë Ünïcödé",
        "李小龍",
        "e\u{301}",
        "\u{1f4de}x",
        "x",
    ];
    for name in names {
        world.new_lead_with(named(name)).await;
    }
    let leads = all(world).await;
    for wanted in [
        "%",
        "_",
        "a_b",
        "100%",
        "0% S",
        "'",
        "\"",
        "\\",
        "*",
        "NOT",
        "(or)",
        "zoë ÜN",
        "小",
        "李小龍",
        "\u{1f4de}",
        "e\u{301}",
        "x",
        "xb",
        " ",
        "sure ",
        "\n",
        "a\0",
        "\0",
        "",
        &"x".repeat(300),
    ] {
        check(world, &leads, &text(wanted), 5).await;
    }
    let digits = ["+", "", "%", "_", "\0", "+1 (212)", "1'2"];
    for part in digits {
        check(world, &leads, &phone_part(part), 5).await;
    }
}

/// Searches follow the lead: what it was no longer finds it.
pub async fn a_search_follows_the_lead(world: &World<'_>) {
    let lead = world.new_lead_with(named("Before")).await.id;
    let found = async |wanted: &str| !world.listed(&text(wanted), true, 10).await.is_empty();
    assert!(found("befor").await);
    let phone = Edit {
        phone: Change::Set(PhoneInput::read("+4930123456").unwrap()),
        ..named("After")
    };
    // In one batch with what no search looks into.
    let batch = vec![
        world.update(lead, with_status(DialStatus::Retry)),
        world.update(lead, phone),
        world.update(lead, with_status(DialStatus::New)),
    ];
    world.batch(batch).await;
    assert!(!found("befor").await);
    assert!(found("after").await && found("4930").await);
    world.done(world.update(lead, named("Last"))).await;
    assert!(!found("after").await && found("last").await && found("4930").await);
    world.done(world.delete(lead)).await;
    assert!(!found("last").await && !found("4930").await);
    // Made, changed and deleted in one batch.
    let id = world.lead_id().await;
    let batch = vec![
        world.create(id, named("Short")),
        world.update(id, named("Shorter")),
        world.delete(id),
    ];
    world.batch(batch).await;
    assert!(!found("short").await);
}

/// Counts follow the leads through everything that happens to them.
pub async fn counts_follow_the_leads(world: &World<'_>) {
    let other = world.new_campaign().await.id;
    let counts = async |campaign| {
        let counts = world.counts(campaign).await;
        counts.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(counts(world.campaign).await, []);
    let (a, b) = (world.new_lead().await.id, world.new_lead().await.id);
    assert_eq!(counts(world.campaign).await, [(DialStatus::New, 2)]);
    let (call, fence) = world.claimed(a).await;
    let expected = [(DialStatus::New, 1), (DialStatus::OnCall, 1)];
    assert_eq!(counts(world.campaign).await, expected);
    world.done(world.end(a, call, fence)).await;
    let moving = Edit {
        campaign: Change::Set(other),
        ..Edit::default()
    };
    world.done(world.update(b, moving)).await;
    assert_eq!(counts(world.campaign).await, [(DialStatus::Success, 1)]);
    assert_eq!(counts(other).await, [(DialStatus::New, 1)]);
    world.done(world.delete(a)).await;
    assert_eq!(counts(world.campaign).await, []);
    // Of a batch that is refused in part only the rest counts; a lead that came and went never was.
    let (id, gone) = (world.lead_id().await, world.lead_id().await);
    let long = "x".repeat(300);
    let batch = vec![
        world.create(id, world.callable()),
        world.update(id, named(&long)),
        world.update(id, with_status(DialStatus::Completed)),
        world.create(gone, world.callable()),
        world.delete(gone),
    ];
    world.batch(batch).await;
    assert_eq!(counts(world.campaign).await, [(DialStatus::Completed, 1)]);
    let list = world.store.lead_counts(world.workspace, other).await;
    let list = list.unwrap();
    assert_eq!((list.of(DialStatus::New), list.all()), (1, 1));
}

/// Totals of a plain list are exact over days, campaigns and statuses.
pub async fn totals_are_exact(world: &World<'_>) {
    let (day, other) = (24 * 60 * 60 * 1000, world.new_campaign().await.id);
    let begin = world.now();
    for hours in 0..9 {
        let edit = Edit {
            campaign: Change::Set([world.campaign, other][hours % 2]),
            ..world.callable()
        };
        let lead = world.new_lead_with(edit).await.id;
        if hours % 3 == 0 {
            world
                .done(world.update(lead, with_status(DialStatus::Retry)))
                .await;
        }
        world.wait(day / 3);
    }
    let leads = all(world).await;
    let moments = (0..10).map(|n| begin.plus_millis(n * day / 3));
    // Also moments that are no midnight and no lead's.
    let moments: Vec<_> = moments
        .flat_map(|at| [at, at.plus_millis(1), at.plus_millis(day / 7)])
        .collect();
    for (n, from) in moments.iter().enumerate() {
        let until = moments[(n * 7 + 5) % moments.len()];
        let filter = LeadFilter {
            campaigns: (n % 2 == 0).then(|| vec![other]),
            dial_statuses: if n % 3 == 0 {
                vec![DialStatus::Retry, DialStatus::Failed]
            } else {
                Vec::new()
            },
            created_from: Some(*from),
            created_until: (n % 4 != 0).then_some(until),
            ..LeadFilter::default()
        };
        check(world, &leads, &filter, 2).await;
    }
}

/// Behind `LIST_MATCHES_MAX` a search says "at least", and never too much.
pub async fn a_broad_search_counts_at_least(world: &World<'_>) {
    let count = LIST_MATCHES_MAX + 40;
    let first = world.store.reserve_ids(domain::IdKind::Lead, count as u64);
    let first = first.await.unwrap();
    let commands: Vec<Command> = (first..first + count as u64)
        .map(|id| world.create(LeadId::new(id).unwrap(), named("Everyman")))
        .collect();
    for batch in commands.chunks(1_000) {
        world.batch_of_many(batch.to_vec()).await;
        world.wait(1);
    }
    for is_ascending in [true, false] {
        for offset in [0, 100] {
            let page = from(PageStart::Offset(offset), is_ascending, 10);
            let list = world.page(&text("every"), page).await;
            assert_eq!(list.leads.len(), 10);
            assert!(list.has_more);
            assert!(list.total > offset + 10 && list.total <= count as u64);
        }
    }
    let plain = from(PageStart::Offset(0), true, 10);
    let list = world.page(&LeadFilter::default(), plain).await;
    assert_eq!(list.total, count as u64, "a plain list is exact");
    // What few pass is exact, however many there are.
    let rare = world.new_lead_with(named("Rarely seen")).await.id;
    let found = world.listed(&text("rarely"), true, 10).await;
    assert_eq!(ids(&found), [rare]);
}

/// A page by number is full, however few of those who are looked at belong on it: the next one begins behind a whole one.
pub async fn a_sparse_search_fills_its_pages(world: &World<'_>) {
    let (tag, user) = (world.new_tag().await, world.new_user().await);
    let count = LIST_MATCHES_MAX + 400;
    let first = world.store.reserve_ids(domain::IdKind::Lead, count as u64);
    let ids = (first.await.unwrap()..).take(count);
    let ids: Vec<_> = ids.map(|id| LeadId::new(id).unwrap()).collect();
    let sparse: Vec<_> = ids.iter().copied().step_by(700).collect();
    let tagged = |id: &LeadId| {
        let users = (!sparse.contains(id)).then_some(user).into_iter().collect();
        let edit = Edit {
            tags: domain::edit::SetEdit::Add(vec![tag]),
            assigned_users: domain::edit::SetEdit::Add(users),
            ..named("Someone")
        };
        world.create(*id, edit)
    };
    for batch in ids.chunks(1_000) {
        world
            .batch_of_many(batch.iter().map(tagged).collect())
            .await;
        world.wait(1);
    }
    let filter = LeadFilter {
        tags: vec![tag],
        is_assigned: Some(false),
        ..LeadFilter::default()
    };
    let all = world
        .page(&filter, from(PageStart::Offset(0), true, 10))
        .await;
    assert_eq!(self::ids(&all.leads), sparse);
    assert!(!all.has_more && all.total == sparse.len() as u64);
    for (offset, lead) in sparse.iter().enumerate() {
        let start = PageStart::Offset(offset as u64);
        let one = world.page(&filter, from(start, true, 1)).await;
        assert_eq!(self::ids(&one.leads), [*lead]);
        assert_eq!(one.has_more, offset + 1 < sparse.len());
    }
}

/// Nothing of another workspace is listed, counted or searched.
pub async fn lists_stay_inside_the_workspace(world: &World<'_>) {
    let theirs = world.neighbour().await;
    let tag = theirs.new_tag().await;
    let user = theirs.new_user().await;
    let edit = Edit {
        tags: domain::edit::SetEdit::Add(vec![tag]),
        assigned_users: domain::edit::SetEdit::Add(vec![user]),
        name: Change::Set("Ada".to_owned()),
        ..theirs.callable()
    };
    theirs.new_lead_with(edit).await;
    let reserved = theirs.new_lead().await.id;
    let call = theirs.call_id().await;
    theirs
        .done(theirs.claim(reserved, call, Hold::Reservation))
        .await;
    let of = LeadFilter::default;
    for filter in [
        of(),
        text("ada"),
        phone_part("+1212"),
        LeadFilter {
            campaigns: Some(vec![theirs.campaign]),
            ..of()
        },
        LeadFilter {
            tags: vec![tag],
            ..of()
        },
        LeadFilter {
            users: vec![user],
            ..of()
        },
        LeadFilter {
            is_assigned: Some(true),
            ..of()
        },
        LeadFilter {
            dial_statuses: vec![DialStatus::Queued],
            ..of()
        },
        LeadFilter {
            stage_kinds: vec![StageKind::New],
            ..of()
        },
    ] {
        assert!(!theirs.listed(&filter, true, 10).await.is_empty());
        check(world, &[], &filter, 10).await;
    }
    assert_eq!(world.counts(theirs.campaign).await, BTreeMap::new());
    theirs.check_histories().await;
}

/// Values of custom fields are found by what they are, not by how they are written.
pub async fn custom_values_are_found_by_type(world: &World<'_>) {
    let mut dice = Dice::new(3);
    let zoo = Zoo::fill(world, &mut dice, 30).await;
    let leads = zoo.leads(world).await;
    for (field, value) in zoo.values() {
        for value in [value, CustomValue::Text("o".to_owned())] {
            let filter = LeadFilter {
                custom_fields: vec![(field, value)],
                ..LeadFilter::default()
            };
            check(world, &leads, &filter, 9).await;
        }
    }
}
