//! One attempt: encode, send, record. It ends when the outcome is stored, however long the store takes.

use std::sync::Arc;

use app::{AppError, DueDelivery};
use domain::limits::DELIVERY_ATTEMPTS_MAX;

use super::Sender;
use crate::pace::Trouble;

pub(super) struct Attempt {
    sender: Sender,
    due: Arc<DueDelivery>,
}

impl Attempt {
    pub(super) fn new(sender: Sender, due: Arc<DueDelivery>) -> Self {
        Self { sender, due }
    }

    pub(super) async fn run(self) {
        let body = (self.sender.encode_result)(&self.due.result);
        let sent = self.sender.client.send(&self.due.callback, body).await;
        self.record(sent.map_err(|error| error.to_string())).await;
    }

    /// What follows an attempt that ended in a panic.
    pub(super) async fn panicked(self) {
        self.record(Err("an internal error; see the log".to_owned()))
            .await;
    }

    async fn record(self, sent: Result<(), String>) {
        if let Err(error) = &sent {
            let (delivery, attempt) = (self.due.id, self.due.attempts + 1);
            if attempt < DELIVERY_ATTEMPTS_MAX {
                tracing::info!(delivery, attempt, error, "a webhook failed; it is retried");
            } else {
                tracing::warn!(delivery, attempt, error, "a webhook failed; it is given up");
            }
        }
        let mut trouble = Trouble::none("delivery outcomes");
        while let Err(error) = self.store(&sent).await {
            trouble.again(&error);
            tokio::time::sleep(trouble.wait()).await;
        }
        trouble.over();
    }

    async fn store(&self, sent: &Result<(), String>) -> Result<(), AppError> {
        let app = &self.sender.app;
        match sent {
            Ok(()) => app.delivered(&self.due).await,
            Err(error) => app.delivery_failed(&self.due, error.clone()).await,
        }
    }
}
