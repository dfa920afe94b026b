//! Ids, handed out from blocks that the store reserves: one small write serves a thousand creations.

use std::collections::HashMap;
use std::ops::Range;

use domain::IdKind;
use domain::ids::ID_END;
use domain::limits::ID_BLOCK;
use tokio::sync::Mutex;

use crate::App;
use crate::error::AppError;

/// What is left of the reserved blocks. Ids of a block that a crash cut short are never used.
#[derive(Default)]
pub(crate) struct IdBlocks(Mutex<HashMap<IdKind, Range<u64>>>);

impl App {
    /// The next free id of a kind, made into its type.
    pub(crate) async fn next_id<Id>(
        &self,
        kind: IdKind,
        new: impl Fn(u64) -> Option<Id>,
    ) -> Result<Id, AppError> {
        let mut blocks = self.ids.0.lock().await;
        let block = blocks.entry(kind).or_insert(0..0);
        if block.is_empty() {
            let count = block_size(kind);
            let first = self.store.reserve_ids(kind, count).await?;
            *block = first..(first + count).min(ID_END);
        }
        block.next().and_then(new).ok_or(AppError::Internal)
    }
}

/// Ids to reserve at once: many for what is made all day, one for what an operator makes and reads.
const fn block_size(kind: IdKind) -> u64 {
    match kind {
        IdKind::Lead | IdKind::Call | IdKind::Job | IdKind::Note => ID_BLOCK,
        IdKind::Workspace
        | IdKind::Campaign
        | IdKind::User
        | IdKind::Tag
        | IdKind::Field
        | IdKind::Option
        | IdKind::Key
        | IdKind::Subscription
        | IdKind::Bulk => 1,
    }
}
