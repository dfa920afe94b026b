//! One folder per vendor, all of one shape: `auth` (its key), `wire` (its field names), `convert` (the only
//! file that knows both worlds), `error` (its envelope), `quirks` (its deliberate oddities), one file per
//! resource. A dialect never names another.

pub(crate) mod autocalls;
pub(crate) mod dialnexa;
pub(crate) mod journeybee;
pub(crate) mod nlpearl;
pub(crate) mod uservox;
