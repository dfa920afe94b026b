//! Rates: how often a caller may ask, and the block of callers that repeat themselves, where a vendor has such.
//!
//! Counted in memory, by each process for itself: a limit is there to stop a runaway, not to bill.

use std::sync::{Arc, Mutex};

use domain::event::{Actor, Dialect};
use domain::limits::{RATES_MAX, RECEIPT_MS, REPEATS_BLOCK_MS, REPEATS_MAX};
use domain::{Timestamp, WorkspaceId};
use quick_cache::sync::Cache;

use crate::App;
use crate::context::Context;
use crate::error::AppError;

/// So many requests in a window of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub requests_max: u32,
    pub window_ms: i64,
    pub per: Per,
}

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Per {
    Key,
    Workspace,
}

/// Where a caller stands after one more request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub requests_max: u32,
    pub remaining: u32,
    /// When the window ends.
    pub resets_at: Timestamp,
    /// `None` if the request may pass, else the seconds until one may.
    pub retry_after_seconds: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Counter {
    Requests(Dialect, Who),
    Repeats(Who),
    Block(Who),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Who {
    Workspace(WorkspaceId),
    Actor(WorkspaceId, Actor),
}

#[derive(Clone, Copy, Debug)]
struct Window {
    ends_at: Timestamp,
    count: u32,
}

pub(crate) struct Rates {
    /// Whether vendors' rates hold at all.
    is_on: bool,
    windows: Cache<Counter, Arc<Mutex<Window>>>,
}

impl Rates {
    pub(crate) fn new(is_on: bool) -> Self {
        let windows = Cache::new(RATES_MAX);
        Self { is_on, windows }
    }

    /// The counter's window, begun anew if the last one has ended, with `step` added.
    fn count(&self, counter: Counter, window_ms: i64, now: Timestamp, step: u32) -> Window {
        let fresh = Window {
            ends_at: now.plus_millis(window_ms),
            count: 0,
        };
        let window = self.windows.get(&counter).unwrap_or_else(|| {
            let window = Arc::new(Mutex::new(fresh));
            self.windows.insert(counter, Arc::clone(&window));
            window
        });
        let mut window = window
            .lock()
            .expect("nothing panics while it holds a window");
        if window.ends_at <= now {
            *window = fresh;
        }
        window.count = window.count.saturating_add(step);
        *window
    }
}

fn who(context: &Context, per: Per) -> Who {
    match per {
        Per::Workspace => Who::Workspace(context.workspace_id),
        Per::Key => Who::Actor(context.workspace_id, context.actor),
    }
}

impl App {
    /// Counts a request.
    pub fn count_request(&self, context: &Context, rate: Rate) -> Standing {
        let now = self.environment.now();
        let counter = Counter::Requests(context.dialect, who(context, rate.per));
        let window = self.rates.count(counter, rate.window_ms, now, 1);
        let is_over = self.rates.is_on && window.count > rate.requests_max;
        Standing {
            requests_max: rate.requests_max,
            remaining: rate.requests_max.saturating_sub(window.count),
            resets_at: window.ends_at,
            retry_after_seconds: is_over.then(|| seconds_until(window.ends_at, now)),
        }
    }

    /// For how many seconds more the caller's key is blocked for repeating itself; `None` if it is not, or its workspace
    /// does not ask for that.
    pub async fn blocked_seconds(&self, context: &Context) -> Result<Option<u64>, AppError> {
        if !self.workspace(context).await?.blocks_repeats {
            return Ok(None);
        }
        let now = self.environment.now();
        let counter = Counter::Block(who(context, Per::Key));
        let block = self.rates.count(counter, REPEATS_BLOCK_MS, now, 0);
        Ok((block.count > 0).then(|| seconds_until(block.ends_at, now)))
    }

    /// Notes that the caller's key submitted a lead that is there already; too many in a minute block it.
    pub fn note_repeat(&self, context: &Context) {
        let now = self.environment.now();
        let who = who(context, Per::Key);
        let repeats = self.rates.count(Counter::Repeats(who), RECEIPT_MS, now, 1);
        if repeats.count > REPEATS_MAX {
            // A window of its own length, from now.
            self.rates.windows.remove(&Counter::Block(who));
            self.rates
                .count(Counter::Block(who), REPEATS_BLOCK_MS, now, 1);
        }
    }
}

fn seconds_until(end: Timestamp, now: Timestamp) -> u64 {
    let millis = end.as_millis().saturating_sub(now.as_millis());
    u64::try_from(millis)
        .unwrap_or_default()
        .div_ceil(1000)
        .max(1)
}
