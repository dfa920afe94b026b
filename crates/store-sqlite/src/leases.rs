//! Who has which delivery: in memory, because one process delivers from a file, and what dies with it is free again.
//!
//! The lock is held while due ones are picked, from before their rows are read: a delivery that is finished meanwhile is
//! still leased, and one that was finished before is not there. So none is given out after it has ended.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Timestamp;

use crate::errors::Failure;

/// Deliveries that are under way, each with the end of its lease.
#[derive(Default)]
pub(crate) struct Leases(Mutex<HashMap<u64, Timestamp>>);

impl Leases {
    /// Leases what `pick` finds; it is told which are taken.
    pub(crate) fn take(
        &self,
        now: Timestamp,
        until: Timestamp,
        pick: impl FnOnce(&dyn Fn(u64) -> bool) -> Result<Vec<u64>, Failure>,
    ) -> Result<Vec<u64>, Failure> {
        let mut held = self.held();
        held.retain(|_, until| *until > now);
        let picked = pick(&|id| held.contains_key(&id))?;
        held.extend(picked.iter().map(|id| (*id, until)));
        Ok(picked)
    }

    /// Ends leases, of what is stored as finished or was not given out after all.
    pub(crate) fn end(&self, ids: impl IntoIterator<Item = u64>) {
        let mut held = self.held();
        for id in ids {
            held.remove(&id);
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<u64, Timestamp>> {
        // Nothing can leave the map half done, so a poisoned one is as good.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
