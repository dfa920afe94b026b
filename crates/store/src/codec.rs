//! The stored form of what is kept as JSON: events, edits, origins, results, and the open parts of leads and settings.
//!
//! A wire format with ourselves: names are stable, a member that a later version adds must be optional when
//! read, and both stores use these functions, so that they hold the same bytes. Nothing here is shown to a
//! client; that is `api`'s work.

mod bulks;
mod edits;
mod events;
mod leads;
mod results;
mod settings;
mod subscriptions;

pub use bulks::{decode_new_leads, encode_new_leads};
pub use edits::{decode_edit, decode_guard, encode_edit, encode_guard};
pub use events::{
    decode_actor, decode_changes, decode_origin, encode_actor, encode_changes, encode_origin,
};
pub use leads::{
    decode_contacts, decode_custom_fields, decode_ids, decode_object, encode_contacts,
    encode_custom_fields, encode_ids, encode_object,
};
pub use results::{decode_result, encode_result};
pub use settings::{
    decode_dialects, decode_dialing, decode_names, decode_options, decode_scope, decode_stages,
    decode_transitions, encode_dialects, encode_dialing, encode_names, encode_options,
    encode_scope, encode_stages, encode_transitions,
};

pub use subscriptions::{
    decode_auth, decode_content, decode_filter, decode_secrets, encode_auth, encode_content,
    encode_filter, encode_secrets,
};

#[cfg(test)]
mod tests;
