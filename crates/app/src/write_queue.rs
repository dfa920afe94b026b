//! The write queue: a bounded line of commands, drained into batches, one transaction each.
//!
//! Under load one fsync serves many callers; at rest a batch has one command and waits for nothing (no
//! linger timer: while a batch commits, the next one gathers by itself). A full queue refuses at once, so that
//! memory is bounded and an accepted write is never dropped. The queue decides nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use domain::command::{Command, Outcome};
use domain::limits::{BATCH_COMMANDS_MAX, QUEUE_COMMANDS_MAX};
use store::Store;
use tokio::sync::{mpsc, oneshot};

use crate::environment::Environment;
use crate::error::AppError;

type Reply = oneshot::Sender<Result<Outcome, AppError>>;

struct Waiting {
    command: Command,
    reply: Reply,
}

/// The way in, and the thread behind it.
pub(crate) struct WriteQueue {
    /// `None` once stopped.
    sender: Mutex<Option<mpsc::Sender<Waiting>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl WriteQueue {
    pub(crate) fn start(store: Arc<dyn Store>, environment: Arc<dyn Environment>) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE_COMMANDS_MAX);
        // A store may speak to its server through the caller's runtime; SQLite needs none.
        let runtime = tokio::runtime::Handle::try_current().ok();
        let thread = std::thread::Builder::new()
            .name("write-queue".to_owned())
            .spawn(move || drain(&*store, &*environment, receiver, runtime.as_ref()))
            .expect("a process that cannot start one thread cannot serve");
        Self {
            sender: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
        }
    }

    /// Waits for the command's own outcome; refuses at once if the queue is full or stopped.
    pub(crate) async fn submit(&self, command: Command) -> Result<Outcome, AppError> {
        let (reply, outcome) = oneshot::channel();
        {
            let sender = self
                .sender
                .lock()
                .expect("nothing panics while it holds the sender");
            let sender = sender.as_ref().ok_or(AppError::QUEUE_FULL)?;
            sender
                .try_send(Waiting { command, reply })
                .map_err(|_| AppError::QUEUE_FULL)?;
        }
        outcome.await.unwrap_or(Err(AppError::QUEUE_FULL))
    }

    /// Refuses new commands and waits until the accepted ones are answered.
    pub(crate) async fn stop(&self) {
        drop(
            self.sender
                .lock()
                .expect("nothing panics while it holds the sender")
                .take(),
        );
        let thread = self
            .thread
            .lock()
            .expect("nothing panics while it holds the thread")
            .take();
        if let Some(thread) = thread {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the write queue's thread ended in a panic");
            }
        }
    }
}

fn drain(
    store: &dyn Store,
    environment: &dyn Environment,
    mut receiver: mpsc::Receiver<Waiting>,
    runtime: Option<&tokio::runtime::Handle>,
) {
    let own_runtime = match runtime {
        Some(_) => None,
        None => tokio::runtime::Builder::new_current_thread().build().ok(),
    };
    let Some(handle) = runtime.or(own_runtime.as_ref().map(tokio::runtime::Runtime::handle)) else {
        return;
    };
    let mut waiting = Vec::with_capacity(BATCH_COMMANDS_MAX);
    while receiver.blocking_recv_many(&mut waiting, BATCH_COMMANDS_MAX) > 0 {
        let (commands, replies): (Vec<_>, Vec<_>) = waiting
            .drain(..)
            .map(|waiting| (waiting.command, waiting.reply))
            .unzip();
        answer(replies, transact(store, environment, handle, commands));
    }
}

fn transact(
    store: &dyn Store,
    environment: &dyn Environment,
    handle: &tokio::runtime::Handle,
    commands: Vec<Command>,
) -> Result<Vec<Outcome>, AppError> {
    let transact = || handle.block_on(store.transact(commands, environment.now()));
    let Ok(outcomes) = catch_unwind(AssertUnwindSafe(transact)) else {
        // The transaction was rolled back as the stack unwound; the next batch is not affected.
        tracing::error!("a decision panicked; its whole batch was refused");
        return Err(AppError::Internal);
    };
    outcomes.map_err(AppError::from)
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
