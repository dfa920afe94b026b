//! Searches of texts that are taken up in portions: what is due, what is taken up, and what was changed between.

#![expect(clippy::unwrap_used, reason = "also in the functions that tests share")]

use domain::edit::{Change, Edit};
use domain::listing::{LeadFilter, LeadOrder, LeadPage, PageStart, Text};
use store::Lists;
use store::conformance::World;
use store_sqlite::SqliteStore;

fn named(name: String) -> Edit {
    Edit {
        name: Change::Set(name),
        ..Edit::default()
    }
}

/// The names of those that a text finds.
async fn found(world: &World<'_>, store: &SqliteStore, text: &str) -> Vec<String> {
    let filter = LeadFilter {
        text: Some(Text {
            text: text.to_owned(),
            users: Vec::new(),
        }),
        ..LeadFilter::default()
    };
    let page = LeadPage {
        order: LeadOrder::CreatedAt,
        is_ascending: true,
        start: PageStart::Offset(0),
        limit: 1_000,
    };
    let list = store.leads(world.workspace, &filter, &page).await.unwrap();
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
