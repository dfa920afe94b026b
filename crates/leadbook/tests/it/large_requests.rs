//! Requests with as many leads as they may have, one more, and with a fault among them: NLPearl's bulk and DialNexa's upload are
//! made whole or not at all, also when the client hangs up or the process is killed in the middle.
//!
//! What single members mean, and bodies that are broken by themselves, are the transcripts' and `bad_input`'s. How fast it goes
//! is `cargo xtask bench lists`'.

mod bulk;
mod hanging_up;
mod kill_9;
mod memory;
mod staged;
mod upload;
mod whole;

/// Leads of one request at most: NLPearl's number, and as many rows of an uploaded file. Written out, so that a limit that
/// changes is noticed.
const LEADS_MAX: usize = 50_000;
/// What the server's peak of memory may grow by while as many leads are read and made. Measured in a debug build on SQLite, whose
/// caches fill meanwhile: 89 for 5 MB of leads, 115 for 25 MB, 110 for an uploaded file, which is held. With 29,000 of the leads held to the
/// end it was 191.
const GROWTH_MEGABYTES_MAX: u64 = 150;
