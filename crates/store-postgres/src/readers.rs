//! The connections for reads and single writes: a pool that any async thread may use.

use deadpool_postgres::{Object, Pool};

use crate::connection::{Session, Target};
use crate::errors::Failure;
use crate::pipeline::{Pipeline, Silence};

/// The pool.
pub(crate) struct Readers {
    pool: Pool,
}

/// A connection out of the pool; goes back by itself, unless the server fell silent on it.
pub(crate) struct Loan {
    object: Option<Object>,
    silence: Silence,
}

impl Loan {
    pub(crate) fn pipeline(&self) -> Result<Pipeline<'_>, Failure> {
        let object = self.object.as_ref().ok_or_else(Failure::closed)?;
        Ok(Pipeline::new(object, &self.silence))
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if self.silence.is_there()
            && let Some(object) = self.object.take()
        {
            drop(Object::take(object));
        }
    }
}

impl Readers {
    pub(crate) fn new(
        target: &Target,
        session: Session,
        connections: usize,
    ) -> Result<Self, Failure> {
        Ok(Self {
            pool: target.pool(session, connections)?,
        })
    }

    pub(crate) async fn borrow(&self) -> Result<Loan, Failure> {
        Ok(Loan {
            object: Some(self.pool.get().await?),
            silence: Silence::default(),
        })
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
