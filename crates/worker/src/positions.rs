//! Gives new events their places in the change feed, and so wakes who waits for them.
//!
//! Where the places come from is the store's; this only asks for them: soon after this process has written, often while
//! somebody reads a feed (another process may have written), and seldom otherwise.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use app::App;
use domain::limits::{
    WORKER_FEED_IDLE_MS_MIN, WORKER_FEED_MS_MIN, WORKER_FEED_TICK_MS, WORKER_TICK_MS,
};

use crate::pace::{Pace, Trouble, Turn};

pub(crate) async fn run(app: Arc<App>, mut pace: Pace) {
    let mut trouble = Trouble::none("change feed");
    while pace.turn() == Turn::Look {
        let turn = match app.position_events().await {
            Ok(()) => {
                trouble.over();
                wait(&app, &mut pace).await
            }
            Err(error) => {
                trouble.again(&error);
                pace.wait_out(&trouble).await
            }
        };
        if turn == Turn::Stop {
            return;
        }
    }
}

/// Until there may be events without a place; never at once, so that many writes share one look.
async fn wait(app: &App, pace: &mut Pace) -> Turn {
    // Measured with 64 connections that update and nobody who waits: a tenth to a quarter more updates, and a calmer p99.
    let (least, most) = if app.has_feed_readers() {
        (WORKER_FEED_MS_MIN, WORKER_FEED_TICK_MS)
    } else {
        (WORKER_FEED_IDLE_MS_MIN, WORKER_TICK_MS)
    };
    let least = Duration::from_millis(least);
    if pace.wait_at_most(pending(), least).await == Turn::Stop {
        return Turn::Stop;
    }
    pace.wait_at_most(app.events_added(), Duration::from_millis(most))
        .await
}
