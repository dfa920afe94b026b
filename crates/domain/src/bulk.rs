//! Many new leads in one request, all or nothing.
//!
//! They are staged in chunks, which nobody sees, then accepted in one write, then made chunk by chunk like any other new
//! lead. What was accepted is made to the end, whoever dies meanwhile; what was not is forgotten.

use crate::command::NewLead;
use crate::event::Origin;
use crate::ids::{BulkId, WorkspaceId};
use crate::time::Timestamp;

/// Many new leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulk {
    pub id: BulkId,
    pub workspace_id: WorkspaceId,
    pub created_at: Timestamp,
    pub origin: Origin,
    /// Whether its leads are to be made; before, they are only staged.
    pub is_accepted: bool,
    /// Until when a process has it to itself.
    pub leased_until: Timestamp,
}

/// A part of a bulk, in the order they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Within its bulk, from 1.
    pub number: u32,
    /// Each with the number it will have, so that making a chunk twice makes nothing twice.
    pub leads: Vec<NewLead>,
}
