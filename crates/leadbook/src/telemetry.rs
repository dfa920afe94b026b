//! Logging: lines on standard error. Lead data, keys and bodies are never logged.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// What must not be logged, whatever the operator asks for.
const QUIET: &str = "tokio_postgres::query=warn";

/// Starts logging by a filter such as `info` or `app=debug,info`; an unreadable filter means `info`.
pub(crate) fn start(filter: &str) {
    // The migrations crate tells every step at info; `doctor` and `migrate` say what matters of it. PostgreSQL's client
    // tells the parameters of every statement at debug, and these are lead data and secrets: no filter brings them.
    let filter = format!("refinery_core=warn,tokio_postgres=warn,{filter},{QUIET}");
    let filter =
        EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new(format!("info,{QUIET}")));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}
