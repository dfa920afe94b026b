//! Bulks where several processes make and take over: each bulk is one process's, and none that was accepted is dropped.

#![expect(clippy::unwrap_used, reason = "also in the functions that tests share")]

use domain::bulk::Bulk;
use domain::command::NewLead;
use domain::event::{Actor, Dialect, Origin};
use domain::{BulkId, IdKind};
use store::Bulks;
use store::conformance::World;
use store_postgres::testing::TestSchema;

use crate::open_in;

async fn opened(world: &World<'_>) -> Bulk {
    let bulk = Bulk {
        id: BulkId::new(world.id(IdKind::Bulk).await).unwrap(),
        workspace_id: world.workspace,
        created_at: world.now(),
        origin: Origin {
            actor: Actor::System,
            dialect: Dialect::NlPearl,
            request_id: "a request".to_owned(),
            on_behalf_of: None,
            source: None,
        },
        is_accepted: false,
        leased_until: world.now(),
    };
    world.store.open_bulk(&bulk).await.unwrap();
    let chunk = vec![NewLead {
        id: world.lead_id().await,
        edit: world.callable(),
        unique: Vec::new(),
        vendor_id: None,
        contacts: Vec::new(),
        is_repeatable: true,
    }];
    let chunks = [chunk];
    let staged = world
        .store
        .stage_leads(world.workspace, bulk.id, &chunks, world.now());
    assert!(staged.await.unwrap());
    bulk
}

#[tokio::test]
async fn a_bulk_is_leased_to_one_process() {
    let schema = TestSchema::create().await;
    let stores = tokio::join!(open_in(&schema), open_in(&schema));
    let world = World::new(&stores.0).await;
    for _ in 0..10 {
        opened(&world).await;
    }
    let now = world.now().plus_millis(1);
    let end = now.plus_millis(1_000);
    let (a, b) = tokio::join!(
        stores.0.lease_bulks(now, end, 10),
        stores.1.lease_bulks(now, end, 10)
    );
    let mut leased: Vec<_> = a.unwrap().into_iter().chain(b.unwrap()).collect();
    // What one passed by while the other was about to take it comes with the next look.
    leased.extend(stores.1.lease_bulks(now, end, 10).await.unwrap());
    let mut ids: Vec<_> = leased.iter().map(|bulk| bulk.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), leased.len()), (10, 10));
    assert!(leased.iter().all(|bulk| bulk.leased_until == end));
}

#[tokio::test]
async fn of_accepting_and_dropping_one_wins_whole() {
    let schema = TestSchema::create().await;
    let stores = tokio::join!(open_in(&schema), open_in(&schema));
    let world = World::new(&stores.0).await;
    for _ in 0..20 {
        let bulk = opened(&world).await.id;
        let lease = world.now().plus_millis(1_000);
        let (accepted, dropped) = tokio::join!(
            stores.0.accept_bulk(world.workspace, bulk, lease),
            stores.1.drop_bulk(world.workspace, bulk)
        );
        dropped.unwrap();
        let chunk = stores.1.next_chunk(world.workspace, bulk, 0).await.unwrap();
        assert_eq!(chunk.is_some(), accepted.unwrap());
    }
}
