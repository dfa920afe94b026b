//! The write queue: a bounded line of commands, drained into batches, one transaction each.
//!
//! Under load one fsync serves many callers; at rest a batch has one command and waits for nothing (no
//! linger timer: while a batch commits, the next one gathers by itself). A full queue refuses at once, so that
//! memory is bounded and an accepted write is never dropped. The queue decides nothing.
//!
//! A store with a server behind it takes several batches at once: then there are several lanes, and the commands of
//! one lead always take the same.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use domain::command::{Command, LeadRef, Outcome, VendorId};
use domain::limits::{BATCH_COMMANDS_MAX, QUEUE_COMMANDS_MAX};
use store::{Committed, Store};
use tokio::runtime::Runtime;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::environment::Environment;
use crate::error::AppError;
use crate::metrics::Metrics;

type Reply = oneshot::Sender<Result<Outcome, AppError>>;

/// The outcome of a command that is in the queue. Who drops it has only stopped waiting: the command runs.
pub(crate) struct Promise(oneshot::Receiver<Result<Outcome, AppError>>);

impl Promise {
    pub(crate) async fn outcome(self) -> Result<Outcome, AppError> {
        self.0.await.unwrap_or(Err(AppError::QUEUE_FULL))
    }
}

struct Waiting {
    command: Command,
    reply: Reply,
}

/// Who hears of what happens here.
#[derive(Clone)]
pub(crate) struct Bells {
    pub(crate) metrics: Arc<Metrics>,
    /// Rung after a batch that added deliveries.
    pub(crate) deliveries: Arc<Notify>,
    /// Rung after a batch that wrote events.
    pub(crate) events: Arc<Notify>,
}

/// The ways in, and a thread behind each.
pub(crate) struct WriteQueue {
    metrics: Arc<Metrics>,
    /// Commands that somebody waits for.
    submitted: AtomicU64,
    /// `None` once stopped.
    lanes: Mutex<Option<Vec<mpsc::Sender<Waiting>>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl WriteQueue {
    pub(crate) fn start(
        store: &Arc<dyn Store>,
        environment: &Arc<dyn Environment>,
        bells: &Bells,
    ) -> Self {
        let lanes = store.batching().lanes.max(1);
        let (lanes, threads) = (0..lanes)
            .map(|index| {
                let (sender, receiver) = mpsc::channel(QUEUE_COMMANDS_MAX / lanes);
                let lane = Lane {
                    index,
                    store: Arc::clone(store),
                    environment: Arc::clone(environment),
                    bells: bells.clone(),
                };
                let thread = std::thread::Builder::new()
                    .name(format!("write-queue-{index}"))
                    .spawn(move || lane.drain(receiver))
                    .expect("a process that cannot start a thread cannot serve");
                (sender, thread)
            })
            .unzip();
        Self {
            metrics: Arc::clone(&bells.metrics),
            submitted: AtomicU64::new(0),
            lanes: Mutex::new(Some(lanes)),
            threads: Mutex::new(threads),
        }
    }

    /// Waits for the command's own outcome; refuses at once if its lane is full or the queue stopped.
    pub(crate) async fn submit(&self, command: Command) -> Result<Outcome, AppError> {
        self.submitted.fetch_add(1, Ordering::Relaxed);
        let (reply, outcome) = oneshot::channel();
        {
            let lanes = self
                .lanes
                .lock()
                .expect("nothing panics while it holds the lanes");
            let lanes = lanes.as_ref().ok_or(AppError::QUEUE_FULL)?;
            let lane = &lanes[lane_of(&command, lanes.len())];
            lane.try_send(Waiting { command, reply }).map_err(|_| {
                self.metrics.refused();
                AppError::QUEUE_FULL
            })?;
            self.metrics.queued();
        }
        Promise(outcome).outcome().await
    }

    /// How many commands were submitted so far. Those that were only enqueued do not count: work that nobody waits for makes room
    /// when this grows.
    pub(crate) fn submitted(&self) -> u64 {
        self.submitted.load(Ordering::Relaxed)
    }

    /// For work that was accepted already: waits for room, and only for that.
    pub(crate) async fn enqueue(&self, command: Command) -> Result<Promise, AppError> {
        let (reply, outcome) = oneshot::channel();
        let lane = {
            let lanes = self
                .lanes
                .lock()
                .expect("nothing panics while it holds the lanes");
            let lanes = lanes.as_ref().ok_or(AppError::QUEUE_FULL)?;
            lanes[lane_of(&command, lanes.len())].clone()
        };
        let waiting = Waiting { command, reply };
        lane.send(waiting).await.map_err(|_| AppError::QUEUE_FULL)?;
        self.metrics.queued();
        Ok(Promise(outcome))
    }

    /// Refuses new commands and waits until the accepted ones are answered.
    pub(crate) async fn stop(&self) {
        drop(
            self.lanes
                .lock()
                .expect("nothing panics while it holds the lanes")
                .take(),
        );
        let threads = std::mem::take(
            &mut *self
                .threads
                .lock()
                .expect("nothing panics while it holds the threads"),
        );
        for thread in threads {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("a thread of the write queue ended in a panic");
            }
        }
    }
}

