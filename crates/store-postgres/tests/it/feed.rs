//! The change feed where several processes write: transactions end in another order than their numbers were taken in, and a
//! reader that goes on from where it was must still see each event once.

#![expect(clippy::unwrap_used, reason = "also in the functions that tests share")]

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;

use domain::event::Event;
use domain::{IdKind, LeadId, WorkspaceId};
use store::Store;
use store::conformance::World;
use store_postgres::PostgresStore;
use store_postgres::testing::TestSchema;
use tokio_postgres::{Client, Transaction};

use crate::{named, open_in, open_routed_in, session};

/// What identifies an event.
type Key = (LeadId, u64);

fn key(event: &Event) -> Key {
    (event.lead_id, event.version)
}

/// Who follows a feed.
struct Reader {
    workspace: WorkspaceId,
    after: u64,
    seen: Vec<Key>,
}

impl Reader {
    const fn new(workspace: WorkspaceId) -> Self {
        Self {
            workspace,
            after: 0,
            seen: Vec::new(),
        }
    }

    /// Reads to the end, and says what was new.
    async fn read(&mut self, store: &PostgresStore, limit: usize) -> Vec<Key> {
        let already = self.seen.len();
        loop {
            let page = store.feed(self.workspace, self.after, limit).await.unwrap();
            assert!(page.events.len() <= limit && page.end >= self.after);
            if page.events.is_empty() {
                assert_eq!(page.end, self.after, "the end is that of the last event");
                return self.seen[already..].to_vec();
            }
            for (position, event) in page.events {
                assert!(position > self.after, "positions ascend");
                self.after = position;
                self.seen.push(key(&event));
            }
        }
    }

    /// That each event was seen once, and those of a lead in the order of their versions.
    fn check(&self, versions: &BTreeMap<LeadId, u64>) {
        let mut next = BTreeMap::<LeadId, u64>::new();
        for (lead, version) in &self.seen {
            let expected = next.entry(*lead).or_insert(1);
            assert_eq!(version, expected, "of lead {lead}");
            *expected += 1;
        }
        let seen: BTreeMap<_, _> = next
            .into_iter()
            .map(|(lead, next)| (lead, next - 1))
            .collect();
        assert_eq!(&seen, versions);
    }
}

/// A stranger's lock that lets a batch that changes who may be called take its numbers, and not commit.
async fn hold_the_dial_queue(client: &mut Client) -> Transaction<'_> {
    let hold = client.transaction().await.unwrap();
    hold.batch_execute("LOCK TABLE dial_queue IN EXCLUSIVE MODE")
        .await
        .unwrap();
    hold
}

/// Until somebody waits for that lock.
async fn until_held(hold: &Transaction<'_>) {
    let waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'dial_queue'::regclass";
    while hold.query(waits, &[]).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
}

