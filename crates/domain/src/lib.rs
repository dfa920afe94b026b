//! What Leadbook knows, as plain values: leads, edits, guards, and the pure function that decides
//! what a command does to them.
//!
//! There is no async, no I/O, no clock, no randomness and no serde derive in this crate, so that every
//! rule is a table test and both stores run the same one. Wire formats live in `api`, rows in the
//! stores, time and ids in `app`.
//!
//! Start with [`lead::Lead`] (what is kept), [`edit::Edit`] (what a caller wants),
//! [`command::Command`] (who wants it of which lead) and [`state::State::decide`] (what happens).

pub mod bulk;
pub mod campaign;
pub mod command;
pub mod custom_field;
mod decide;
pub mod delivery;
pub mod dialing;
pub mod edit;
pub mod event;
pub mod fault;
pub mod guard;
pub mod ids;
pub mod lead;
pub mod limits;
pub mod listing;
pub mod note;
pub mod object;
pub mod phone;
pub mod state;
pub mod status;
pub mod subscription;
pub mod time;
pub mod time_zone;

pub use ids::{
    BulkId, CallId, CampaignId, FieldId, IdKind, JobId, KeyId, LeadId, NoteId, OptionId,
    SubscriptionId, TagId, UserId, WorkspaceId,
};
pub use lead::Lead;
pub use object::Object;
pub use phone::Phone;
pub use time::Timestamp;
