//! What a copy refuses, and that it notices a source that changes under it. That everything is moved is the stores' suite.

use std::sync::Arc;

use store::transfer::{Cursor, Record, RecordKind, RecordPage, Transfer, Watch};
use store::{Store, StoreError};
use store_sqlite::SqliteStore;

use super::{CopyError, CopyStage, copy_book};
use crate::administration::NewWorkspace;
use crate::{App, SystemEnvironment};

async fn book(workspaces: usize) -> Arc<SqliteStore> {
    let store = Arc::new(SqliteStore::open_temporary().expect("opens"));
    let app = App::start(
        Arc::clone(&store) as Arc<dyn Store>,
        Arc::new(SystemEnvironment::default()),
    );
    for _ in 0..workspaces {
        let made = app.create_workspace(NewWorkspace::new("Northwind")).await;
        made.expect("is made");
    }
    store
}

#[tokio::test]
async fn both_books_hold_the_same_and_every_kind_is_shown() {
    let (source, target) = (book(3).await, book(0).await);
    let mut seen = Vec::new();
    let mut watch = |progress: super::Progress| seen.push((progress.stage, progress.kind));
    let copied = copy_book(&*source, &*target, &mut watch).await;
    let copied = copied.expect("is copied");
    let workspaces = copied.iter().find(|c| c.kind == RecordKind::Workspace);
    assert_eq!(workspaces.expect("a row").tally.count, 3);
    assert_eq!(
        target.workspaces().await.unwrap(),
        source.workspaces().await.unwrap()
    );
    for stage in [CopyStage::Copying, CopyStage::Checking] {
        assert!(
            RecordKind::ALL
                .iter()
                .all(|kind| seen.contains(&(stage, *kind)))
        );
    }
}

#[tokio::test]
async fn a_target_that_is_not_empty_stays_as_it_is() {
    let (source, target) = (book(2).await, book(1).await);
    let before = target.workspaces().await.unwrap();
    let refused = copy_book(&*source, &*target, &mut |_| ()).await;
    assert!(
        matches!(refused, Err(CopyError::NotEmpty(_))),
        "{refused:?}"
    );
    assert_eq!(target.workspaces().await.unwrap(), before);
    // Not marked either.
    target.begin_import().await.expect("no copy was begun");
}

#[tokio::test]
async fn an_interrupted_copy_is_not_gone_on_with() {
    let (source, target) = (book(1).await, book(0).await);
    target.begin_import().await.expect("begins");
    let refused = copy_book(&*source, &*target, &mut |_| ()).await;
    assert!(matches!(refused, Err(CopyError::Begun)), "{refused:?}");
}

/// A store that a server writes to while it is read for the first time, or whose rows change on their way.
struct Restless {
    store: Arc<SqliteStore>,
    is_source: bool,
}

#[async_trait::async_trait]
impl Transfer for Restless {
    async fn count(&self, kind: RecordKind) -> Result<u64, StoreError> {
        self.store.count(kind).await
    }

    async fn export(
        &self,
        kind: RecordKind,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<RecordPage, StoreError> {
        let page = self.store.export(kind, after, limit).await;
        if self.is_source && kind == RecordKind::Delivery {
            self.store.reserve_ids(domain::IdKind::Lead, 1).await?;
        }
        page
    }

    async fn begin_import(&self) -> Result<(), StoreError> {
        self.store.begin_import().await
    }

    async fn import(&self, kind: RecordKind, mut records: Vec<Record>) -> Result<(), StoreError> {
        for record in &mut records {
            if let Record::Workspace(workspace) = record {
                workspace.name.push('!');
            }
        }
        self.store.import(kind, records).await
    }

    async fn end_import(&self, watch: Watch<'_>) -> Result<(), StoreError> {
        self.store.end_import(watch).await
    }
}

#[tokio::test]
async fn a_source_that_is_served_meanwhile_is_noticed() {
    let (source, target) = (book(1).await, book(0).await);
    let source = Restless {
        store: source,
        is_source: true,
    };
    let failed = copy_book(&source, &*target, &mut |_| ()).await;
    assert!(
        matches!(failed, Err(CopyError::SourceChanged(RecordKind::IdBlock))),
        "{failed:?}"
    );
    let marked = target.begin_import().await;
    assert!(marked.is_err(), "the target stays incomplete");
}

#[tokio::test]
async fn a_target_that_keeps_something_else_is_noticed() {
    let (source, target) = (book(1).await, book(0).await);
    let target = Restless {
        store: target,
        is_source: false,
    };
    let failed = copy_book(&*source, &target, &mut |_| ()).await;
    assert!(
        matches!(failed, Err(CopyError::Differs(RecordKind::Workspace))),
        "{failed:?}"
    );
}