/// The lane of the command's lead, so that commands which name a lead by its number stay in the order they came. Names
/// of other kinds are lanes of their own: which lead they mean is known only inside the transaction.
fn lane_of(command: &Command, lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    match command.action.lead() {
        Some(LeadRef::Number(id)) => id.get().hash(&mut hasher),
        Some(LeadRef::Vendor(VendorId {
            number: Some(number),
            ..
        })) => number.hash(&mut hasher),
        Some(other) => other.hash(&mut hasher),
        // A creation: nobody can name its lead yet.
        None => command.origin.request_id.hash(&mut hasher),
    }
    usize::try_from(hasher.finish() % lanes as u64).unwrap_or(0)
}

/// One line of commands, and what runs it.
struct Lane {
    index: usize,
    store: Arc<dyn Store>,
    environment: Arc<dyn Environment>,
    bells: Bells,
}

impl Lane {
    fn drain(self, mut receiver: mpsc::Receiver<Waiting>) {
        // A runtime of its own: a store's connection to its server then lives on this thread, and an answer of the server
        // wakes nobody else.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else {
            tracing::error!("the write queue has no runtime; nothing can be written");
            return;
        };
        let is_per_workspace = self.store.batching().is_per_workspace;
        let mut waiting = Vec::with_capacity(BATCH_COMMANDS_MAX);
        while receiver.blocking_recv_many(&mut waiting, BATCH_COMMANDS_MAX) > 0 {
            if is_per_workspace {
                // Stable, so that each lead's commands keep their order.
                waiting.sort_by_key(|waiting| waiting.command.workspace_id);
            }
            while !waiting.is_empty() {
                let rest = if is_per_workspace {
                    waiting.split_off(of_first_workspace(&waiting))
                } else {
                    Vec::new()
                };
                self.run(&runtime, &mut waiting);
                waiting.extend(rest);
            }
        }
    }

    /// Runs one batch and answers its callers.
    fn run(&self, runtime: &Runtime, waiting: &mut Vec<Waiting>) {
        let (commands, replies): (Vec<_>, Vec<_>) = waiting
            .drain(..)
            .map(|waiting| (waiting.command, waiting.reply))
            .unzip();
        let count = commands.len();
        self.bells.metrics.taken(count);
        let begun = self.environment.elapsed();
        let committed = self.transact(runtime, commands);
        let took = self.environment.elapsed().saturating_sub(begun);
        self.bells.metrics.committed(count, took);
        if let Ok(committed) = &committed {
            if committed.deliveries > 0 {
                self.bells.deliveries.notify_one();
            }
            if committed.events > 0 {
                self.bells.events.notify_one();
            }
        }
        answer(replies, committed.map(|committed| committed.outcomes));
    }

    fn transact(&self, runtime: &Runtime, commands: Vec<Command>) -> Result<Committed, AppError> {
        let now = self.environment.now();
        let transact = || runtime.block_on(self.store.transact(self.index, commands, now));
        let Ok(committed) = catch_unwind(AssertUnwindSafe(transact)) else {
            // The transaction was rolled back as the stack unwound; the next batch is not affected.
            tracing::error!("a decision panicked; its whole batch was refused");
            return Err(AppError::Internal);
        };
        committed.map_err(AppError::from)
    }
}

/// How many commands at the front are of one workspace.
fn of_first_workspace(waiting: &[Waiting]) -> usize {
    let workspace = |waiting: &Waiting| waiting.command.workspace_id;
    let first = waiting.first().map(workspace);
    waiting
        .iter()
        .take_while(|other| Some(workspace(other)) == first)
        .count()
}

fn answer(replies: Vec<Reply>, outcomes: Result<Vec<Outcome>, AppError>) {
    // A caller that went away no longer listens; its write stands all the same.
    match outcomes {
        Ok(outcomes) => {
            for (reply, outcome) in replies.into_iter().zip(outcomes) {
                let _ = reply.send(Ok(outcome));
            }
        }
        Err(error) => {
            for reply in replies {
                let _ = reply.send(Err(error.clone()));
            }
        }
    }
}
