//! The outbox where several processes write and deliver: nothing is given to two at once, what a dead process held comes
//! back, and the order of a line holds whatever the processes do at the same time.

#![expect(clippy::unwrap_used, reason = "also in the functions that tests share")]

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};

use domain::delivery::HealthChange;
use domain::state::{Content, Delivery};
use domain::subscription::{Disabled, DisabledReason, Filter, Subscription};
use domain::{LeadId, SubscriptionId, Timestamp};
use store::conformance::World;
use store::{
    DeliveryFilter, DeliveryKey, DeliveryOutcome, DueDelivery, FinishedDelivery, ListPage, News,
    Store,
};
use store_postgres::PostgresStore;
use store_postgres::testing::TestSchema;

use crate::{named, open_in, open_routed_in, session};

fn finished(due: &DueDelivery, outcome: DeliveryOutcome) -> FinishedDelivery {
    FinishedDelivery {
        key: due.key,
        outcome,
        health: HealthChange::Same,
        attempt: None,
    }
}

fn version(due: &DueDelivery) -> u64 {
    match &due.news {
        News::Event { event, lead } => {
            assert_eq!((event.version, event.at), (lead.version, lead.updated_at));
            event.version
        }
        other => panic!("no event: {other:?}"),
    }
}

async fn update(store: &PostgresStore, world: &World<'_>, lead: LeadId, name: &str) -> usize {
    let batch = vec![world.update(lead, named(name))];
    let committed = store.transact(0, batch, world.now()).await.unwrap();
    assert!(committed.outcomes[0].is_ok());
    committed.deliveries
}

#[tokio::test]
async fn what_one_process_delivers_no_other_is_given_until_its_lease_ends() {
    let schema = TestSchema::create().await;
    let stores = tokio::join!(open_in(&schema), open_in(&schema));
    let world = World::new(&stores.0).await;
    world.subscribed(Filter::default()).await;
    for _ in 0..20 {
        world.new_lead().await;
    }
    let now = world.now();
    let end = now.plus_millis(1_000);
    let (a, b) = tokio::join!(
        stores.0.lease_deliveries(now, end, &[], 15),
        stores.1.lease_deliveries(now, end, &[], 15)
    );
    let (a, b) = (a.unwrap(), b.unwrap());
    let mut ids: Vec<_> = a.iter().chain(&b).map(|due| due.key.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), a.len() + b.len(), "none to both");
    let rest = stores.1.lease_deliveries(now, end, &[], 100).await.unwrap();
    assert_eq!(ids.len() + rest.len(), 20);
    let before_end = end.plus_millis(-1);
    let none = stores.0.lease_deliveries(before_end, end, &[], 100).await;
    assert_eq!(none.unwrap(), []);
    // The processes died: what they held comes back.
    let again = stores
        .0
        .lease_deliveries(end, end.plus_millis(9), &[], 100)
        .await;
    let again = again.unwrap();
    assert_eq!(again.len(), 20);
    assert!(
        again
            .iter()
            .all(|due| due.leased_until == end.plus_millis(9))
    );
    // And one that was only slow, and comes late, changes nothing that was finished meanwhile.
    let all: Vec<_> = again
        .iter()
        .map(|due| finished(due, DeliveryOutcome::Delivered))
        .collect();
    stores.0.finish_deliveries(&all).await.unwrap();
    let late = DeliveryOutcome::Retry {
        next_attempt_at: now,
        error: "late".to_owned(),
    };
    let late: Vec<_> = a.iter().map(|due| finished(due, late.clone())).collect();
    stores.1.finish_deliveries(&late).await.unwrap();
    assert_eq!(stores.1.backlog(now).await.unwrap().deliveries_waiting, 0);
}

