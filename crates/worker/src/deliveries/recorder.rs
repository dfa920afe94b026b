//! Records outcomes, many in one transaction, for as long as it takes.
//!
//! While one transaction is under way the next ones gather, as in the write queue. An outcome is dropped by
//! nobody: while the store does not answer all wait, and one that fails for itself rests alone. How many may gather is
//! bounded where deliveries begin.

use std::sync::Arc;
use std::time::Duration;

use app::{App, FinishedDelivery};
use domain::limits::DELIVERY_OUTCOMES_MAX;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::pace::Trouble;

/// For how long what failed for itself rests.
const REST: Duration = Duration::from_secs(30);

/// Records what comes until nothing comes any more; tells the ids of what the store knows.
pub(super) async fn run(
    app: Arc<App>,
    mut outcomes: UnboundedReceiver<FinishedDelivery>,
    told: UnboundedSender<Vec<u64>>,
) {
    let mut recorder = Recorder {
        app,
        told,
        resting: Vec::new(),
    };
    let mut batch = Vec::with_capacity(DELIVERY_OUTCOMES_MAX);
    let mut rest = Box::pin(tokio::time::sleep(REST));
    loop {
        let had_rest = !recorder.resting.is_empty();
        tokio::select! {
            received = outcomes.recv_many(&mut batch, DELIVERY_OUTCOMES_MAX) => {
                if received == 0 {
                    return;
                }
                recorder.record(std::mem::take(&mut batch)).await;
            }
            () = &mut rest, if had_rest => {
                let resting = std::mem::take(&mut recorder.resting);
                recorder.record_alone(resting).await;
            }
        }
        if rest.is_elapsed() || !had_rest {
            rest = Box::pin(tokio::time::sleep(REST));
        }
    }
}

struct Recorder {
    app: Arc<App>,
    told: UnboundedSender<Vec<u64>>,
    resting: Vec<FinishedDelivery>,
}

impl Recorder {
    async fn record(&mut self, batch: Vec<FinishedDelivery>) {
        if !self.is_recorded(&batch).await {
            // A transaction fails as a whole; most of them may only be neighbours of the one that is to blame.
            self.record_alone(batch).await;
        }
    }

    async fn record_alone(&mut self, batch: Vec<FinishedDelivery>) {
        for finished in batch {
            if !self.is_recorded(std::slice::from_ref(&finished)).await {
                let delivery = finished.key.id;
                tracing::error!(
                    delivery,
                    "what became of a delivery cannot be stored; it is tried again"
                );
                self.resting.push(finished);
            }
        }
    }

    /// Waits while the store does not answer. `false` if it says that this cannot be stored.
    async fn is_recorded(&self, batch: &[FinishedDelivery]) -> bool {
        let mut trouble = Trouble::none("delivery outcomes");
        loop {
            match self.app.finish_deliveries(batch).await {
                Ok(()) => break,
                Err(error) if error.is_retryable() => trouble.again(&error),
                Err(_) => return false,
            }
            tokio::time::sleep(trouble.wait()).await;
        }
        trouble.over();
        let ids = batch.iter().map(|finished| finished.key.id).collect();
        // The loop may have ended.
        let _ = self.told.send(ids);
        true
    }
}
