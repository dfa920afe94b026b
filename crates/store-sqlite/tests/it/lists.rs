//! Searches of texts that are taken up in portions: what is due, what is taken up, what was changed between, and in which order.

#![expect(clippy::unwrap_used, reason = "also in the functions that tests share")]

use domain::edit::{Change, Edit};
use domain::limits::LIST_LOOKED_MAX;
use domain::listing::{LeadFilter, LeadList, LeadOrder, LeadPage, PageStart, Place, Text};
use domain::{LeadId, Timestamp};
use store::Lists;
use store::conformance::World;
use store::transfer::{RecordKind, Transfer};
use store_sqlite::SqliteStore;

fn named(name: String) -> Edit {
    Edit {
        name: Change::Set(name),
        ..Edit::default()
    }
}

/// The names of those that a text finds.
async fn found(world: &World<'_>, store: &SqliteStore, text: &str) -> Vec<String> {
    let list = list(world, store, &with_text(text), first(1_000)).await;
    assert_eq!(list.total, list.leads.len() as u64);
    list.leads
        .into_iter()
        .filter_map(|lead| lead.name)
        .collect()
}

#[tokio::test]
async fn a_text_is_found_from_its_commit_on() {
    let store = SqliteStore::open_temporary().unwrap();
    let world = World::new(&store).await;
    let mut leads = Vec::new();
    for n in 0..200 {
        let lead = world.new_lead_with(named(format!("Zebra {n:03}"))).await.id;
        leads.push(lead);
        let own = format!("ebra {n:03}");
        assert_eq!(found(&world, &store, &own).await, [format!("Zebra {n:03}")]);
    }
    assert_eq!(found(&world, &store, "ZEBRA").await.len(), 200);
    for (n, lead) in leads.iter().enumerate() {
        let command = match n % 3 {
            0 => world.update(*lead, named(format!("Quagga {n:03}"))),
            1 => world.delete(*lead),
            _ => continue,
        };
        world.done(command).await;
        assert_eq!(
            found(&world, &store, &format!("zebra {n:03}")).await,
            [""; 0]
        );
    }
    assert_eq!(found(&world, &store, "quagga").await.len(), 67);
    assert_eq!(found(&world, &store, "zebra").await.len(), 66);
    // A batch that is large takes up all that was due.
    let batch = leads.iter().skip(2).step_by(3);
    let batch = batch.map(|lead| world.update(*lead, named("Okapi".to_owned())));
    world.batch(batch.collect()).await;
    assert_eq!(found(&world, &store, "okapi").await.len(), 66);
    assert_eq!(found(&world, &store, "quagga").await.len(), 67);
    assert_eq!(found(&world, &store, "zebra").await, [""; 0]);
}

fn everybody() -> LeadFilter {
    LeadFilter::default()
}

fn with_text(text: &str) -> LeadFilter {
    LeadFilter {
        text: Some(Text {
            text: text.to_owned(),
            users: Vec::new(),
        }),
        ..everybody()
    }
}

/// The first page of the list, from its beginning.
const fn first(limit: usize) -> LeadPage {
    LeadPage {
        order: LeadOrder::CreatedAt,
        is_ascending: true,
        start: PageStart::Offset(0),
        limit,
        is_counted: true,
    }
}

async fn list(
    world: &World<'_>,
    store: &SqliteStore,
    filter: &LeadFilter,
    page: LeadPage,
) -> LeadList {
    let list = store.leads(world.workspace, filter, &page).await;
    list.unwrap()
}

/// Page after page, by offsets or by places.
async fn read_on(
    world: &World<'_>,
    store: &SqliteStore,
    filter: &LeadFilter,
    mut page: LeadPage,
    is_placed: bool,
) -> Vec<LeadId> {
    let mut ids: Vec<LeadId> = Vec::new();
    loop {
        let list = list(world, store, filter, page).await;
        ids.extend(list.leads.iter().map(|lead| lead.id));
        let Some(end) = list.leads.last().filter(|_| list.has_more) else {
            return ids;
        };
        page.start = if is_placed {
            PageStart::After(Place {
                created_at: end.created_at,
                id: Some(end.id),
            })
        } else {
            PageStart::Offset(ids.len() as u64)
        };
    }
}

