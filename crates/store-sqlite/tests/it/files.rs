//! What is true of a file that is not true of every store: what a copy holds, what several handles may do, and
//! what is said of a row that we did not write.

#![expect(clippy::unwrap_used, reason = "also in the functions that tests share")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use domain::command::LeadRef;
use domain::edit::{Change, Edit};
use domain::{IdKind, Lead, LeadId};
use store::conformance::World;
use store::{HistoryPage, Store, StoreError};
use store_sqlite::SqliteStore;
use tempfile::TempDir;

fn directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("leadbook.db");
    (directory, file)
}

fn named(name: &str) -> Edit {
    Edit {
        name: Change::Set(name.to_owned()),
        ..Edit::default()
    }
}

async fn find(store: &SqliteStore, world: &World<'_>, lead: LeadId) -> Option<Lead> {
    let reference = LeadRef::Number(lead);
    store.lead(world.workspace, &reference).await.unwrap()
}

/// The log beside the file.
fn log(file: &Path) -> PathBuf {
    file.with_extension("db-wal")
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_drop() {
    let (_directory, file) = directory();
    let store = SqliteStore::open(&file).unwrap();
    let world = World::new(&store).await;
    let lead = world.new_lead_with(named("Ada")).await;
    let next = world.lead_id().await;
    let workspace = world.workspace;
    drop(store);
    let store = SqliteStore::open(&file).unwrap();
    let reference = LeadRef::Number(lead.id);
    let found = store.lead(workspace, &reference).await.unwrap();
    assert_eq!(found, Some(lead));
    assert!(store.reserve_ids(IdKind::Lead, 1).await.unwrap() > next.get());
}

#[tokio::test]
async fn a_copy_of_the_files_of_a_running_store_has_everything() {
    // As they are when the process is killed: nothing was told to close.
    let (_directory, file) = directory();
    let store = SqliteStore::open(&file).unwrap();
    let world = World::new(&store).await;
    let mut leads = Vec::new();
    for n in 0..50 {
        leads.push(world.new_lead_with(named(&n.to_string())).await);
    }
    let (_other, copy) = directory_with_copy(&file);
    let copied = SqliteStore::open(&copy).unwrap();
    for lead in leads {
        assert_eq!(find(&copied, &world, lead.id).await, Some(lead));
    }
    let health = copied.health(world.now()).await.unwrap();
    assert_eq!(health.problems, Vec::<String>::new());
}

fn directory_with_copy(file: &Path) -> (TempDir, PathBuf) {
    let (directory, copy) = directory();
    std::fs::copy(file, &copy).unwrap();
    std::fs::copy(log(file), log(&copy)).unwrap();
    (directory, copy)
}

#[tokio::test]
async fn a_closed_store_is_one_file_and_answers_nothing() {
    let (_directory, file) = directory();
    let store = SqliteStore::open(&file).unwrap();
    let world = World::new(&store).await;
    let lead = world.new_lead_with(named("Ada")).await;
    store.close().await.unwrap();
    store.close().await.unwrap();
    assert!(!log(&file).exists());
    let refused = store.lead(world.workspace, &LeadRef::Number(lead.id)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    let refused = store.transact(0, Vec::new(), world.now()).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    let refused = store.reserve_ids(IdKind::Lead, 1).await;
    assert!(refused.unwrap_err().is_retryable());
    // The one file is all there is to copy.
    let (_other, copy) = directory();
    std::fs::copy(&file, &copy).unwrap();
    let copied = SqliteStore::open(&copy).unwrap();
    assert_eq!(find(&copied, &world, lead.id).await, Some(lead));
}

#[tokio::test]
async fn a_second_handle_sees_and_changes_the_same_book() {
    // The server and the command line.
    let (_directory, file) = directory();
    let server = SqliteStore::open(&file).unwrap();
    let cli = SqliteStore::open(&file).unwrap();
    let world = World::new(&server).await;
    let lead = world.new_lead_with(named("Ada")).await.id;
    let update = |name: &str| vec![world.update(lead, named(name))];
    let outcomes = cli.transact(0, update("from outside"), world.now()).await;
    assert_eq!(
        outcomes.unwrap().outcomes[0].as_ref().unwrap().lead.version,
        2
    );
    world.done(world.update(lead, named("from inside"))).await;
    let seen = find(&cli, &world, lead).await.unwrap();
    assert_eq!(
        (seen.version, seen.name.as_deref()),
        (3, Some("from inside"))
    );
    // Closing one leaves the other alone.
    cli.close().await.unwrap();
    world.done(world.update(lead, named("after"))).await;
    world.check_histories().await;
}

#[tokio::test]
async fn two_handles_never_hand_out_one_id_twice() {
    let (_directory, file) = directory();
    let stores = [
        SqliteStore::open(&file).unwrap(),
        SqliteStore::open(&file).unwrap(),
    ];
    let reserve = async |store: &SqliteStore| {
        let mut firsts = Vec::new();
        for count in [1, 5, 1, 5] {
            let first = store.reserve_ids(IdKind::Lead, count).await.unwrap();
            firsts.extend(first..first + count);
        }
        firsts
    };
    let (a, b) = tokio::join!(reserve(&stores[0]), reserve(&stores[1]));
    let all: BTreeSet<_> = a.into_iter().chain(b).collect();
    assert_eq!(all.len(), 24);
}

#[test]
fn two_may_open_a_new_file_at_once() {
    let (_directory, file) = directory();
    let open = || SqliteStore::open(&file).map(drop);
    std::thread::scope(|scope| {
        let threads = [scope.spawn(open), scope.spawn(open), scope.spawn(open)];
        for thread in threads {
            thread.join().unwrap().unwrap();
        }
    });
}

#[tokio::test]
async fn a_row_that_we_did_not_write_is_named() {
    let (_directory, file) = directory();
    let store = SqliteStore::open(&file).unwrap();
    let world = World::new(&store).await;
    let lead = world.new_lead_with(named("Ada")).await.id;
    let damage = |sql: &str| {
        let connection = rusqlite::Connection::open(&file).unwrap();
        connection.execute(sql, [lead.get().cast_signed()]).unwrap();
    };
    let named_by = |error: StoreError| match error {
        StoreError::Corrupt { table, column, id } => format!("{table}.{column} of {id}"),
        other => panic!("{other:?}"),
    };
    let page = HistoryPage {
        before_version: None,
        limit: 10,
    };
    damage("UPDATE events SET kind = 'invented' WHERE lead_id = ?1");
    let error = store
        .history(world.workspace, lead, page)
        .await
        .unwrap_err();
    assert_eq!(named_by(error), "events.kind of 1");
    damage("DELETE FROM events WHERE lead_id = ?1");
    let error = store
        .history(world.workspace, lead, page)
        .await
        .unwrap_err();
    assert_eq!(named_by(error), "events.previous_event_id of 1");
    for (column, value) in [
        ("dial_status", "'asleep'"),
        ("variables", "'[]'"),
        ("tags", "'[0]'"),
        ("version", "-1"),
        ("campaign_id", "0"),
        ("updated_at", "-1"),
        ("claim", "'{}'"),
    ] {
        let reset = "dial_status = 'new', variables = '{}', tags = '[]', version = 1, campaign_id = NULL, \
                     updated_at = 0, claim = NULL";
        damage(&format!("UPDATE leads SET {reset} WHERE id = ?1"));
        damage(&format!(
            "UPDATE leads SET {column} = {value} WHERE id = ?1"
        ));
        let read = store.lead(world.workspace, &LeadRef::Number(lead)).await;
        let expected = format!("leads.{column} of {lead}");
        assert_eq!(named_by(read.unwrap_err()), expected);
        // Nor is it decided upon.
        let batch = vec![world.update(lead, named("x"))];
        let refused = store.transact(0, batch, world.now()).await;
        assert_eq!(named_by(refused.unwrap_err()), expected);
    }
}

#[tokio::test]
async fn an_update_writes_the_page_of_its_lead_and_the_page_of_its_event() {
    const FRAME_BYTES: u64 = 4096 + 24;
    let (_directory, file) = directory();
    let store = SqliteStore::open(&file).unwrap();
    let world = World::new(&store).await;
    let mut leads = Vec::new();
    for n in 0..100 {
        let edit = Edit {
            external_id: Change::Set(format!("crm-{n}")),
            email: Change::Set(format!("ada{n}@example.com")),
            ..world.callable()
        };
        leads.push(world.new_lead_with(edit).await.id);
    }
    let pages = || std::fs::metadata(log(&file)).unwrap().len() / FRAME_BYTES;
    let before = pages();
    for (n, lead) in leads.iter().enumerate() {
        // Of one length, so that no page has to be split.
        let edit = Edit {
            notes: Change::Set(format!("Ada {:03}", n % 7)),
            ..Edit::default()
        };
        world.done(world.update(*lead, edit)).await;
    }
    let written = pages() - before;
    // Every dozen or so events begin a page, which also touches the page above and the file's first.
    assert!(written < 250, "{written} pages for 100 updates");
    let before = pages();
    for (n, lead) in leads.iter().enumerate() {
        world
            .done(world.update(*lead, named(&format!("Ada {:03}", n % 7))))
            .await;
    }
    let written = pages() - before;
    // That its text is to be taken up is one page more.
    assert!(written < 350, "{written} pages for 100 updates of a name");
}
