//! Brings a file's schema up to date. The migrations themselves are files, and released ones never change:
//! refinery keeps a checksum of each beside the data and refuses a file that disagrees.

use refinery::{Migration, Runner};
use rusqlite::Connection;
use store::StoreError;

use crate::errors::Failure;

const MIGRATIONS: [(&str, &str); 1] = [("V1__first", include_str!("../migrations/0001_first.sql"))];

/// Applies what is missing, each migration in a transaction of its own.
pub(crate) fn run(connection: &mut Connection) -> Result<(), Failure> {
    let runner = Runner::new(&all().map_err(failed)?);
    runner.run(connection).map(drop).map_err(failed)
}

/// The schema of the file.
pub(crate) fn version(connection: &Connection) -> Result<u32, Failure> {
    let sql = "SELECT max(version) FROM refinery_schema_history";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

fn all() -> Result<Vec<Migration>, refinery::Error> {
    MIGRATIONS
        .into_iter()
        .map(|(name, sql)| Migration::unapplied(name, sql))
        .collect()
}

fn failed(error: refinery::Error) -> Failure {
    Failure::Store(StoreError::Backend(Box::new(error)))
}
