//! The feed of a file: what its blocks and a second handle must not hide.

use domain::edit::{Change, Edit};
use domain::event::Event;
use store::conformance::World;
use store::{Store, StoreError};
use store_sqlite::SqliteStore;

fn named(name: &str) -> Edit {
    Edit {
        name: Change::Set(name.to_owned()),
        ..Edit::default()
    }
}

async fn feed(store: &SqliteStore, world: &World<'_>, after: u64) -> Vec<(u64, Event)> {
    let page = store.feed(world.workspace, after, 10_000).await;
    page.expect("is read").events
}

#[tokio::test]
async fn a_batch_that_fails_leaves_no_hole() {
    let store = SqliteStore::open_temporary().expect("opens");
    let world = World::new(&store).await;
    let lead = world.new_lead().await.id;
    for n in 0..200 {
        // Whichever begins a block: first it fails, when all of it is written, then it is done.
        let edit = named(&n.to_string());
        let batch = vec![
            world.update(lead, edit.clone()),
            world.create(lead, Edit::default()),
        ];
        let failed = store.transact(0, batch, world.now()).await;
        assert!(matches!(failed, Err(StoreError::Conflict { .. })));
        world.done(world.update(lead, edit)).await;
    }
    let versions = feed(&store, &world, 0).await.into_iter();
    let versions: Vec<_> = versions.map(|(_, event)| event.version).collect();
    assert_eq!(versions, (1..=201).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_another_handle_writes_is_in_the_feed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("leadbook.db");
    let server = SqliteStore::open(&path).expect("opens");
    let world = World::new(&server).await;
    let theirs = world.neighbour().await;
    let (lead, other) = (world.new_lead().await.id, theirs.new_lead().await.id);
    let cli = SqliteStore::open(&path).expect("opens");
    let grown = async || {
        let mut grown = server.position_events().await.expect("is asked");
        grown.sort_unstable();
        grown
    };
    let end = async |world: &World<'_>| {
        let page = server.feed(world.workspace, 0, 0).await;
        (world.workspace, page.expect("is read").end)
    };
    assert_eq!(grown().await, [end(&world).await, end(&theirs).await]);
    assert!(grown().await.is_empty());
    for n in 0..100 {
        let edit = || named(&n.to_string());
        let outside = async |name: &str| {
            let batch = vec![theirs.update(other, named(name))];
            cli.transact(0, batch, world.now()).await.expect("stored");
        };
        outside(&n.to_string()).await;
        assert_eq!(grown().await, [end(&theirs).await], "by others alone");
        world.done(world.update(lead, edit())).await;
        assert_eq!(grown().await, [end(&world).await], "by us alone");
        outside("before ours").await;
        world.done(world.update(lead, named("ours"))).await;
        let both = [end(&world).await, end(&theirs).await];
        assert_eq!(grown().await, both);
        world.done(world.update(lead, edit())).await;
        outside("after ours").await;
        let both = [end(&world).await, end(&theirs).await];
        assert_eq!(grown().await, both);
        assert!(grown().await.is_empty());
    }
    for (world, count) in [(&world, 301), (&theirs, 301)] {
        let versions = feed(&server, world, 0).await.into_iter();
        let versions: Vec<_> = versions.map(|(_, event)| event.version).collect();
        assert_eq!(versions, (1..=count).collect::<Vec<_>>());
        assert_eq!(feed(&cli, world, 0).await.len(), versions.len());
    }
}
