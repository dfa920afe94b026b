//! The connections that write batches, one per lane, and the transaction that decides and persists a batch.
//!
//! A lane's connection lives on the thread that runs its batches: the write queue polls `transact` on a runtime of its
//! own. A connection on which a transaction did not end well is thrown away; the server rolls it back.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use domain::Timestamp;
use domain::command::Command;
use domain::limits::DATABASE_BATCH_MS_MAX;
use domain::state::State;
use store::Committed;

use crate::connection::{Session, Target};
use crate::errors::Failure;
use crate::load::{self, Loaded};
use crate::partitions;
use crate::persist::{self, Form};
use crate::pipeline::{Pipeline, Reach, Silence, Step};
use crate::subscriptions::Audiences;

/// How often a transaction that did nothing yet is begun again after a deadlock, or because a lead was renamed
/// under it.
const LOADS_MAX: usize = 4;
/// The increment of the sequence `event_ids`.
const EVENT_BLOCK: i64 = 1_000;

/// What writes batches, one after the other.
pub(crate) struct Lane {
    /// Of one connection.
    pool: Pool,
    target: Target,
    form: Form,
    event_ids: Mutex<EventIds>,
    /// What all lanes know of the database.
    known: Arc<Known>,
}

/// What this process knows of the database, so that it need not ask for every batch.
#[derive(Default)]
pub(crate) struct Known {
    /// The first event id without a partition.
    covered: AtomicI64,
    audiences: Audiences,
}

/// Ids that are left of the blocks taken so far. Those of a block that a crash cut short are never used.
#[derive(Default)]
struct EventIds(Vec<i64>);

/// A connection that is inside a transaction. Dropped without an end it is closed, which undoes the transaction.
pub(crate) struct Transaction {
    object: Option<Object>,
    /// Of no consequence: it is closed after any failure.
    silence: Silence,
}

impl Transaction {
    pub(crate) async fn begin(pool: &Pool) -> Result<Self, Failure> {
        Ok(Self {
            object: Some(pool.get().await?),
            silence: Silence::default(),
        })
    }

    pub(crate) fn pipeline(&self) -> Result<Pipeline<'_>, Failure> {
        let object = self.object.as_ref().ok_or_else(Failure::closed)?;
        Ok(Pipeline::new(object, &self.silence))
    }

    pub(crate) async fn commit(self) -> Result<(), Failure> {
        self.pipeline()?.commit().await?;
        self.ended();
        Ok(())
    }

    /// Gives the connection back.
    pub(crate) fn ended(mut self) {
        drop(self.object.take());
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(object) = self.object.take() {
            drop(Object::take(object));
        }
    }
}

impl Lane {
    pub(crate) fn new(target: &Target, form: Form, known: &Arc<Known>) -> Result<Self, Failure> {
        Ok(Self {
            pool: target.pool(Session::Lane, 1)?,
            target: target.clone(),
            form,
            event_ids: Mutex::default(),
            known: Arc::clone(known),
        })
    }

    pub(crate) fn close(&self) {
        self.pool.close();
    }

    /// Decides and persists a batch, durable when this returns.
    pub(crate) async fn transact(
        &self,
        batch: Vec<Command>,
        now: Timestamp,
    ) -> Result<Committed, Failure> {
        let patience = Duration::from_millis(DATABASE_BATCH_MS_MAX);
        match tokio::time::timeout(patience, Box::pin(self.run(batch, now))).await {
            Ok(committed) => committed,
            Err(_) => Err(Failure::late(DATABASE_BATCH_MS_MAX)),
        }
    }

    async fn run(&self, batch: Vec<Command>, now: Timestamp) -> Result<Committed, Failure> {
        if batch.is_empty() {
            Transaction::begin(&self.pool).await?.ended();
            return Ok(Committed {
                outcomes: Vec::new(),
                events: 0,
                deliveries: 0,
            });
        }
        let (transaction, (mut state, loaded)) = match self.begin(&batch, now).await {
            // Between batches nobody listens to this connection: that the server was started again, or that another one is the
            // primary now, is noticed here. Nothing was done on it yet, so that a new one may do it.
            Err(failure) if failure.is_lost_connection() => {
                Box::pin(self.begin(&batch, now)).await?
            }
            begun => begun?,
        };
        let pipeline = transaction.pipeline()?;
        let outcomes = batch
            .into_iter()
            .map(|command| state.decide(command))
            .collect();
        let ids = self
            .event_ids(pipeline, state.writes().events.len())
            .await?;
        persist::persist(pipeline, self.form, &state, loaded, ids.into_iter()).await?;
        transaction.ended();
        Ok(Committed {
            outcomes,
            events: state.writes().events.len(),
            deliveries: state.writes().deliveries.len(),
        })
    }

    async fn begin(
        &self,
        batch: &[Command],
        now: Timestamp,
    ) -> Result<(Transaction, (State, Loaded)), Failure> {
        let transaction = Transaction::begin(&self.pool).await?;
        let loaded = self.load(transaction.pipeline()?, batch, now).await?;
        Ok((transaction, loaded))
    }

    /// Loads, again if it has to: the commands are still whole.
    async fn load(
        &self,
        pipeline: Pipeline<'_>,
        batch: &[Command],
        now: Timestamp,
    ) -> Result<(State, Loaded), Failure> {
        let mut loads = 1;
        loop {
            match load::state(pipeline, &self.known.audiences, batch, now).await {
                Err(failure) if failure.is_passing() && loads < LOADS_MAX => {
                    tracing::debug!(?failure, "a batch is begun again");
                    pipeline.roll_back().await?;
                    loads += 1;
                }
                ended => return ended,
            }
        }
    }

    /// So many ids for events, in order.
    async fn event_ids(&self, pipeline: Pipeline<'_>, count: usize) -> Result<Vec<i64>, Failure> {
        loop {
            {
                let EventIds(left) = &mut *self
                    .event_ids
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                if left.len() >= count {
                    return Ok(left.drain(..count).collect());
                }
            }
            let sql = "SELECT nextval('event_ids')";
            let rows = pipeline.one(Step::new(Reach::Shared, sql, &[])).await?;
            let first: i64 = rows
                .first()
                .ok_or(Failure::broken("a sequence gave nothing"))?
                .get(0);
            self.cover(first + EVENT_BLOCK).await?;
            let EventIds(left) = &mut *self
                .event_ids
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            left.extend(first..first + EVENT_BLOCK);
        }
    }

    /// Makes sure that the ids up to this one have a partition, and that the next one is made in time.
    async fn cover(&self, id: i64) -> Result<(), Failure> {
        if !partitions::is_near(id, self.known.covered.load(Ordering::Relaxed)) {
            return Ok(());
        }
        let client = self.target.connect(Session::Migration).await?;
        let covered = partitions::ensure(&client, id + partitions::WIDTH / 2).await?;
        self.known.covered.fetch_max(covered, Ordering::Relaxed);
        Ok(())
    }
}
