//! The loops over a real store, a clock that stands still, and receivers on the loopback that behave badly.

mod book;
mod deliveries;
mod jobs;
mod receiver;
mod stopping;
