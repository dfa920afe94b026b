//! The change feed: a workspace's events in one order, read from a cursor, and waited for.
//!
//! Positions are the store's: it gives them after the commit ([`App::position_events`], run by the worker). Whoever
//! waits here is woken when its workspace's feed has grown, by whichever process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::WorkspaceId;
use domain::event::Event;
use domain::limits::{FEED_PAGE_MAX, FEED_READERS_MAX};
use tokio::sync::watch;

use crate::App;
use crate::context::Context;
use crate::error::AppError;

/// Events after a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feed {
    Page {
        /// Each with its position, in order.
        events: Vec<(u64, Event)>,
        /// Where to go on: the position of the last event, or what was asked for if there is none.
        next: u64,
    },
    /// The cursor lies after the end. The book was put back to an older copy; reading on would miss events.
    Ahead { end: u64 },
}

/// Who waits for which feed.
#[derive(Default)]
pub(crate) struct Readers(Mutex<HashMap<WorkspaceId, Waiting>>);

struct Waiting {
    readers: usize,
    end: watch::Sender<u64>,
}

/// A place among those who wait. Ends when it is dropped.
pub struct FeedReader {
    app: Arc<App>,
    workspace: WorkspaceId,
    end: watch::Receiver<u64>,
    is_ending: watch::Receiver<bool>,
}

/// Why a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// The feed may have grown.
    Grown,
    Quiet,
    /// The server is about to stop: go away, and come back with the cursor.
    Ending,
}

impl App {
    /// Events after the position, at most `limit`; at once.
    pub async fn feed(
        &self,
        context: &Context,
        after: u64,
        limit: usize,
    ) -> Result<Feed, AppError> {
        context.whole_workspace()?;
        let limit = limit.min(FEED_PAGE_MAX);
        let page = self.store.feed(context.workspace_id, after, limit).await?;
        let next = page.events.last().map_or(after, |(position, _)| *position);
        if after > page.end {
            return Ok(Feed::Ahead { end: page.end });
        }
        Ok(Feed::Page {
            events: page.events,
            next,
        })
    }

    /// Where the feed ends now: the cursor of whoever wants only what comes.
    pub async fn feed_end(&self, context: &Context) -> Result<u64, AppError> {
        context.whole_workspace()?;
        Ok(self.store.feed(context.workspace_id, 0, 0).await?.end)
    }

    /// Takes a place among those who wait. Take it before reading, so that nothing falls between.
    pub fn feed_reader(self: &Arc<Self>, context: &Context) -> Result<FeedReader, AppError> {
        context.whole_workspace()?;
        let mut readers = self.readers.lock();
        if readers
            .values()
            .map(|waiting| waiting.readers)
            .sum::<usize>()
            >= FEED_READERS_MAX
        {
            return Err(AppError::QUEUE_FULL);
        }
        let waiting = readers
            .entry(context.workspace_id)
            .or_insert_with(|| Waiting {
                readers: 0,
                end: watch::Sender::new(0),
            });
        waiting.readers += 1;
        Ok(FeedReader {
            app: Arc::clone(self),
            workspace: context.workspace_id,
            end: waiting.end.subscribe(),
            is_ending: self.feeds_ending.subscribe(),
        })
    }

    /// Gives new events their positions, and wakes who waits for them.
    pub async fn position_events(&self) -> Result<(), AppError> {
        let grown = self.store.position_events().await?;
        let readers = self.readers.lock();
        for (workspace, end) in grown {
            if let Some(waiting) = readers.get(&workspace) {
                waiting.end.send_replace(end);
            }
        }
        Ok(())
    }

    /// Lets nobody wait any more: before a graceful stop, which waits for every open answer.
    pub fn end_feeds(&self) {
        self.feeds_ending.send_replace(true);
    }

    /// Whether anybody waits for a feed: then it is worth to look for other processes' events often.
    pub fn has_feed_readers(&self) -> bool {
        !self.readers.lock().is_empty()
    }

    /// Waits until events may have been written here.
    pub async fn events_added(&self) {
        self.events_ready.notified().await;
    }
}

impl Readers {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<WorkspaceId, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FeedReader {
    /// Waits until the feed has grown since this place was taken or this returned, at most `patience`.
    pub async fn grown(&mut self, patience: Duration) -> Waited {
        tokio::select! {
            biased;
            _ = self.is_ending.wait_for(|is_ending| *is_ending) => Waited::Ending,
            _ = self.end.changed() => Waited::Grown,
            () = tokio::time::sleep(patience) => Waited::Quiet,
        }
    }

    /// Whether the server is about to stop.
    pub fn is_ending(&self) -> bool {
        *self.is_ending.borrow()
    }
}

impl Drop for FeedReader {
    fn drop(&mut self) {
        let mut readers = self.app.readers.lock();
        if let Some(waiting) = readers.get_mut(&self.workspace) {
            waiting.readers -= 1;
            if waiting.readers == 0 {
                readers.remove(&self.workspace);
            }
        }
    }
}