/// Whom the text finds are all of the list, however the pages are cut.
async fn check_order(world: &World<'_>, store: &SqliteStore, from: Option<Timestamp>) {
    let cut = |filter| LeadFilter {
        created_from: from,
        created_until: from.map(|from| from.plus_millis(40)),
        ..filter
    };
    for is_ascending in [true, false] {
        let page = |limit| LeadPage {
            is_ascending,
            ..first(limit)
        };
        let all = list(world, store, &cut(everybody()), page(1_000)).await;
        let expected: Vec<_> = all.leads.iter().map(|lead| lead.id).collect();
        assert!(expected.len() > 100);
        for (limit, is_placed) in [(1_000, false), (90, false), (41, true), (7, true)] {
            let ids = read_on(
                world,
                store,
                &cut(with_text("zebra")),
                page(limit),
                is_placed,
            )
            .await;
            assert_eq!(ids, expected, "{limit} {is_placed} {is_ascending} {from:?}");
        }
        let total = list(world, store, &with_text("zebra"), page(1)).await.total;
        assert_eq!(total, LEADS as u64, "also where grams are counted");
    }
}

/// More than are looked at to count them.
const LEADS: usize = LIST_LOOKED_MAX + 150;

/// Also where the clock went back, where many were created in one moment, and in a book that was copied.
#[tokio::test]
async fn what_a_text_finds_is_in_the_order_of_the_list() {
    let store = SqliteStore::open_temporary().unwrap();
    let world = World::new(&store).await;
    let mut ids = Vec::new();
    for _ in 0..LEADS {
        ids.push(world.lead_id().await);
    }
    let begin = world.now();
    // The number that is higher is not always created later.
    for (number, some) in ids.chunks(10).rev().enumerate() {
        let commands = some
            .iter()
            .map(|id| world.create(*id, named("Zebra".to_owned())));
        world.batch(commands.collect()).await;
        match number % 9 {
            0..=2 => {}
            7 => {
                world.wait(-5);
            }
            _ => {
                world.wait(4);
            }
        }
    }
    let middle = Some(begin.plus_millis(20));
    check_order(&world, &store, None).await;
    check_order(&world, &store, middle).await;
    // Who has another text keeps his place.
    for some in ids.chunks(100) {
        let commands = some.iter().step_by(2);
        let commands = commands.map(|id| world.update(*id, named("Plains zebra".to_owned())));
        world.batch(commands.collect()).await;
        world.wait(1);
    }
    check_order(&world, &store, None).await;
    let copied = SqliteStore::open_temporary().unwrap();
    copied.begin_import().await.unwrap();
    for kind in RecordKind::ALL {
        let mut after = None;
        loop {
            let page = store.export(kind, after, 64).await.unwrap();
            copied.import(kind, page.records).await.unwrap();
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    copied.end_import(&mut |_| ()).await.unwrap();
    check_order(&world, &copied, None).await;
    check_order(&world, &copied, middle).await;
}

/// With more runs than are merged a text is looked for in the list itself.
#[tokio::test]
async fn a_clock_that_always_goes_back_costs_nobody() {
    let store = SqliteStore::open_temporary().unwrap();
    let world = World::new(&store).await;
    for number in 0..70 {
        let mut commands = Vec::new();
        for _ in 0..64 {
            let id = world.lead_id().await;
            let name = if number % 10 == 3 { "Zebra" } else { "Okapi" };
            commands.push(world.create(id, named(name.to_owned())));
        }
        world.batch_of_many(commands).await;
        world.wait(-1);
    }
    let found = list(&world, &store, &with_text("zebra"), first(1_000)).await;
    assert_eq!((found.leads.len(), found.total), (7 * 64, 7 * 64));
    let mut in_order = found.leads.clone();
    in_order.sort_by_key(|lead| (lead.created_at, lead.id));
    assert_eq!(found.leads, in_order);
}
