//! What is true of a server that is not true of every store: processes that share it, its faults, its catalog.

#![expect(clippy::unwrap_used, reason = "also in the functions that tests share")]

use std::collections::BTreeSet;
use std::time::Duration;

use domain::command::LeadRef;
use domain::edit::{Change, Edit};
use domain::{IdKind, JobId, LeadId, Timestamp};
use store::conformance::World;
use store::{HistoryPage, Store, StoreError};
use store_postgres::PostgresStore;
use store_postgres::testing::TestSchema;

use crate::{named, open_in as open, session};

async fn update(
    store: &PostgresStore,
    world: &World<'_>,
    lead: LeadId,
    name: &str,
) -> store::Result<u64> {
    let batch = vec![world.update(lead, named(name))];
    let committed = store.transact(0, batch, world.now()).await?;
    Ok(committed.outcomes[0].as_ref().unwrap().lead.version)
}

#[tokio::test]
async fn many_may_open_a_new_database_at_once() {
    let schema = TestSchema::create().await;
    let opened = tokio::join!(open(&schema), open(&schema), open(&schema), open(&schema));
    let health = opened
        .0
        .health(Timestamp::from_millis(0).unwrap())
        .await
        .unwrap();
    assert_eq!((health.schema_version, health.problems), (1, Vec::new()));
    let client = session(&schema).await;
    let rows = client
        .query("SELECT * FROM refinery_schema_history", &[])
        .await;
    assert_eq!(rows.unwrap().len(), 1);
}

#[tokio::test]
async fn of_many_that_find_a_book_empty_one_sets_up() {
    let schema = TestSchema::create().await;
    let stores = tokio::join!(open(&schema), open(&schema), open(&schema));
    let world = World::new(&stores.0).await;
    let first = async |store: &PostgresStore, id: u64| {
        let mut workspace = world.a_workspace();
        workspace.id = domain::WorkspaceId::new(id).unwrap();
        store.create_first_workspace(&workspace).await.unwrap()
    };
    // The world has one already.
    assert!(!first(&stores.0, 900).await);
    let client = session(&schema).await;
    client.execute("DELETE FROM workspaces", &[]).await.unwrap();
    let won = tokio::join!(
        first(&stores.0, 901),
        first(&stores.1, 902),
        first(&stores.2, 903)
    );
    assert_eq!([won.0, won.1, won.2].iter().filter(|won| **won).count(), 1);
    assert_eq!(stores.0.workspaces().await.unwrap().len(), 1);
}

#[tokio::test]
async fn two_processes_never_hand_out_one_id_twice() {
    let schema = TestSchema::create().await;
    let stores = tokio::join!(open(&schema), open(&schema));
    let reserve = async |store: &PostgresStore| {
        let mut ids = Vec::new();
        for count in [1, 5, 1, 5, 1000] {
            let first = store.reserve_ids(IdKind::Lead, count).await.unwrap();
            ids.extend(first..first + count);
        }
        ids
    };
    let (a, b) = tokio::join!(reserve(&stores.0), reserve(&stores.1));
    let all: BTreeSet<_> = a.into_iter().chain(b).collect();
    assert_eq!(all.len(), 2 * 1012);
}

#[tokio::test]
async fn a_lead_that_two_processes_update_at_once_keeps_every_update() {
    let schema = TestSchema::create().await;
    let stores = tokio::join!(open(&schema), open(&schema));
    let world = World::new(&stores.0).await;
    let lead = world.new_lead_with(named("new")).await.id;
    let write = async |store: &PostgresStore, who: &str| {
        for n in 0..50 {
            update(store, &world, lead, &format!("{who}{n}"))
                .await
                .unwrap();
        }
    };
    tokio::join!(write(&stores.0, "a"), write(&stores.1, "b"));
    let reference = LeadRef::Number(lead);
    let found = stores.0.lead(world.workspace, &reference).await.unwrap();
    assert_eq!(found.unwrap().version, 101);
    world.check_histories().await;
}

