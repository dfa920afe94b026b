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
            let first = self.store.reserve_ids(kind, ID_BLOCK).await?;
            *block = first..(first + ID_BLOCK).min(ID_END);
        }
        block.next().and_then(new).ok_or(AppError::Internal)
    }
}
