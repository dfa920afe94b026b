//! How often a project may ask, after docs.uservox.ai "Initiate Lead": about 100 requests in 5 seconds, all lead calls together.
//!
//! The vendor shows no header that tells how many are left.

use app::rates::{Per, Rate};
use domain::limits::{USERVOX_REQUESTS_MAX, USERVOX_WINDOW_MS};

use super::{auth, respond};
use crate::extract::Rated;

pub(crate) const RATED: Rated = Rated {
    dialect: auth::DIALECT,
    rate: Rate {
        requests_max: USERVOX_REQUESTS_MAX,
        window_ms: USERVOX_WINDOW_MS,
        per: Per::Workspace,
    },
    respond,
    tell: |_, _| {},
};
