//! One seeded random life of a book, lived on SQLite and on PostgreSQL in both forms: every outcome and every read must be
//! the same. What a store numbers for itself (deliveries, places in a queue) is compared by its order.
//!
//! The only randomness is the seed, which a failure names: `LEADBOOK_SEED=… cargo nextest run -p store-postgres
//! equivalence` lives that life again.

mod generator;
mod life;

use std::collections::BTreeMap;

use domain::command::{Command, Outcome};
use domain::event::Event;
use domain::{SubscriptionId, Timestamp, WorkspaceId};
use store::conformance::transfer::{move_all, records};
use store::transfer::{RecordKind, Transfer};
use store::{
    AttemptFilter, DeliveryFilter, DueDelivery, FinishedDelivery, HistoryPage, JobHead, ListPage,
    Store,
};
use store_postgres::PostgresStore;
use store_sqlite::SqliteStore;

use generator::Dice;
use life::Life;

/// The stores under comparison; the first is the one that the others are held to.
pub(crate) struct Twins {
    sqlite: SqliteStore,
    plain: PostgresStore,
    routed: PostgresStore,
    seed: u64,
    step: std::cell::Cell<usize>,
}

const NAMES: [&str; 3] = ["SQLite", "PostgreSQL", "PostgreSQL, routed"];

impl Twins {
    pub(crate) fn stores(&self) -> [&dyn Store; 3] {
        [&self.sqlite, &self.plain, &self.routed]
    }

    /// Asks every store; the answer, if it is the same everywhere.
    pub(crate) async fn same<T: std::fmt::Debug>(
        &self,
        what: &str,
        ask: impl AsyncFn(&dyn Store) -> T,
    ) -> T {
        let [first, others @ ..] = self.stores();
        let answer = ask(first).await;
        for (store, name) in others.into_iter().zip(&NAMES[1..]) {
            let other = ask(store).await;
            self.compare(what, name, &answer, &other);
        }
        answer
    }

    fn compare<T: std::fmt::Debug>(&self, what: &str, name: &str, expected: &T, found: &T) {
        // By their text, which shows the order of members and the spelling of numbers too.
        if format!("{expected:?}") == format!("{found:?}") {
            return;
        }
        let (expected, found) = (format!("{expected:#?}"), format!("{found:#?}"));
        let lines = expected.lines().zip(found.lines()).enumerate();
        let first = lines.into_iter().find(|(_, (a, b))| a != b);
        panic!(
            "LEADBOOK_SEED={} step {}: {what}: {name} differs from {}; first at {first:?}\n{expected}\n---\n{found}",
            self.seed,
            self.step.get(),
            NAMES[0]
        );
    }

    /// Runs a batch everywhere. One store takes the commands of one workspace at a time: what is decided must not depend
    /// on that either.
    pub(crate) async fn batch(&self, batch: Vec<Command>, now: Timestamp) -> Vec<Outcome> {
        self.step.set(self.step.get() + batch.len());
        let what = format!("outcomes of {batch:?}");
        let run = async |store: &dyn Store| {
            if !store.batching().is_per_workspace {
                let committed = store.transact(0, batch.clone(), now).await?;
                return Ok((committed.outcomes, [committed.events, committed.deliveries]));
            }
            let (mut outcomes, mut counts) = (BTreeMap::new(), [0, 0]);
            for workspace in [1, 2].map(|id| WorkspaceId::new(id).expect("an id")) {
                let own = batch.iter().enumerate();
                let own = own.filter(|(_, command)| command.workspace_id == workspace);
                let (places, own): (Vec<_>, Vec<_>) = own.map(|(at, c)| (at, c.clone())).unzip();
                let committed = store.transact(1, own, now).await?;
                outcomes.extend(places.into_iter().zip(committed.outcomes));
                counts[0] += committed.events;
                counts[1] += committed.deliveries;
            }
            Ok::<_, store::StoreError>((outcomes.into_values().collect(), counts))
        };
        let answer = self.same(&what, run).await;
        answer.map(|(outcomes, _)| outcomes).unwrap_or_default()
    }

