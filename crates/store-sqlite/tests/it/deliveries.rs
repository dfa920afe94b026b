//! Deliveries of a file: many who lease and finish at once in one process, and subscriptions that another process changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::SubscriptionId;
use domain::delivery::HealthChange;
use domain::edit::{Change, Edit};
use domain::subscription::Filter;
use store::conformance::World;
use store::{DeliveryKey, DeliveryOutcome, DueDelivery, FinishedDelivery, News, Store};
use store_sqlite::SqliteStore;

fn named(name: &str) -> Edit {
    Edit {
        name: Change::Set(name.to_owned()),
        ..Edit::default()
    }
}

fn delivered(due: &DueDelivery) -> FinishedDelivery {
    FinishedDelivery {
        key: due.key,
        outcome: DeliveryOutcome::Delivered,
        health: HealthChange::Same,
        attempt: None,
    }
}

/// Leases and finishes until there is nothing; what was given out, in that order, each with its version.
async fn deliver(store: Arc<SqliteStore>, now: domain::Timestamp) -> Vec<(DeliveryKey, u64)> {
    let mut told = Vec::new();
    loop {
        let lease_end = now.plus_millis(60_000);
        let due = store.lease_deliveries(now, lease_end, &[], 7).await;
        let due = due.expect("leased");
        if due.is_empty() {
            return told;
        }
        let finished: Vec<_> = due.iter().map(delivered).collect();
        told.extend(due.into_iter().map(|due| match due.news {
            News::Event { event, .. } => (due.key, event.version),
            other => panic!("{other:?}"),
        }));
        store.finish_deliveries(&finished).await.expect("finished");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_given_out_once_however_many_ask() {
    const LEADS: usize = 40;
    const UPDATES: usize = 6;
    let store = Arc::new(SqliteStore::open_temporary().expect("opens"));
    let world = World::new(&*store).await;
    for _ in 0..3 {
        world.subscribed(Filter::default()).await;
    }
    for n in 0..LEADS {
        let lead = world.new_lead_with(named("new")).await.id;
        let updates = (0..UPDATES).map(|m| world.update(lead, named(&format!("{n} {m}"))));
        world.batch(updates.collect()).await;
    }
    let tasks: Vec<_> = (0..4)
        .map(|_| tokio::spawn(deliver(Arc::clone(&store), world.now())))
        .collect();
    let mut told = Vec::new();
    for task in tasks {
        told.extend(task.await.expect("ends"));
    }
    // Who ends while others still hold the last ones leaves what comes behind them.
    told.extend(deliver(Arc::clone(&store), world.now()).await);
    let mut lines = BTreeMap::<_, Vec<_>>::new();
    for (key, version) in &told {
        let line = (key.subscription_id, key.lead_id);
        lines.entry(line).or_default().push((key.id, *version));
    }
    assert_eq!(lines.len(), 3 * LEADS);
    for mut line in lines.into_values() {
        line.sort_unstable();
        let versions: Vec<_> = line.iter().map(|(_, version)| *version).collect();
        assert_eq!(versions, (1..=7).collect::<Vec<_>>(), "each once");
    }
    assert_eq!(told.len(), 3 * LEADS * (1 + UPDATES));
}

#[tokio::test]
async fn what_another_handle_changes_is_heard_at_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("leadbook.db");
    let server = SqliteStore::open(&path).expect("opens");
    let cli = SqliteStore::open(&path).expect("opens");
    let world = World::new(&server).await;
    let (outside, lead) = (world.on(&cli), world.new_lead().await.id);
    let hearers = async |name: &str| -> Vec<SubscriptionId> {
        let batch = vec![world.update(lead, named(name))];
        let committed = server.transact(0, batch, world.now()).await;
        let count = committed.expect("stored").deliveries;
        let due = server.lease_deliveries(world.now(), world.now(), &[], 10);
        let due = due.await.expect("leased");
        assert_eq!(due.len(), count);
        let told: Vec<_> = due.iter().map(|due| due.key.subscription_id).collect();
        let finished: Vec<_> = due.iter().map(delivered).collect();
        server.finish_deliveries(&finished).await.expect("finished");
        told
    };
    assert!(hearers("nobody").await.is_empty());
    let one = outside.subscribed(Filter::default()).await.id;
    assert_eq!(hearers("one").await, [one]);
    let other = outside.subscribed(Filter::default()).await.id;
    assert_eq!(hearers("both").await, [one, other]);
    let deleted = cli.delete_subscription(world.workspace, one).await;
    assert!(deleted.expect("stored"));
    assert_eq!(hearers("the other").await, [other]);
}
