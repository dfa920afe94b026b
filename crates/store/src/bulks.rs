//! Bulks: many new leads that are staged, accepted in one write, and made chunk by chunk (`domain::bulk`).
//!
//! Each call is a transaction of its own, durable before it returns. The leads themselves are made by commands, like all others.

use async_trait::async_trait;
use domain::bulk::{Bulk, Chunk};
use domain::command::NewLead;
use domain::{BulkId, Timestamp, WorkspaceId};

use crate::Result;

/// The bulks of a book.
#[async_trait]
pub trait Bulks {
    /// `Conflict` if the id exists.
    async fn open_bulk(&self, bulk: &Bulk) -> Result<()>;

    /// Adds chunks, numbered on from those there are, and renews the lease. `false` if there is no such bulk (any more),
    /// or it was accepted.
    async fn stage_leads(
        &self,
        workspace: WorkspaceId,
        bulk: BulkId,
        chunks: &[Vec<NewLead>],
        leased_until: Timestamp,
    ) -> Result<bool>;

    /// From now on its leads will be made, whatever happens. `false` if there is no such bulk (any more).
    async fn accept_bulk(
        &self,
        workspace: WorkspaceId,
        bulk: BulkId,
        leased_until: Timestamp,
    ) -> Result<bool>;

    /// The first chunk that is left with a number above `after`.
    async fn next_chunk(
        &self,
        workspace: WorkspaceId,
        bulk: BulkId,
        after: u32,
    ) -> Result<Option<Chunk>>;

    /// Deletes the chunks up to this number, whose leads are made, and renews the lease.
    async fn finish_chunks(
        &self,
        workspace: WorkspaceId,
        bulk: BulkId,
        through: u32,
        leased_until: Timestamp,
    ) -> Result<()>;

    /// Deletes a bulk with what is staged of it; one that was accepted only if no chunk of it is left: whoever took it for dead a
    /// moment before it was accepted must not take its leads away.
    async fn drop_bulk(&self, workspace: WorkspaceId, bulk: BulkId) -> Result<()>;

    /// Leases bulks of any workspace whose lease ended at or before `now`: those of processes that died. At most `limit`.
    async fn lease_bulks(
        &self,
        now: Timestamp,
        leased_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Bulk>>;
}
