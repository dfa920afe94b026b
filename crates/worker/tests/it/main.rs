//! The loops over a real store, a clock that stands still, and receivers on the loopback that behave badly.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod book;
mod deliveries;
mod endpoints;
mod feed;
mod jobs;
mod leftovers;
mod receiver;
mod simulation;
mod stopping;
mod watched_store;
mod zoo;
