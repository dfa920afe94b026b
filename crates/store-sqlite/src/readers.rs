//! A few connections for reads, used off the async threads. Readers never wait for the writer, nor it for
//! them: that is what the log is for.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::connection;
use crate::errors::Failure;

/// Connections, and so reads at once. A read takes microseconds; more would only share the same cores.
const READERS: u32 = 4;

/// The pool.
pub(crate) struct Readers {
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// A connection out of the pool; goes back by itself, also when a read panics.
struct Loan<'a> {
    connection: Option<Connection>,
    readers: &'a Readers,
}

impl Readers {
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let connections = (0..READERS).map(|_| connection::reader(path));
        Ok(Self {
            idle: Mutex::new(connections.collect::<Result<_, _>>()?),
            permits: Arc::new(Semaphore::new(READERS as usize)),
        })
    }

    /// Waits for a connection in the async world, so that a burst of reads does not start a thread each.
    pub(crate) async fn run<T: Send + 'static>(
        self: Arc<Self>,
        read: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| Failure::closed())?;
        blocking(move || {
            // Held until the connection is back, also if the caller has gone away meanwhile.
            let _permit = permit;
            let loan = self.borrow();
            read(loan.connection.as_ref().ok_or_else(Failure::closed)?)
        })
        .await
    }

    /// Waits for the reads under way and closes; later ones are refused.
    pub(crate) async fn close(&self) {
        if let Ok(all) = self.permits.acquire_many(READERS).await {
            self.permits.close();
            drop(all);
        }
        self.idle().clear();
    }

    fn borrow(&self) -> Loan<'_> {
        Loan {
            connection: self.idle().pop(),
            readers: self,
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        // Nothing can leave the list half done, so a poisoned one is as good.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        self.readers.idle().extend(self.connection.take());
    }
}

/// Runs on a thread that may block. A panic there goes on here.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down.
            Err(_) => Err(Failure::closed()),
        },
    }
}
