//! How often a key may ask, after dialnexa.mintlify.app "Rate limits": headers on every answer, 429 with `Retry-After`.
//!
//! The vendor publishes no number; ours is in `limits` and only stops runaways.

use app::rates::{Per, Rate, Standing};
use axum::http::HeaderMap;
use domain::limits::{DIALNEXA_REQUESTS_MAX, DIALNEXA_WINDOW_MS};

use super::{auth, error};
use crate::extract::Rated;

pub(crate) const RATED: Rated = Rated {
    dialect: auth::DIALECT,
    rate: Rate {
        requests_max: DIALNEXA_REQUESTS_MAX,
        window_ms: DIALNEXA_WINDOW_MS,
        per: Per::Key,
    },
    respond: error::respond,
    tell,
};

fn tell(standing: Standing, headers: &mut HeaderMap) {
    let seconds = standing.resets_at.as_seconds().unsigned_abs();
    headers.insert("x-ratelimit-limit", standing.requests_max.into());
    headers.insert("x-ratelimit-remaining", standing.remaining.into());
    headers.insert("x-ratelimit-reset", seconds.into());
}
