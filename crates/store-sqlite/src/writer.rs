//! The one connection that writes, and the transaction that decides and persists a batch.
//!
//! A batch runs where it is called: the write queue has a thread of its own that may block, and a hop to
//! another would cost more than a small batch does. Everything else that writes comes from an async
//! thread and hops.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Timestamp;
use domain::command::Command;
use rusqlite::{Connection, TransactionBehavior};
use store::Committed;

use crate::errors::Failure;
use crate::feed::{self, Growth, Marked};
use crate::readers::blocking;
use crate::subscriptions::Audiences;
use crate::{checkpoint, load, persist};

/// The writer's connection, shared by batches, administration and the checkpoint.
pub(crate) struct Writer {
    /// Taken before `open` and let go once that is held: whoever waits is next. Without it the
    /// thread that runs batches, which is always ready, would keep the others out.
    turn: Mutex<()>,
    open: Mutex<Open>,
    log_pages: Arc<AtomicU32>,
    growth: Growth,
}

/// What only the one who writes may touch.
struct Open {
    /// `None` once closed.
    connection: Option<Connection>,
    audiences: Audiences,
    marked: Marked,
}

impl Writer {
    pub(crate) fn new(mut connection: Connection) -> Result<Self, Failure> {
        let log_pages = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&log_pages);
        connection.wal_hook(Some(move |_: &mut _, pages| {
            seen.store(u32::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        let growth = Growth::new(&connection)?;
        let open = Open {
            connection: Some(connection),
            audiences: Audiences::new(),
            marked: Marked::new(),
        };
        Ok(Self {
            turn: Mutex::new(()),
            open: Mutex::new(open),
            log_pages,
            growth,
        })
    }

    /// Pages in the log after the last commit.
    pub(crate) fn log_pages(&self) -> u32 {
        self.log_pages.load(Ordering::Relaxed)
    }

    /// Decides and persists a batch, durable when this returns.
    pub(crate) fn transact(
        &self,
        batch: Vec<Command>,
        now: Timestamp,
    ) -> Result<Committed, Failure> {
        let mut guard = self.locked();
        let Open {
            connection,
            audiences,
            marked,
        } = &mut *guard;
        let connection = connection.as_mut().ok_or_else(Failure::closed)?;
        // Rolls back when dropped, so that an error or a panic stores nothing.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (mut state, chains) = load::state(&transaction, audiences, &batch, now)?;
        let outcomes = batch
            .into_iter()
            .map(|command| state.decide(command))
            .collect();
        let event_ids = persist::persist(&transaction, &state, chains)?;
        let writes = state.writes();
        let workspaces = writes.events.iter().map(|event| event.workspace_id);
        let events = workspaces.zip(event_ids);
        let added = feed::mark(&transaction, marked, events.clone())?;
        transaction.commit()?;
        marked.extend(added);
        self.growth.note(events);
        Ok(Committed {
            outcomes,
            events: writes.events.len(),
            deliveries: writes.deliveries.len(),
        })
    }

    /// Which feeds have grown.
    pub(crate) fn growth(&self) -> &Growth {
        &self.growth
    }

    /// Runs one administrative write as a transaction of its own.
    pub(crate) async fn administer<T: Send + 'static>(
        self: Arc<Self>,
        write: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        blocking(move || {
            let mut guard = self.locked();
            let connection = guard.connection.as_mut().ok_or_else(Failure::closed)?;
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let answer = write(&transaction)?;
            transaction.commit()?;
            Ok(answer)
        })
        .await
    }

    /// Runs `work` while no commit can happen here.
    pub(crate) fn paused<T>(&self, work: impl FnOnce() -> T) -> T {
        let _guard = self.locked();
        work()
    }

    /// Empties the log into the file and closes the connection.
    pub(crate) async fn close(self: Arc<Self>) -> Result<(), Failure> {
        blocking(move || match self.locked().connection.take() {
            Some(connection) => checkpoint::empty_log(&connection),
            None => Ok(()),
        })
        .await
    }

    fn locked(&self) -> MutexGuard<'_, Open> {
        // A panic inside a transaction has rolled it back on its way out, so a poisoned lock is as good.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