#[tokio::test]
async fn batches_over_the_same_leads_in_any_order_never_lock_each_other_up() {
    let schema = TestSchema::create().await;
    let stores = tokio::join!(open(&schema), open(&schema));
    let world = World::new(&stores.0).await;
    let mut leads = Vec::new();
    for n in 0..20 {
        leads.push(world.new_lead_with(named(&n.to_string())).await.id);
    }
    let write = async |store: &PostgresStore, step: usize| {
        for n in 0..40 {
            let at = |k: usize| leads[(n + k * step) % leads.len()];
            let name = format!("{step} {n}");
            let batch: Vec<_> = (0..leads.len())
                .map(|k| world.update(at(k), named(&name)))
                .collect();
            let committed = store.transact(step % 2, batch, world.now()).await;
            assert!(committed.unwrap().outcomes.iter().all(Result::is_ok));
        }
    };
    tokio::join!(
        write(&stores.0, 1),
        write(&stores.1, 19),
        write(&stores.0, 7 + 1),
        write(&stores.1, 13)
    );
    let client = session(&schema).await;
    let sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let deadlocks: i64 = client.query_one(sql, &[]).await.unwrap().get(0);
    // Of the whole database: other tests make one on purpose, and say so there.
    println!("deadlocks so far in this database: {deadlocks}");
    world.check_histories().await;
}

