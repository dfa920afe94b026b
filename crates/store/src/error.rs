//! What can go wrong in a store, by what the caller should do about it.

/// A store call that gave no answer. The source is for the log, never for a client.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// An id, name or key exists already.
    #[error("{what} exists already")]
    Conflict { what: &'static str },
    /// Busy, closed or unreachable: try again later.
    #[error("the store is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The volume has no room for the write.
    #[error("the store's volume is full")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row that cannot be what we wrote.
    #[error("row {id} of {table} has a value in {column} that Leadbook did not write")]
    Corrupt {
        table: &'static str,
        column: &'static str,
        id: String,
    },
    /// Anything else: a bug, or a broken disk.
    #[error("the store failed")]
    Backend(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// Whether the same call may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Full(_))
    }
}
