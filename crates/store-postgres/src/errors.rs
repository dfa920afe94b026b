//! What went wrong inside this crate, and what that is to the caller of a store.
//!
//! SQL functions return [`Failure`], so that `?` works on both kinds of error; the trait turns it into a
//! [`StoreError`]. Constraints become conflicts where the statement is (see [`Failure::or_conflict`]),
//! never by the text of a message.

use deadpool_postgres::{PoolError, TimeoutType};
use store::StoreError;
use tokio_postgres::error::SqlState;

/// An error on its way out of the crate.
#[derive(Debug)]
pub(crate) enum Failure {
    Sql(tokio_postgres::Error),
    Store(StoreError),
    /// A lead was found by a name that it no longer has once it was locked: look again.
    Stale,
}

/// The store was closed, here, by us.
#[derive(Debug, thiserror::Error)]
#[error("the store was closed")]
struct Closed;

/// The server did not answer in time.
#[derive(Debug, thiserror::Error)]
#[error("the database did not answer within {0} ms")]
struct Late(u64);

/// What is stored contradicts itself or its limits.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Broken(&'static str);

/// What the operator asked for cannot be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

impl Failure {
    pub(crate) fn closed() -> Self {
        Self::Store(StoreError::Unavailable(Box::new(Closed)))
    }

    pub(crate) fn late(millis: u64) -> Self {
        Self::Store(StoreError::Unavailable(Box::new(Late(millis))))
    }

    pub(crate) fn broken(what: &'static str) -> Self {
        Self::Store(StoreError::Backend(Box::new(Broken(what))))
    }

    pub(crate) fn refused(why: String) -> Self {
        Self::Store(StoreError::Backend(Box::new(Refused(why))))
    }

    pub(crate) fn corrupt(table: &'static str, column: &'static str, id: String) -> Self {
        Self::Store(StoreError::Corrupt { table, column, id })
    }

    /// For the error of an insert: a key that exists already is a conflict over `what`.
    pub(crate) fn or_conflict(what: &'static str) -> impl Fn(tokio_postgres::Error) -> Self {
        move |error| match error.code() {
            Some(&SqlState::UNIQUE_VIOLATION) => Self::Store(StoreError::Conflict { what }),
            _ => Self::Sql(error),
        }
    }

    /// Whether a transaction that did nothing yet may simply be begun again.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Stale => true,
            Self::Sql(error) => matches!(
                error.code(),
                Some(&SqlState::T_R_DEADLOCK_DETECTED | &SqlState::T_R_SERIALIZATION_FAILURE)
            ),
            Self::Store(_) => false,
        }
    }

    /// Whether the connection ended under a statement, by itself or by the server's leave.
    pub(crate) fn is_lost_connection(&self) -> bool {
        let Self::Sql(error) = self else {
            return false;
        };
        match error.code() {
            None => !is_our_mistake(error),
            Some(state) => [
                SqlState::ADMIN_SHUTDOWN,
                SqlState::CRASH_SHUTDOWN,
                SqlState::IDLE_SESSION_TIMEOUT,
            ]
            .contains(state),
        }
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => Self::Sql(error),
            PoolError::Closed => Self::closed(),
            PoolError::Timeout(TimeoutType::Wait | TimeoutType::Create | TimeoutType::Recycle) => {
                Self::late(domain::limits::DATABASE_STATEMENT_MS_MAX)
            }
            other => Self::Store(StoreError::Backend(Box::new(other))),
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Store(error) => error,
            Failure::Sql(error) => classify(error),
            Failure::Stale => Self::Unavailable(Box::new(Broken("a lead is renamed all the time"))),
        }
    }
}

/// By the state that PostgreSQL documents for the error; an error without one never reached the server or lost it.
fn classify(error: tokio_postgres::Error) -> StoreError {
    let Some(state) = error.code() else {
        return if is_our_mistake(&error) {
            StoreError::Backend(Box::new(error))
        } else {
            StoreError::Unavailable(Box::new(error))
        };
    };
    let class = &state.code()[..2];
    match state {
        &SqlState::DISK_FULL => StoreError::Full(Box::new(error)),
        // Read-only: a standby, or a primary that was made one. Cancelled: a statement's time was up.
        &SqlState::READ_ONLY_SQL_TRANSACTION
        | &SqlState::QUERY_CANCELED
        | &SqlState::LOCK_NOT_AVAILABLE => StoreError::Unavailable(Box::new(error)),
        // Connections, rollbacks, resources, shutdowns.
        _ if ["08", "40", "53", "57"].contains(&class) => StoreError::Unavailable(Box::new(error)),
        _ => StoreError::Backend(Box::new(error)),
    }
}

/// Errors without a state that trying again does not mend: a value of the wrong type, a URL that is none.
fn is_our_mistake(error: &tokio_postgres::Error) -> bool {
    let text = error.to_string();
    let ours = [
        "error serializing parameter",
        "error deserializing column",
        "invalid column",
        "invalid connection string",
        "invalid configuration",
        "missing configuration",
    ];
    !error.is_closed() && ours.iter().any(|start| text.starts_with(start))
}
