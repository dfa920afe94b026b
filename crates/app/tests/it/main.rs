//! Use cases over a real store and a clock that stands still.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod book;
mod bulks;
mod campaigns;
mod hooks;
mod leads;
mod rates;
