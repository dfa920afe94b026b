//! One seeded random life of a book, lived on SQLite and on PostgreSQL in both forms: every outcome and every read must be
//! the same. What a store numbers for itself (deliveries, places in a queue) is compared by its order.
//!
//! The only randomness is the seed, which a failure names: `LEADBOOK_SEED=… cargo nextest run -p store-postgres
//! equivalence` lives that life again.

mod generator;
mod life;

use std::collections::BTreeMap;

use domain::command::{Command, Outcome};
use domain::{CallbackId, Timestamp, WorkspaceId};
use store::conformance::transfer::{move_all, records};
use store::transfer::{RecordKind, Transfer};
use store::{DeliveryOutcome, DueDelivery, HistoryPage, JobHead, Store};
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
        let (expected, found) = (format!("{expected:#?}"), format!("{found:#?}"));
        if expected == found {
            return;
        }
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
        let what = format!("outcomes of {batch:#?}");
        let run = async |store: &dyn Store| {
            if !store.batching().is_per_workspace {
                return store.transact(0, batch.clone(), now).await;
            }
            let mut outcomes = BTreeMap::new();
            for workspace in [1, 2].map(|id| WorkspaceId::new(id).expect("an id")) {
                let own = batch.iter().enumerate();
                let own = own.filter(|(_, command)| command.workspace_id == workspace);
                let (places, own): (Vec<_>, Vec<_>) = own.map(|(at, c)| (at, c.clone())).unzip();
                outcomes.extend(places.into_iter().zip(store.transact(1, own, now).await?));
            }
            Ok(outcomes.into_values().collect())
        };
        let outcomes = self.same(&what, run).await;
        outcomes.unwrap_or_default()
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

    /// Finishes the due deliveries that `fate` chooses.
    pub(crate) async fn deliver(
        &self,
        now: Timestamp,
        except: &[CallbackId],
        fate: impl Fn(&DueDelivery) -> Option<DeliveryOutcome>,
    ) -> usize {
        let finished = self.same("due deliveries", async |store| {
            let due = store.lease_deliveries(now, now, except, 100_000).await;
            let mut due = due.expect("deliveries");
            due.sort_by_key(|due| due.workspace_id);
            for due in &mut due {
                if let Some(outcome) = fate(due) {
                    store.finish_delivery(due, outcome).await.expect("finished");
                }
                due.id = 0;
            }
            due
        });
        finished.await.len()
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
            )
        })
        .await;
        self.heads(now).await;
        self.deliver(now, &[], |_| None).await;
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
