//! What went wrong inside this crate, and what that is to the caller of a store.
//!
//! SQL functions return [`Failure`], so that `?` works on both kinds of error; the trait turns it into a
//! [`StoreError`]. Constraints become conflicts where the statement is (see [`Failure::or_conflict`]),
//! never by the text of a message.

use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_WRITE};
use store::StoreError;

/// An error on its way out of the crate.
#[derive(Debug)]
pub(crate) enum Failure {
    Sql(rusqlite::Error),
    Store(StoreError),
}

/// The store was closed, here, by us.
#[derive(Debug, thiserror::Error)]
#[error("the store was closed")]
struct Closed;

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
    pub(crate) fn or_conflict(what: &'static str) -> impl Fn(rusqlite::Error) -> Self {
        move |error| match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) => Self::Store(StoreError::Conflict { what }),
            _ => Self::Sql(error),
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Store(match error.kind() {
            std::io::ErrorKind::StorageFull => StoreError::Full(Box::new(error)),
            _ => StoreError::Backend(Box::new(error)),
        })
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Store(error) => error,
            Failure::Sql(error) => classify(error),
        }
    }
}

fn classify(error: rusqlite::Error) -> StoreError {
    let (code, extended) = match error.sqlite_error() {
        Some(error) => (error.code, error.extended_code),
        None => return StoreError::Backend(Box::new(error)),
    };
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            StoreError::Unavailable(Box::new(error))
        }
        // A write that the volume refused: a quota, or no room to grow the shared index of the log.
        ErrorCode::SystemIoFailure if is_out_of_room(extended) => StoreError::Full(Box::new(error)),
        ErrorCode::DiskFull => StoreError::Full(Box::new(error)),
        _ => StoreError::Backend(Box::new(error)),
    }
}

fn is_out_of_room(extended_code: i32) -> bool {
    matches!(extended_code, SQLITE_IOERR_WRITE | SQLITE_IOERR_SHMSIZE)
}
