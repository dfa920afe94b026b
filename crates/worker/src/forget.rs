//! Forgets old attempts, a few at a time, so that the log neither grows for ever nor is deleted at one stroke.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use app::App;
use domain::limits::{WORKER_FORGET_MAX, WORKER_FORGET_MS_MIN, WORKER_FORGET_TICK_MS};

use crate::pace::{Pace, Trouble, Turn};

pub(crate) async fn run(app: Arc<App>, mut pace: Pace) {
    let mut trouble = Trouble::none("attempt log");
    while pace.turn() == Turn::Look {
        let turn = match app.forget_attempts(WORKER_FORGET_MAX).await {
            Ok(forgotten) => {
                trouble.over();
                let wait_ms = if forgotten < WORKER_FORGET_MAX {
                    WORKER_FORGET_TICK_MS
                } else {
                    WORKER_FORGET_MS_MIN
                };
                pace.wait_at_most(pending(), Duration::from_millis(wait_ms))
                    .await
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
