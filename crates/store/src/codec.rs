//! The stored form of what is kept as JSON: events, edits, origins, results.
//!
//! A wire format with ourselves: names are stable, a member that a later version adds must be optional when
//! read, and both stores use these functions, so that they hold the same bytes. Nothing here is shown to a
//! client; that is `api`'s work.

mod edits;
mod events;
mod results;

pub use edits::{decode_edit, decode_guard, encode_edit, encode_guard};
pub use events::{
    decode_actor, decode_changes, decode_origin, encode_actor, encode_changes, encode_origin,
};
pub use results::{decode_result, encode_result};

#[cfg(test)]
mod tests;
