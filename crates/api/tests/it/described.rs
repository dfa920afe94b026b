//! The descriptions held to the code: what is served is described and what is described is served, every exchange of every
//! transcript is as described, and so is every example.
//!
//! What a route must answer is not decided here: the transcripts say it, and this says that the descriptions say the same.

mod description;
mod document;
mod exchange;
mod style;
mod tests;

use std::sync::LazyLock;

use description::Description;
pub(crate) use exchange::Exchange;

static ALL: LazyLock<Vec<Description>> = LazyLock::new(|| {
    let read = |text: &api::docs::Description| Description::read(text.dialect.name(), text.json);
    api::docs::DESCRIPTIONS.iter().map(read).collect()
});

/// Whether an exchange is as described; if not, what differs.
pub(crate) fn check(exchange: &Exchange) -> Result<(), String> {
    exchange::check(&ALL, exchange)
}
