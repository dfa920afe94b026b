//! The connections for reads and single writes: a pool that any async thread may use.

use deadpool_postgres::{Object, Pool};
use domain::limits::DATABASE_READERS_MAX;

use crate::connection::{Session, Target};
use crate::errors::Failure;
use crate::pipeline::Pipeline;

/// The pool.
pub(crate) struct Readers {
    pool: Pool,
}

/// A connection out of the pool; goes back by itself.
pub(crate) struct Loan(Object);

impl Loan {
    pub(crate) fn pipeline(&self) -> Pipeline<'_> {
        Pipeline(&self.0)
    }
}

impl Readers {
    pub(crate) fn new(target: &Target) -> Result<Self, Failure> {
        Ok(Self {
            pool: target.pool(Session::Pool, DATABASE_READERS_MAX)?,
        })
    }

    pub(crate) async fn borrow(&self) -> Result<Loan, Failure> {
        Ok(Loan(self.pool.get().await?))
    }

    /// For transactions.
    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Later reads are refused.
    pub(crate) fn close(&self) {
        self.pool.close();
    }
}