#[tokio::test]
async fn a_deadlock_with_somebody_else_is_survived() {
    let schema = TestSchema::create().await;
    let store = open(&schema).await;
    let world = World::new(&store).await;
    let first = world.new_lead_with(named("first")).await.id;
    let second = world.new_lead_with(named("second")).await.id;
    let mut stranger = session(&schema).await;
    let row = "SELECT 1 FROM leads WHERE id = $1 FOR UPDATE";
    let other = stranger.transaction().await.unwrap();
    // Waits longer before it looks for a deadlock, so that the store is the one that finds it.
    other
        .batch_execute("SET LOCAL deadlock_timeout = '7s'")
        .await
        .unwrap();
    let number = |lead: LeadId| i64::try_from(lead.get()).unwrap();
    other.query(row, &[&number(second)]).await.unwrap();
    let batch = vec![
        world.update(first, named("x")),
        world.update(second, named("y")),
    ];
    let ours = store.transact(0, batch, world.now());
    let theirs = async {
        // Until the store holds the first and waits for the second.
        let waits =
            "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')";
        while other.query(waits, &[]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        other.query(row, &[&number(first)]).await.unwrap();
        other.commit().await.unwrap();
    };
    let (ours, ()) = tokio::join!(ours, theirs);
    assert!(ours.unwrap().outcomes.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_connection_lost_in_the_middle_of_a_batch_leaves_nothing_half_done() {
    let schema = TestSchema::create().await;
    let store = open(&schema).await;
    let world = World::new(&store).await;
    let lead = world.new_lead_with(named("before")).await.id;
    let mut stranger = session(&schema).await;
    let hold = stranger.transaction().await.unwrap();
    let number = i64::try_from(lead.get()).unwrap();
    hold.query("SELECT 1 FROM leads WHERE id = $1 FOR UPDATE", &[&number])
        .await
        .unwrap();
    let ours = update(&store, &world, lead, "lost");
    let cut = async {
        let waiting = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                       WHERE wait_event_type = 'Lock' AND query LIKE '%FROM leads%' AND pid IN \
                       (SELECT pid FROM pg_locks WHERE relation = 'leads'::regclass)";
        while hold.query(waiting, &[]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let (ours, ()) = tokio::join!(ours, cut);
    let error = ours.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    hold.rollback().await.unwrap();
    // By itself.
    assert_eq!(update(&store, &world, lead, "after").await.unwrap(), 2);
    world.check_histories().await;
}

#[tokio::test]
async fn a_row_that_somebody_holds_too_long_is_busy_and_then_free() {
    let schema = TestSchema::create().await;
    let store = PostgresStore::open(&format!("{}%20-cstatement_timeout%3D300", schema.url))
        .await
        .unwrap();
    let world = World::new(&store).await;
    let lead = world.new_lead_with(named("before")).await.id;
    let mut stranger = session(&schema).await;
    let hold = stranger.transaction().await.unwrap();
    let number = i64::try_from(lead.get()).unwrap();
    hold.query("SELECT 1 FROM leads WHERE id = $1 FOR UPDATE", &[&number])
        .await
        .unwrap();
    let error = update(&store, &world, lead, "late").await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    hold.rollback().await.unwrap();
    assert_eq!(update(&store, &world, lead, "after").await.unwrap(), 2);
}

#[tokio::test]
async fn a_lead_renamed_while_it_is_waited_for_is_looked_up_again() {
    let schema = TestSchema::create().await;
    let store = open(&schema).await;
    let world = World::new(&store).await;
    let edit = |id: &str| Edit {
        external_id: Change::Set(id.to_owned()),
        ..world.callable()
    };
    let old = world.new_lead_with(edit("crm-1")).await.id;
    let mut stranger = session(&schema).await;
    let rename = stranger.transaction().await.unwrap();
    let number = i64::try_from(old.get()).unwrap();
    let sql = "UPDATE leads SET external_id = 'crm-2' WHERE id = $1";
    rename.execute(sql, &[&number]).await.unwrap();
    let by_name = LeadRef::External {
        campaign: world.campaign,
        external_id: "crm-1".to_owned(),
    };
    let batch = vec![world.update_ref(by_name, named("x"), domain::guard::Guard::default())];
    let ours = store.transact(0, batch, world.now());
    let theirs = async {
        let waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid IN \
                     (SELECT pid FROM pg_locks WHERE relation = 'leads'::regclass)";
        while rename.query(waits, &[]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        rename.commit().await.unwrap();
    };
    let (ours, ()) = tokio::join!(ours, theirs);
    assert_eq!(
        ours.unwrap().outcomes[0].as_ref().unwrap_err(),
        &domain::fault::Rejection::LeadNotFound
    );
}

/// A result on its way, and the time at which it is due.
async fn a_delivery(world: &World<'_>) -> LeadId {
    let campaign = world.new_campaign().await;
    world.subscribed_to_results(campaign.id).await;
    let edit = Edit {
        campaign: Change::Set(campaign.id),
        ..world.callable()
    };
    let lead = world.new_lead_with(edit).await.id;
    let job = JobId::new(world.id(IdKind::Job).await).unwrap();
    world.done(world.queue(lead, job, named("queued"))).await;
    lead
}

#[tokio::test]
async fn what_one_process_has_leased_no_other_is_given() {
    let schema = TestSchema::create().await;
    let stores = tokio::join!(open(&schema), open(&schema));
    let world = World::new(&stores.0).await;
    for _ in 0..10 {
        a_delivery(&world).await;
    }
    let now = world.now();
    let end = now.plus_millis(1_000);
    let (a, b) = tokio::join!(
        stores.0.lease_jobs(now, end, 100),
        stores.1.lease_jobs(now, end, 100)
    );
    let (a, b) = (a.unwrap(), b.unwrap());
    let all: BTreeSet<_> = a.iter().chain(&b).map(|head| head.job_id).collect();
    assert_eq!((a.len() + b.len(), all.len()), (10, 10));
    assert_eq!(stores.0.lease_jobs(now, end, 100).await.unwrap(), []);
    // The process died: its jobs come back when the lease is over.
    let later = end;
    let again = stores.1.lease_jobs(later, later.plus_millis(1), 100).await;
    assert_eq!(again.unwrap().len(), 10);
}

#[tokio::test]
async fn events_go_on_into_the_next_partition() {
    let schema = TestSchema::create().await;
    let store = open(&schema).await;
    let world = World::new(&store).await;
    let lead = world.new_lead_with(named("first partition")).await.id;
    let client = session(&schema).await;
    for jump in [99_999_500_i64, 199_999_900, 350_000_000] {
        let sql = "SELECT setval('event_ids', $1, false)";
        client.query(sql, &[&jump]).await.unwrap();
        // Another process, so that no ids of an old block are left.
        let store = open(&schema).await;
        for n in 0..3 {
            update(&store, &world, lead, &format!("{jump} {n}"))
                .await
                .unwrap();
        }
    }
    let page = HistoryPage {
        before_version: None,
        limit: 100,
    };
    let history = store.history(world.workspace, lead, page).await.unwrap();
    assert_eq!(history.len(), 10);
    world.check_histories().await;
    let sql = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass";
    let partitions: i64 = client.query_one(sql, &[]).await.unwrap().get(0);
    assert!(partitions >= 4, "{partitions}");
    // What the operator takes away is gone, and what is left can be read.
    let sql = "ALTER TABLE events DETACH PARTITION events_0";
    client.batch_execute(sql).await.unwrap();
    let left = store.history(world.workspace, lead, page).await.unwrap();
    assert_eq!(left, history[..left.len()]);
    assert!(
        left.len() < history.len() && left.len() >= 6,
        "{}",
        left.len()
    );
    // Damage is something else.
    client
        .batch_execute("DELETE FROM events WHERE version = 6")
        .await
        .unwrap();
    let damaged = store.history(world.workspace, lead, page).await;
    assert!(
        matches!(damaged, Err(StoreError::Corrupt { .. })),
        "{damaged:?}"
    );
}

#[tokio::test]
async fn the_version_before_goes_on_while_the_next_one_migrates() {
    let schema = TestSchema::create().await;
    let old = open(&schema).await;
    let world = World::new(&old).await;
    let lead = world.new_lead_with(named("new")).await.id;
    // What a later version's migration may do: only add.
    let next = session(&schema).await;
    let migrate = async {
        let sql = "ALTER TABLE leads ADD COLUMN mood text; \
                   ALTER TABLE events ADD COLUMN weather bigint; \
                   CREATE TABLE moods (workspace_id bigint, id bigint, PRIMARY KEY (workspace_id, id)); \
                   INSERT INTO refinery_schema_history VALUES (2, 'later', '2026-11-21T00:00:00Z', '1')";
        next.batch_execute(sql).await.unwrap();
    };
    let write = async {
        for n in 0..30 {
            update(&old, &world, lead, &n.to_string()).await.unwrap();
        }
    };
    tokio::join!(write, migrate);
    assert_eq!(update(&old, &world, lead, "after").await.unwrap(), 32);
    // And one that starts again, as in a rolling upgrade.
    let restarted = open(&schema).await;
    assert_eq!(
        update(&restarted, &world, lead, "restarted").await.unwrap(),
        33
    );
    let health = restarted.health(world.now()).await.unwrap();
    assert_eq!(health.schema_version, 2);
}

#[tokio::test]
async fn every_key_of_a_tenants_table_begins_with_the_workspace() {
    let schema = TestSchema::create().await;
    drop(open(&schema).await);
    let client = session(&schema).await;
    let sql = "SELECT relation.relname, constrained.relname, attribute.attname \
               FROM pg_index AS index \
               JOIN pg_class AS relation ON relation.oid = index.indrelid \
               JOIN pg_class AS constrained ON constrained.oid = index.indexrelid \
               JOIN pg_attribute AS attribute ON attribute.attrelid = relation.oid AND attribute.attnum = index.indkey[0] \
               WHERE index.indisunique AND relation.relnamespace = current_schema()::regnamespace";
    let shared = [
        "id_blocks",
        "copy_mark",
        "workspaces",
        "api_keys",
        "refinery_schema_history",
    ];
    let mut tenants = BTreeSet::new();
    for row in client.query(sql, &[]).await.unwrap() {
        let (table, index, first): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        if !shared.contains(&&*table) {
            assert_eq!(first, "workspace_id", "{index} of {table}");
            tenants.insert(table);
        }
    }
    let sql = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace";
    for row in client.query(sql, &[]).await.unwrap() {
        let table: String = row.get(0);
        assert!(
            shared.contains(&&*table) || tenants.contains(&table),
            "{table} has no key"
        );
    }
}

/// Stands in for the extension: what would be spread, by what.
const FAKE_CITUS: &str = "
    CREATE TABLE pg_dist_partition (logicalrelid regclass PRIMARY KEY, by_column text, colocated text);
    CREATE FUNCTION create_reference_table(name regclass) RETURNS void LANGUAGE sql AS
        $$ INSERT INTO pg_dist_partition VALUES (name, NULL, NULL) $$;
    CREATE FUNCTION create_distributed_table(name regclass, by_column text, colocate_with text) RETURNS void
        LANGUAGE sql AS $$ INSERT INTO pg_dist_partition VALUES (name, by_column, colocate_with) $$;";

#[tokio::test]
async fn a_citus_cluster_gets_every_table() {
    let schema = TestSchema::create().await;
    let refused = PostgresStore::migrate_citus(&schema.url).await.unwrap_err();
    assert!(
        format!("{refused:?}").contains("CREATE EXTENSION citus"),
        "{refused:?}"
    );
    let client = session(&schema).await;
    client.batch_execute(FAKE_CITUS).await.unwrap();
    // A second time changes nothing.
    PostgresStore::migrate_citus(&schema.url).await.unwrap();
    PostgresStore::migrate_citus(&schema.url).await.unwrap();
    let sql = "SELECT logicalrelid::text, by_column, colocated FROM pg_dist_partition";
    let rows = client.query(sql, &[]).await.unwrap();
    let mut spread = BTreeSet::new();
    for row in &rows {
        let (table, by): (String, Option<String>) = (row.get(0), row.get(1));
        let colocated: Option<String> = row.get(2);
        match by {
            Some(by) => {
                assert_eq!(by, "workspace_id");
                let expected = if table == "leads" { "none" } else { "leads" };
                assert_eq!(colocated.as_deref(), Some(expected), "{table}");
            }
            None => assert!(
                ["id_blocks", "copy_mark", "workspaces", "api_keys"].contains(&&*table),
                "{table}"
            ),
        }
        spread.insert(table);
    }
    let sql = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition \
               AND relnamespace = current_schema()::regnamespace \
               AND relname NOT IN ('pg_dist_partition', 'refinery_schema_history')";
    let tables = client.query(sql, &[]).await.unwrap();
    assert_eq!(
        tables
            .iter()
            .map(|row| row.get(0))
            .collect::<BTreeSet<String>>(),
        spread
    );
    // Found by a server that opens it: from then on a batch has one workspace.
    assert!(open(&schema).await.batching().is_per_workspace);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_quickly() {
    let opened = PostgresStore::open("postgres://nobody:secret@127.0.0.1:1/nothing");
    let error = tokio::time::timeout(Duration::from_secs(10), opened)
        .await
        .unwrap()
        .err()
        .unwrap();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(!format!("{error:?}").contains("secret"));
}

#[tokio::test]
async fn a_closed_store_answers_nothing() {
    let schema = TestSchema::create().await;
    let store = open(&schema).await;
    let world = World::new(&store).await;
    let lead = world.new_lead_with(named("Ada")).await.id;
    store.close().await.unwrap();
    store.close().await.unwrap();
    let refused = store.lead(world.workspace, &LeadRef::Number(lead)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    let refused = update(&store, &world, lead, "late").await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
}
