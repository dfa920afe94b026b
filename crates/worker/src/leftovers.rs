//! Ends what others left undone: bulks that were accepted by a process that died, and campaigns that were deleted while leads of
//! theirs are not. What to do, and that doing it twice does nothing twice, is `app`'s.

use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use app::{App, AppError};
use domain::limits::WORKER_LEFTOVERS_MS_MIN;

use crate::pace::{Pace, Trouble, Turn};

pub(crate) async fn bulks(app: Arc<App>, pace: Pace) {
    run("bulks", pace, || app.resume_bulks()).await;
}

pub(crate) async fn campaigns(app: Arc<App>, pace: Pace) {
    run("campaign-deletion", pace, || app.empty_campaigns()).await;
}

/// Looks again soon where there was something, so that much of it is done in small parts, between other writes.
async fn run<Look>(task: &'static str, mut pace: Pace, look: impl Fn() -> Look)
where
    Look: Future<Output = Result<usize, AppError>>,
{
    let mut trouble = Trouble::none(task);
    // Cut off when told to stop: what is left is found again.
    while let Some(looked) = pace.until_stopped(look()).await {
        let turn = match looked {
            Ok(0) => {
                trouble.over();
                pace.wait(pending()).await
            }
            Ok(_) => {
                trouble.over();
                let soon = Duration::from_millis(WORKER_LEFTOVERS_MS_MIN);
                pace.wait_at_most(pending(), soon).await
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