    /// The first jobs of all leads, by workspace: between workspaces the order is each store's own.
    pub(crate) async fn heads(&self, now: Timestamp) -> Vec<JobHead> {
        self.same("heads of jobs", async |store| {
            let mut heads = store.lease_jobs(now, now, 100_000).await.expect("heads");
            heads.sort_by_key(|head| head.workspace_id);
            heads
        })
        .await
    }

    /// Finishes the due deliveries that `fate` chooses, all at once. With a limit below what is due the stores may differ in
    /// which workspace's they take, so that then nothing is finished.
    pub(crate) async fn deliver(
        &self,
        now: Timestamp,
        except: &[SubscriptionId],
        limit: usize,
        fate: impl Fn(&DueDelivery) -> Option<FinishedDelivery>,
    ) -> usize {
        let all = 100_000;
        let finished = self.same("due deliveries", async |store| {
            let due = store.lease_deliveries(now, now, except, limit).await;
            let mut due = due.expect("deliveries");
            if limit < all {
                return (Vec::new(), due.len());
            }
            due.sort_by_key(|due| due.key.workspace_id);
            let finished: Vec<_> = due.iter().filter_map(&fate).collect();
            let count = finished.len();
            store.finish_deliveries(&finished).await.expect("finished");
            for due in &mut due {
                due.key.id = 0;
            }
            (due, count)
        });
        finished.await.1
    }

    /// Every read there is.
    async fn compare_reads(&self, life: &Life) {
        let now = life.now;
        for workspace in Life::workspaces() {
            for reference in life.references() {
                let what = format!("{reference:?} in {workspace}");
                self.same(&what, async |store| store.lead(workspace, &reference).await)
                    .await
                    .expect("a read");
            }
            for lead in life.leads() {
                for page in [(None, 1_000), (Some(4), 2)] {
                    let page = HistoryPage {
                        before_version: page.0,
                        limit: page.1,
                    };
                    self.same("a history", async |store| {
                        store.history(workspace, lead, page).await
                    })
                    .await
                    .expect("a read");
                }
            }
            for call in life.calls() {
                self.same("a call", async |store| store.call(workspace, call).await)
                    .await
                    .expect("a read");
            }
            self.compare_configuration(life, workspace).await;
            self.compare_listening(workspace).await;
        }
        self.same("expired claims", async |store| {
            let mut claims = store.expired_claims(now, 100_000).await.expect("claims");
            claims.sort_by_key(|claim| claim.lead_id);
            claims
        })
        .await;
        self.same("health", async |store| {
            let health = store.health(now).await.expect("health");
            (
                health.problems,
                [health.workspaces, health.leads, health.events],
                [health.jobs_waiting, health.deliveries_waiting],
                [health.deliveries_dead, health.expired_claims],
                [health.subscriptions_failing, health.subscriptions_disabled],
            )
        })
        .await;
        self.same("backlog", async |store| {
            store.position_events().await.expect("answers");
            store.backlog(now).await.expect("answers")
        })
        .await;
        self.heads(now).await;
        self.deliver(now, &[], 100_000, |_| None).await;
    }

    async fn compare_configuration(&self, life: &Life, workspace: WorkspaceId) {
        for campaign in life.campaign_refs() {
            self.same("a campaign", async |store| {
                store.campaign(workspace, &campaign).await
            })
            .await
            .expect("a read");
        }
        for campaign in life.campaigns() {
            for limit in [3, 1_000] {
                self.same("candidates", async |store| {
                    store
                        .claim_candidates(workspace, campaign, life.now, limit)
                        .await
                })
                .await
                .expect("a read");
            }
        }
        self.same("configuration", async |store| {
            (
                store.workspace(workspace).await.expect("a read"),
                store.keys(workspace).await.expect("a read"),
                store.fields(workspace).await.expect("a read"),
                store.tags(workspace, &life.tags()).await.expect("a read"),
                store.users(workspace, &life.users()).await.expect("a read"),
            )
        })
        .await;
    }

