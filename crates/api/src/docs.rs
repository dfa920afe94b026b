//! The descriptions of what is served, one OpenAPI document per dialect, and the pages that show them at `/docs`.
//!
//! The descriptions are written by hand, in our own words; the tests of this crate hold them to the code. The pages are
//! rendered from them once, at the start, and need no key, no script and nothing from elsewhere. Nothing here decides
//! anything or reads the book.

mod document;
mod example;
mod operation;
mod page;
mod schema;
mod serve;

use domain::event::Dialect;

pub(crate) use serve::{no_page, routes};

/// A dialect and its description, as JSON.
pub struct Description {
    pub dialect: Dialect,
    pub json: &'static str,
}

/// All of them, in the order of the index.
pub const DESCRIPTIONS: [Description; 6] = [
    Description {
        dialect: Dialect::Autocalls,
        json: include_str!("../openapi/autocalls.json"),
    },
    Description {
        dialect: Dialect::NlPearl,
        json: include_str!("../openapi/nlpearl.json"),
    },
    Description {
        dialect: Dialect::JourneyBee,
        json: include_str!("../openapi/journeybee.json"),
    },
    Description {
        dialect: Dialect::DialNexa,
        json: include_str!("../openapi/dialnexa.json"),
    },
    Description {
        dialect: Dialect::UserVox,
        json: include_str!("../openapi/uservox.json"),
    },
    Description {
        dialect: Dialect::Leadbook,
        json: include_str!("../openapi/leadbook.json"),
    },
];