#[tokio::test]
async fn a_change_of_who_hears_counts_in_every_process_from_the_next_batch() {
    let schema = TestSchema::create().await;
    let stores = tokio::join!(open_in(&schema), open_routed_in(&schema));
    let world = World::new(&stores.0).await;
    let lead = world.new_lead().await.id;
    let heard = async |name: &str| {
        [
            update(&stores.0, &world, lead, &format!("{name} 0")).await,
            update(&stores.1, &world, lead, &format!("{name} 1")).await,
        ]
    };
    assert_eq!(heard("nobody").await, [0, 0]);
    let first = world.subscribed(Filter::default()).await;
    assert_eq!(heard("one").await, [1, 1]);
    let second = Subscription {
        id: SubscriptionId::new(first.id.get() + 500_000).unwrap(),
        ..first.clone()
    };
    stores.1.create_subscription(&second).await.unwrap();
    assert_eq!(heard("two").await, [2, 2]);
    // Disabled by what an attempt in the other process came to.
    let now = world.now();
    let due = stores.1.lease_deliveries(now, now, &[], 1).await.unwrap();
    let gone = FinishedDelivery {
        health: HealthChange::Disabled(Disabled {
            at: now,
            reason: DisabledReason::Gone,
        }),
        ..finished(&due[0], DeliveryOutcome::Delivered)
    };
    stores.1.finish_deliveries(&[gone]).await.unwrap();
    assert_eq!(heard("one again").await, [1, 1]);
    for id in [first.id, second.id] {
        assert!(
            stores
                .0
                .delete_subscription(world.workspace, id)
                .await
                .unwrap()
        );
    }
    assert_eq!(heard("nobody again").await, [0, 0]);
}