    async fn compare_listening(&self, workspace: WorkspaceId) {
        let page = ListPage {
            before_id: None,
            limit: 100_000,
        };
        self.same("subscriptions", async |store| {
            (
                store.subscriptions(workspace, page).await.expect("a read"),
                store.count_subscriptions(workspace).await.expect("a read"),
            )
        })
        .await;
        let everything = DeliveryFilter::default();
        self.same("the outbox", async |store| {
            let waiting = store.deliveries(workspace, &everything, page).await;
            let dead = store.dead_letters(workspace, &everything, page).await;
            let attempts = store
                .attempts(workspace, AttemptFilter::default(), page)
                .await;
            let mut records = waiting.expect("a read");
            records.extend(dead.expect("a read"));
            for record in &mut records {
                record.id = 0;
            }
            let mut attempts = attempts.expect("a read");
            for attempt in &mut attempts {
                (attempt.id, attempt.key.id) = (0, 0);
            }
            (records, attempts)
        })
        .await;
        self.same("a feed", async |store| {
            store.position_events().await.expect("positions");
            let mut events = feed(store, workspace).await;
            // The order between leads is each store's own; within a lead it must be that of the versions.
            events.sort_by_key(|event| event.lead_id);
            let versions = events.iter().map(|event| (event.lead_id, event.version));
            assert!(versions.is_sorted(), "in order");
            events
        })
        .await;
    }

    /// What is kept, whole; and what the one store has, once it has gone through another.
    async fn compare_records(&self) {
        let own_numbers = [
            RecordKind::Job,
            RecordKind::DeferredEdit,
            RecordKind::Delivery,
        ];
        let mut kept: Vec<Vec<String>> = Vec::new();
        let all: [&dyn Transfer; 3] = [&self.sqlite, &self.plain, &self.routed];
        for store in all {
            let mut texts = records(store, 400).await;
            // Their places are each store's own; their reads were compared.
            texts.retain(|text| {
                !own_numbers
                    .iter()
                    .any(|kind| text.starts_with(&format!("{kind:?}(")))
            });
            kept.push(texts);
        }
        for (texts, name) in kept.iter().zip(NAMES).skip(1) {
            self.compare("all records", name, &kept[0], texts);
        }
        let back = SqliteStore::open_temporary().expect("opens");
        move_all(&self.routed, &back, 300).await;
        let (there, here) = (records(&self.routed, 500).await, records(&back, 500).await);
        self.compare("records that were moved", "the copy", &there, &here);
    }
}

/// A whole feed, read in pages of many sizes.
async fn feed(store: &dyn Store, workspace: WorkspaceId) -> Vec<Event> {
    let (mut events, mut after) = (Vec::new(), 0);
    for limit in (1..).map(|n| n * 3) {
        let page = store.feed(workspace, after, limit).await.expect("a page");
        assert!(page.events.len() <= limit && page.end >= after);
        let Some((last, _)) = page.events.last() else {
            assert_eq!(page.end, after, "the end is that of the last event");
            break;
        };
        for (position, event) in &page.events {
            assert!(*position > after, "positions ascend");
            after = *position;
            events.push(event.clone());
        }
        assert_eq!(*last, after);
    }
    events
}

/// Commands of one life.
const COMMANDS: usize = 3_000;

async fn live(seed: u64) {
    let (sqlite, _directory) = crate::open_sqlite().await;
    let (plain, _schema) = crate::open().await;
    let (routed, _other_schema) = crate::open_routed().await;
    let twins = Twins {
        sqlite,
        plain,
        routed,
        seed,
        step: std::cell::Cell::new(0),
    };
    let mut life = Life::begin(&twins, Dice::new(seed)).await;
    let mut next_look = COMMANDS / 2;
    while twins.step.get() < COMMANDS {
        life.go_on(&twins).await;
        if twins.step.get() >= next_look {
            next_look += COMMANDS / 2;
            twins.compare_reads(&life).await;
        }
    }
    twins.compare_reads(&life).await;
    twins.compare_records().await;
    life.check_was_lived();
}

macro_rules! lives {
    ($($name:ident: $seed:literal,)*) => {
        $(#[tokio::test]
        async fn $name() {
            live($seed).await;
        })*
    };
}

lives! {
    first_life: 1,
    second_life: 20_261_121,
    third_life: 0x5eed,
    fourth_life: 987_654_321,
}

/// One of the operator's choice.
#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "which life a test lives is no configuration of the program"
)]
async fn the_life_of_the_environment() {
    let seed = std::env::var("LEADBOOK_SEED").ok();
    live(seed.and_then(|seed| seed.parse().ok()).unwrap_or(42)).await;
}
