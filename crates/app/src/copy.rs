//! Moves a whole book from one store to another, and reads both again afterwards to see that they hold the same.
//!
//! Page by page, so that memory stays flat. Nobody may serve either book meanwhile; a source that changed all the same is
//! found by the second reading. How a record is read and written is the stores' business, who may do so and where the
//! books are the command line's.

mod tally;

use store::StoreError;
use store::transfer::{Record, RecordKind, RecordPage, Transfer};

pub use tally::Tally;

/// Records in a page. A lead or an event has some 400 KB at most and 1 KB as a rule.
const PAGE: usize = 500;

/// What is going on, for whoever waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub stage: CopyStage,
    pub kind: RecordKind,
    pub done: u64,
    /// As counted before the first one was read.
    pub total: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyStage {
    Copying,
    /// Reading both books again.
    Checking,
    /// Making what leads are searched by. Those that are deleted have none.
    Indexing,
}

/// What both books hold of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    pub kind: RecordKind,
    pub tally: Tally,
}

/// Why a book was not copied. But for the first two the target is left incomplete, and stays marked as that.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error("the target has {} already; copy into an empty book. Nothing was changed", .0.name())]
    NotEmpty(RecordKind),
    #[error(
        "another copy into the target is under way, or was interrupted; drop the target and make an empty one"
    )]
    Begun,
    #[error(
        "the source changed while it was copied ({}): stop every server on it, drop the target, and copy again", .0.name()
    )]
    SourceChanged(RecordKind),
    #[error(
        "the target does not hold what was written to it ({}); drop it and copy again, and if it happens twice, report it",
        .0.name()
    )]
    Differs(RecordKind),
    #[error(transparent)]
    Store(#[from] StoreError),
}

type Watch<'w> = &'w mut (dyn FnMut(Progress) + Send);

/// Copies everything; the target is complete when this returns, and else stays marked.
pub async fn copy_book(
    source: &dyn Transfer,
    target: &dyn Transfer,
    watch: Watch<'_>,
) -> Result<Vec<Copied>, CopyError> {
    for kind in RecordKind::ALL {
        if !target.export(kind, None, 1).await?.records.is_empty() {
            return Err(CopyError::NotEmpty(kind));
        }
    }
    match target.begin_import().await {
        Err(StoreError::Conflict { .. }) => return Err(CopyError::Begun),
        begun => begun?,
    }
    let mut all = Vec::new();
    for kind in RecordKind::ALL {
        let tally = copy_kind(source, target, kind, watch).await?;
        all.push(Copied { kind, tally });
    }
    for copied in &all {
        check_kind(source, target, *copied, watch).await?;
    }
    let leads = all.iter().find(|copied| copied.kind == RecordKind::Lead);
    let total = leads.map_or(0, |copied| copied.tally.count);
    let mut show = |done| {
        watch(Progress {
            stage: CopyStage::Indexing,
            kind: RecordKind::Lead,
            done,
            total,
        });
    };
    target.end_import(&mut show).await?;
    Ok(all)
}

/// Reads the next page while the one before is written.
async fn copy_kind(
    source: &dyn Transfer,
    target: &dyn Transfer,
    kind: RecordKind,
    watch: Watch<'_>,
) -> Result<Tally, CopyError> {
    let total = source.count(kind).await?;
    let mut tally = Tally::default();
    let mut page = source.export(kind, None, PAGE).await?;
    loop {
        let RecordPage { records, next } = page;
        tally.add(&records);
        let written = import(target, kind, records);
        let read = async {
            match next {
                Some(after) => source.export(kind, Some(after), PAGE).await.map(Some),
                None => Ok(None),
            }
        };
        let ((), following) = tokio::try_join!(written, read)?;
        watch(Progress {
            stage: CopyStage::Copying,
            kind,
            done: tally.count,
            total,
        });
        match following {
            Some(following) => page = following,
            None => break,
        }
    }
    // Also where a record is that no page shows: an event in no lead's chain.
    if tally.count != total {
        return Err(CopyError::SourceChanged(kind));
    }
    Ok(tally)
}

async fn import(
    target: &dyn Transfer,
    kind: RecordKind,
    records: Vec<Record>,
) -> Result<(), StoreError> {
    if records.is_empty() {
        return Ok(());
    }
    target.import(kind, records).await
}

async fn check_kind(
    source: &dyn Transfer,
    target: &dyn Transfer,
    copied: Copied,
    watch: Watch<'_>,
) -> Result<(), CopyError> {
    let Copied { kind, tally } = copied;
    let mut ignore = |_| ();
    let mut show = |done| {
        watch(Progress {
            stage: CopyStage::Checking,
            kind,
            done,
            total: tally.count,
        });
    };
    let (in_source, in_target) = tokio::try_join!(
        read(source, kind, &mut ignore),
        read(target, kind, &mut show)
    )?;
    if in_source != tally {
        return Err(CopyError::SourceChanged(kind));
    }
    // A feed in the target ends behind its copied events, which have been compared themselves.
    let is_same = in_target == tally || kind == RecordKind::Feed;
    if !is_same || target.count(kind).await? != tally.count {
        return Err(CopyError::Differs(kind));
    }
    Ok(())
}

async fn read(
    store: &dyn Transfer,
    kind: RecordKind,
    show: &mut (dyn FnMut(u64) + Send),
) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    let mut after = None;
    loop {
        let page = store.export(kind, after, PAGE).await?;
        tally.add(&page.records);
        show(tally.count);
        after = page.next;
        if after.is_none() {
            return Ok(tally);
        }
    }
}

#[cfg(test)]
mod tests;
