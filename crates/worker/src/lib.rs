//! The background loops. So far: the outbound client and its guard.

mod client;
mod guard;

use std::sync::Arc;

use ipnet::IpNet;

pub use client::{StartError, check_auth};
pub use guard::{Refused, SystemResolver, check_url, check_url_form};

/// What the binary decides.
pub struct Options {
    pub allow_webhook_to: Vec<IpNet>,
    pub encode_result: fn(&domain::state::JobResult) -> String,
}

/// The running loops.
pub struct Worker;

impl Worker {
    pub fn start(_app: Arc<app::App>, options: Options) -> Result<Self, StartError> {
        client::Client::new(options.allow_webhook_to.into(), Arc::new(SystemResolver))?;
        Ok(Self)
    }

    pub async fn stop(self) {}
}
