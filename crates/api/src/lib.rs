//! The wire: our own API and five vendors' dialects on one port, each at the vendor's own paths.
//!
//! A dialect translates its wire to an edit and a guard, and the outcome back; it decides nothing and never
//! reaches a store. Dialects share `extract` (headers and bodies), [`views`] (ids as vendors write them) and
//! `failure` (what can go wrong), and nothing else. What no route serves is answered in the shape of the
//! vendor whose path it resembles: `routes`.

pub mod demo;
mod dialects;
pub mod docs;
mod extract;
mod failure;
mod message_ids;
mod metrics;
mod native;
mod routes;
mod unread;
pub mod views;
mod webhooks;

use std::sync::Arc;

use app::App;

pub use dialects::uservox::default_stages;
pub use metrics::metrics_routes;
pub use native::explain;
pub use routes::{router, served_paths};
pub use webhooks::Encoder;

/// What every handler is given.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) app: Arc<App>,
    request_ids: Arc<extract::RequestIds>,
}