async fn numbers(client: &Client, sql: &str) -> Vec<i64> {
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn what_is_committed_late_comes_late_and_is_not_missed() {
    let schema = TestSchema::create().await;
    let (slow, fast) = tokio::join!(open_in(&schema), open_in(&schema));
    let world = World::new(&slow).await;
    let old = world.new_lead_with(named("first")).await.id;
    let late = world.lead_id().await;
    slow.position_events().await.unwrap();
    let mut reader = Reader::new(world.workspace);
    assert_eq!(reader.read(&fast, 10).await, [(old, 1)]);
    let (client, mut stranger) = tokio::join!(session(&schema), session(&schema));
    let hold = hold_the_dial_queue(&mut stranger).await;
    let create = vec![world.create(late, world.callable())];
    let theirs = slow.transact(0, create, world.now());
    let ours = async {
        until_held(&hold).await;
        // The creation has its numbers and is not committed; this one takes higher ones and is.
        let update = vec![world.update(old, named("second"))];
        fast.transact(0, update, world.now()).await.unwrap();
        fast.position_events().await.unwrap();
        assert_eq!(reader.read(&fast, 10).await, [(old, 2)]);
        let newest = "SELECT max(id) FROM events";
        let newest = numbers(&client, newest).await[0];
        hold.rollback().await.unwrap();
        newest
    };
    let (committed, newest_before) = tokio::join!(theirs, ours);
    assert!(committed.unwrap().outcomes.iter().all(Result::is_ok));
    // The trap: who reads by number has passed the creation's, and is never told of it.
    let by_number = format!("SELECT lead_id FROM events WHERE id > {newest_before}");
    assert_eq!(numbers(&client, &by_number).await, [0; 0]);
    let lower = format!("SELECT id FROM events WHERE id < {newest_before} AND version = 1");
    assert_eq!(numbers(&client, &lower).await.len(), 2, "it is there");
    // The feed: it has no position until somebody gives it one, and then the next.
    assert_eq!(reader.read(&fast, 10).await, []);
    fast.position_events().await.unwrap();
    assert_eq!(reader.read(&slow, 10).await, [(late, 1)]);
    reader.check(&[(old, 2), (late, 1)].into());
    assert_eq!(reader.after, 3);
}

#[tokio::test]
async fn runs_keep_their_order_within_a_lead_whoever_takes_the_numbers() {
    let schema = TestSchema::create().await;
    let stores = tokio::join!(open_in(&schema), open_in(&schema));
    let world = World::new(&stores.0).await;
    let lead = world.new_lead_with(named("first")).await.id;
    // In turn, the second process with the higher numbers, and nobody gives positions meanwhile.
    for n in 0..20 {
        let store = if n % 3 == 0 { &stores.1 } else { &stores.0 };
        let batch = vec![world.update(lead, named(&n.to_string()))];
        store.transact(0, batch, world.now()).await.unwrap();
    }
    let client = session(&schema).await;
    let ids = numbers(&client, "SELECT id FROM events ORDER BY version").await;
    assert!(!ids.is_sorted(), "numbers are no order: {ids:?}");
    stores.1.position_events().await.unwrap();
    let mut reader = Reader::new(world.workspace);
    reader.read(&stores.0, 4).await;
    reader.check(&[(lead, 21)].into());
}

#[tokio::test]
async fn each_process_hears_of_feeds_that_any_has_moved() {
    let schema = TestSchema::create().await;
    let stores = tokio::join!(open_in(&schema), open_routed_in(&schema));
    let world = World::new(&stores.0).await;
    let neighbour = world.neighbour().await;
    for store in [&stores.0, &stores.1] {
        assert_eq!(store.position_events().await.unwrap(), []);
    }
    world.new_lead().await;
    let ours = (world.workspace, 1);
    assert_eq!(stores.0.position_events().await.unwrap(), [ours]);
    neighbour.new_lead().await;
    let theirs = (neighbour.workspace, 1);
    let mut all = stores.1.position_events().await.unwrap();
    all.sort_unstable();
    assert_eq!(all, [ours, theirs]);
    assert_eq!(stores.0.position_events().await.unwrap(), [theirs]);
    for store in [&stores.0, &stores.1] {
        assert_eq!(store.position_events().await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_batch_leaves_one_run_for_each_workspace() {
    let schema = TestSchema::create().await;
    let store = open_in(&schema).await;
    let world = World::new(&store).await;
    let neighbour = world.neighbour().await;
    let (ours, theirs) = (world.new_lead().await.id, neighbour.new_lead().await.id);
    store.position_events().await.unwrap();
    let mut batch = Vec::new();
    for n in 0..20 {
        batch.push(world.update(ours, named(&n.to_string())));
        batch.push(neighbour.update(theirs, named(&n.to_string())));
    }
    world.batch_of_many(batch).await;
    let client = session(&schema).await;
    let counts = "SELECT event_count FROM event_runs";
    assert_eq!(numbers(&client, counts).await, [20, 20]);
    let recorded = store.backlog(world.now()).await.unwrap();
    assert_eq!(recorded.oldest_unpositioned_at, Some(world.now()));
    store.position_events().await.unwrap();
    assert_eq!(numbers(&client, counts).await, [0; 0]);
    let recorded = store.backlog(world.now()).await.unwrap();
    assert_eq!(recorded.oldest_unpositioned_at, None);
    for (world, lead) in [(&world, ours), (&neighbour, theirs)] {
        let mut reader = Reader::new(world.workspace);
        reader.read(&store, 7).await;
        reader.check(&[(lead, 21)].into());
    }
}

#[tokio::test]
async fn more_runs_than_one_transaction_takes_are_positioned_in_order() {
    let schema = TestSchema::create().await;
    let store = open_in(&schema).await;
    let world = World::new(&store).await;
    let lead = world.new_lead().await.id;
    let client = session(&schema).await;
    // As if nobody had looked for long: the events of before are cut into runs of one.
    for n in 0..30 {
        let batch = (0..100).map(|m| world.update(lead, named(&format!("{n} {m}"))));
        world.batch(batch.collect()).await;
    }
    let cut = "CREATE TEMPORARY TABLE cut AS SELECT workspace_id, generate_series(first_event_id, \
               first_event_id + event_count - 1) AS first_event_id FROM event_runs ORDER BY id; \
               DELETE FROM event_runs; \
               INSERT INTO event_runs (workspace_id, first_event_id, event_count, recorded_at) \
               SELECT workspace_id, first_event_id, 1, 0 FROM cut ORDER BY first_event_id";
    client.batch_execute(cut).await.unwrap();
    assert_eq!(
        store.position_events().await.unwrap(),
        [(world.workspace, 3_001)]
    );
    let mut reader = Reader::new(world.workspace);
    reader.read(&store, 1_000).await;
    reader.check(&[(lead, 3_001)].into());
    // What follows each other is one run again.
    let runs = numbers(&client, "SELECT event_count FROM feed_runs").await;
    assert!(runs.len() < 20, "{runs:?}");
}

#[tokio::test]
async fn events_that_the_operator_took_away_are_passed_over() {
    let schema = TestSchema::create().await;
    let store = open_in(&schema).await;
    let world = World::new(&store).await;
    let lead = world.new_lead().await.id;
    for n in 0..10 {
        world.done(world.update(lead, named(&n.to_string()))).await;
    }
    let client = session(&schema).await;
    client
        .query("SELECT setval('event_ids', 100000001, false)", &[])
        .await
        .unwrap();
    let store = open_in(&schema).await;
    let batch = vec![world.update(lead, named("in the next partition"))];
    store.transact(0, batch, world.now()).await.unwrap();
    store.position_events().await.unwrap();
    client
        .batch_execute("ALTER TABLE events DETACH PARTITION events_0")
        .await
        .unwrap();
    let page = store.feed(world.workspace, 0, 3).await.unwrap();
    let found: Vec<_> = page
        .events
        .iter()
        .map(|(at, event)| (*at, key(event)))
        .collect();
    assert_eq!((found, page.end), (vec![(12, (lead, 12))], 12));
}

/// Polls a future so many times, and drops it if it has not ended then.
async fn polled<F: Future>(times: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut polls = 0;
    std::future::poll_fn(|context| {
        polls += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polls >= times => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[tokio::test]
async fn a_positioner_that_dies_between_any_two_steps_loses_nothing() {
    let schema = TestSchema::create().await;
    let store = open_in(&schema).await;
    let world = World::new(&store).await;
    let lead = world.new_lead().await.id;
    let mut reader = Reader::new(world.workspace);
    let (mut versions, mut died, mut survived) = (1, 0, 0);
    for polls in (1..40).cycle().take(160) {
        world
            .done(world.update(lead, named(&polls.to_string())))
            .await;
        versions += 1;
        match polled(polls, store.position_events()).await {
            Some(ended) => drop((ended.unwrap(), survived += 1)),
            None => died += 1,
        }
        reader.read(&store, 5).await;
    }
    assert!(
        died > 20 && survived > 20,
        "{died} died, {survived} survived"
    );
    store.position_events().await.unwrap();
    reader.read(&store, 5).await;
    reader.check(&[(lead, versions)].into());
    assert_eq!(reader.after, versions, "and no position is empty");
}

#[tokio::test]
async fn a_positioner_whose_connection_is_cut_lets_the_next_one_go_on() {
    let schema = TestSchema::create().await;
    let stores = tokio::join!(open_in(&schema), open_in(&schema));
    let world = World::new(&stores.0).await;
    let lead = world.new_lead().await.id;
    stores.0.position_events().await.unwrap();
    world.done(world.update(lead, named("waits"))).await;
    // One that has done all but commit.
    let (client, mut dying) = tokio::join!(session(&schema), session(&schema));
    let begun = dying.transaction().await.unwrap();
    let steps = "SELECT end_position FROM feeds FOR UPDATE; \
                 INSERT INTO feed_runs SELECT workspace_id, 2, first_event_id, 1 FROM event_runs; \
                 DELETE FROM event_runs; UPDATE feeds SET end_position = 2";
    begun.batch_execute(steps).await.unwrap();
    let pid: i32 = begun
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);
    let next = stores.1.position_events();
    let cut = async {
        let waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM feeds%' \
                     AND pid IN (SELECT pid FROM pg_locks WHERE relation = 'feeds'::regclass)";
        while client.query(waits, &[]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        let sql = "SELECT pg_terminate_backend($1)";
        client.query(sql, &[&pid]).await.unwrap();
    };
    let (moved, ()) = tokio::join!(next, cut);
    assert_eq!(moved.unwrap(), [(world.workspace, 2)]);
    let mut reader = Reader::new(world.workspace);
    reader.read(&stores.0, 10).await;
    reader.check(&[(lead, 2)].into());
}

/// Choices of a test, the same in every run; what the processes make of them is up to the machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }
}

/// A process that writes.
async fn write(
    store: &PostgresStore,
    world: &World<'_>,
    seed: u64,
    leads: &[LeadId],
    fresh: &[LeadId],
) {
    let mut dice = Dice(seed);
    let mut fresh = fresh.iter();
    for n in 0..100 {
        let size = 1 + dice.below(12);
        let mut batch: Vec<_> = (0..size)
            .map(|k| {
                let lead = leads[dice.below(leads.len())];
                world.update(lead, named(&format!("{seed} {n} {k}")))
            })
            .collect();
        if let Some(lead) = fresh.next() {
            batch.push(world.create(*lead, named("new")));
        }
        let lane = dice.below(2);
        let committed = store.transact(lane, batch, world.now()).await.unwrap();
        assert!(committed.outcomes.iter().all(Result::is_ok));
        if dice.below(4) == 0 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn who_follows_many_writers_and_positioners_sees_each_event_once_and_in_order() {
    let schema = TestSchema::create().await;
    let stores = [
        open_in(&schema).await,
        open_in(&schema).await,
        open_routed_in(&schema).await,
    ];
    let world = World::new(&stores[0]).await;
    let mut shared = Vec::new();
    for _ in 0..6 {
        shared.push(world.new_lead_with(named("shared")).await.id);
    }
    let first = stores[0].reserve_ids(IdKind::Lead, 60).await.unwrap();
    let fresh = (first..first + 60).map(|id| LeadId::new(id).unwrap());
    let fresh: Vec<_> = fresh.collect();
    let (is_over, positioned) = (AtomicBool::new(false), AtomicUsize::new(0));
    let writers = async {
        tokio::join!(
            write(&stores[0], &world, 11, &shared, &fresh[..20]),
            write(&stores[1], &world, 12, &shared, &fresh[20..40]),
            write(&stores[2], &world, 13, &shared, &fresh[40..]),
        );
        is_over.store(true, Ordering::SeqCst);
    };
    let position = async |store: &PostgresStore| {
        while !is_over.load(Ordering::SeqCst) {
            positioned.fetch_add(
                store.position_events().await.unwrap().len(),
                Ordering::SeqCst,
            );
            tokio::task::yield_now().await;
        }
    };
    let follow = async {
        let mut reader = Reader::new(world.workspace);
        let mut looks = 0;
        while !is_over.load(Ordering::SeqCst) {
            looks += usize::from(!reader.read(&stores[1], 20 + looks % 30).await.is_empty());
        }
        (reader, looks)
    };
    let ((), (), (), (), (mut reader, looks)) = tokio::join!(
        writers,
        position(&stores[0]),
        position(&stores[1]),
        position(&stores[2]),
        follow
    );
    assert!(looks > 5, "it was followed while it grew: {looks} looks");
    assert!(positioned.load(Ordering::SeqCst) > 10);
    stores[0].position_events().await.unwrap();
    reader.read(&stores[2], 50).await;
    let mut versions = BTreeMap::new();
    for lead in shared.iter().chain(&fresh) {
        versions.insert(*lead, world.lead(*lead).await.version);
    }
    reader.check(&versions);
    let all: BTreeSet<_> = reader.seen.iter().collect();
    assert_eq!(
        u64::try_from(all.len()).unwrap(),
        reader.after,
        "no position is empty"
    );
}
