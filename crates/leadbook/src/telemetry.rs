//! Logging: lines on standard error. Lead data, keys and bodies are never logged.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging by a filter such as `info` or `app=debug,info`; an unreadable filter means `info`.
pub(crate) fn start(filter: &str) {
    // The migrations crate tells every step at info; `doctor` and `migrate` say what matters of it.
    let filter = EnvFilter::try_new(format!("refinery_core=warn,{filter}"))
        .unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}