#[tokio::test]
async fn a_line_whose_head_ends_while_another_is_added_has_a_head() {
    let schema = TestSchema::create().await;
    let stores = tokio::join!(open_in(&schema), open_in(&schema));
    let world = World::new(&stores.0).await;
    world.subscribed(Filter::default()).await;
    let lead = world.new_lead().await.id;
    let now = world.now();
    let head = stores.1.lease_deliveries(now, now, &[], 1).await.unwrap();
    // A batch stops after it has added the second one, which is no head, and before it commits.
    let client = session(&schema).await;
    let pause = "CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext(current_schema())); RETURN NULL; END $$; \
                 CREATE TRIGGER pause AFTER INSERT ON deliveries FOR EACH STATEMENT EXECUTE FUNCTION pause(); \
                 SELECT pg_advisory_lock(hashtext(current_schema()))";
    client.batch_execute(pause).await.unwrap();
    let waiting = |locktype: &'static str, count: i64| {
        let client = &client;
        async move {
            let sql = "SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) \
                       WHERE NOT granted AND locktype = $1 AND pid IN (SELECT pid FROM pg_locks \
                       WHERE relation = 'leads'::regclass)";
            while client
                .query_one(sql, &[&locktype])
                .await
                .unwrap()
                .get::<_, i64>(0)
                < count
            {
                tokio::task::yield_now().await;
            }
        }
    };
    let add = update(&stores.0, &world, lead, "second");
    let end = async {
        waiting("advisory", 1).await;
        let ended = [finished(&head[0], DeliveryOutcome::Delivered)];
        let finish = stores.1.finish_deliveries(&ended);
        let go_on = async {
            // Whoever ends the head waits for the batch: else it would not see what comes next.
            waiting("transactionid", 1).await;
            let sql = "SELECT pg_advisory_unlock(hashtext(current_schema()))";
            client.query(sql, &[]).await.unwrap();
        };
        let (finish, ()) = tokio::join!(finish, go_on);
        finish.unwrap();
    };
    let (added, ()) = tokio::join!(add, end);
    assert_eq!(added, 1);
    let next = stores.1.lease_deliveries(now, now, &[], 10).await.unwrap();
    assert_eq!(next.iter().map(version).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn what_tells_of_an_event_that_is_gone_is_a_dead_letter_and_lets_the_next_pass() {
    let schema = TestSchema::create().await;
    let store = open_in(&schema).await;
    let world = World::new(&store).await;
    world.subscribed(Filter::default()).await;
    let lead = world.new_lead().await.id;
    let client = session(&schema).await;
    let sql = "SELECT setval('event_ids', 100000001, false)";
    client.query(sql, &[]).await.unwrap();
    let store = open_in(&schema).await;
    update(&store, &world, lead, "in the next partition").await;
    let sql = "ALTER TABLE events DETACH PARTITION events_0";
    client.batch_execute(sql).await.unwrap();
    let now = world.now();
    assert_eq!(store.lease_deliveries(now, now, &[], 10).await.unwrap(), []);
    let next = store.lease_deliveries(now, now, &[], 10).await.unwrap();
    assert_eq!(next.iter().map(version).collect::<Vec<_>>(), [2]);
    let page = ListPage {
        before_id: None,
        limit: 10,
    };
    let dead = store
        .dead_letters(world.workspace, &DeliveryFilter::default(), page)
        .await;
    let dead = dead.unwrap();
    assert_eq!((dead.len(), dead[0].attempts), (1, 0));
    assert!(
        dead[0]
            .error
            .as_ref()
            .unwrap()
            .contains("not in the database")
    );
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

/// A line, by subscription and lead.
type Line = (SubscriptionId, Option<LeadId>);

/// What everybody can see of the deliveries under way, and what came of them.
#[derive(Default)]
struct Scene {
    /// Also those of processes that died, until their leases end.
    held: RefCell<HashMap<Line, u64>>,
    told: RefCell<BTreeMap<Line, Vec<u64>>>,
    given_up: RefCell<BTreeMap<Line, Vec<u64>>>,
    died: Cell<usize>,
    is_written: Cell<bool>,
}

fn line(key: &DeliveryKey) -> Line {
    (key.subscription_id, key.lead_id)
}

/// What of a delivery grows along its line.
fn place(due: &DueDelivery) -> u64 {
    match &due.news {
        News::Event { .. } => version(due),
        News::Test => due.key.id,
        other => panic!("nobody made {other:?}"),
    }
}

impl Scene {
    /// Delivers until nothing is due and nobody writes.
    async fn deliver(&self, store: &PostgresStore, now: Timestamp, dice: &mut Dice) {
        loop {
            let was_written = self.is_written.get();
            let limit = 1 + dice.below(20);
            let due = store
                .lease_deliveries(now, now.plus_millis(100), &[], limit)
                .await;
            let due = due.unwrap();
            if due.is_empty() && was_written {
                return;
            }
            for due in &due {
                let before = self.held.borrow_mut().insert(line(&due.key), due.key.id);
                assert_eq!(before, None, "a line is given to one at a time: {due:?}");
            }
            let finished = due.iter().filter_map(|due| self.fate(due, now, dice));
            let finished: Vec<_> = finished.collect();
            for finished in &finished {
                self.held.borrow_mut().remove(&line(&finished.key));
            }
            store.finish_deliveries(&finished).await.unwrap();
            tokio::task::yield_now().await;
        }
    }

    fn fate(&self, due: &DueDelivery, now: Timestamp, dice: &mut Dice) -> Option<FinishedDelivery> {
        let log = |log: &RefCell<BTreeMap<Line, Vec<u64>>>| {
            let mut log = log.borrow_mut();
            log.entry(line(&due.key)).or_default().push(place(due));
        };
        let outcome = match dice.below(20) {
            0..13 => {
                log(&self.told);
                DeliveryOutcome::Delivered
            }
            13..16 => DeliveryOutcome::Retry {
                next_attempt_at: now,
                error: "again".to_owned(),
            },
            16 => {
                log(&self.given_up);
                DeliveryOutcome::Dead {
                    at: now,
                    error: "never".to_owned(),
                }
            }
            17 => {
                log(&self.given_up);
                DeliveryOutcome::Dropped
            }
            // The process dies while it is under way.
            _ => {
                self.died.set(self.died.get() + 1);
                return None;
            }
        };
        Some(finished(due, outcome))
    }

    async fn write(
        &self,
        store: &PostgresStore,
        world: &World<'_>,
        leads: &[LeadId],
        dice: &mut Dice,
    ) {
        for n in 0..12 {
            let batch = (0..=dice.below(10)).map(|k| {
                let lead = leads[dice.below(leads.len())];
                world.update(lead, named(&format!("{n} {k} {}", dice.0)))
            });
            let committed = store.transact(0, batch.collect(), world.now()).await;
            assert!(committed.unwrap().outcomes.iter().all(Result::is_ok));
        }
    }

    /// Adds to the lines about no lead.
    async fn test(&self, store: &PostgresStore, world: &World<'_>, heard: &[Subscription]) {
        for n in 0..10 {
            let tests = heard.iter().cycle().skip(n).take(3);
            let tests: Vec<_> = tests.map(|own| a_test(world, own)).collect();
            store.add_deliveries(&tests).await.unwrap();
        }
    }
}

fn a_test(world: &World<'_>, own: &Subscription) -> Delivery {
    Delivery {
        workspace_id: world.workspace,
        subscription_id: own.id,
        lead_id: None,
        at: world.now(),
        content: Content::Test,
    }
}

#[tokio::test]
async fn lines_keep_their_order_while_processes_write_deliver_and_die() {
    let schema = TestSchema::create().await;
    let stores = [
        open_in(&schema).await,
        open_in(&schema).await,
        open_routed_in(&schema).await,
    ];
    let world = World::new(&stores[0]).await;
    let heard = [
        world.subscribed(Filter::default()).await,
        world.subscribed(Filter::default()).await,
    ];
    let mut leads = Vec::new();
    for _ in 0..5 {
        leads.push(world.new_lead().await.id);
    }
    let scene = Scene::default();
    for round in 1..=4 {
        scene.is_written.set(false);
        let [mut a, mut b, mut c, mut d] = [1, 2, 3, 4].map(|n| Dice(round * 1_000 + n));
        let write = async {
            tokio::join!(
                scene.write(&stores[0], &world, &leads, &mut a),
                scene.write(&stores[2], &world, &leads, &mut b),
                scene.test(&stores[1], &world, &heard),
            );
            scene.is_written.set(true);
        };
        let now = world.now();
        tokio::join!(
            write,
            scene.deliver(&stores[1], now, &mut c),
            scene.deliver(&stores[2], now, &mut d)
        );
        // What the dead held comes back.
        world.wait(100);
        scene.held.borrow_mut().clear();
    }
    while stores[0]
        .backlog(world.now())
        .await
        .unwrap()
        .deliveries_waiting
        > 0
    {
        scene.deliver(&stores[0], world.now(), &mut Dice(5)).await;
        world.wait(100);
        scene.held.borrow_mut().clear();
    }
    assert!(scene.died.get() > 10, "{} died", scene.died.get());
    check_lines(&scene, &world, &heard, &leads).await;
}

/// Each in its order, and each once: told, or given up.
async fn check_lines(scene: &Scene, world: &World<'_>, heard: &[Subscription], leads: &[LeadId]) {
    let (told, given_up) = (scene.told.take(), scene.given_up.take());
    assert!(!given_up.is_empty());
    for own in heard {
        for lead in leads {
            let line = (own.id, Some(*lead));
            assert!(told[&line].is_sorted_by(|a, b| a < b), "{:?}", told[&line]);
            let mut all = told[&line].clone();
            all.extend(given_up.get(&line).into_iter().flatten());
            all.sort_unstable();
            let version = world.lead(*lead).await.version;
            assert_eq!(all, (1..=version).collect::<Vec<_>>());
        }
        let tests = &told[&(own.id, None)];
        assert!(tests.is_sorted_by(|a, b| a < b), "{tests:?}");
        let given_up = given_up.get(&(own.id, None)).map_or(0, Vec::len);
        assert_eq!(tests.len() + given_up, 4 * 15);
    }
}
