//! Logging: lines on standard error. Lead data, keys and bodies are never logged.

use tracing_subscriber::EnvFilter;

/// Starts logging by a filter such as `info` or `app=debug,info`; an unreadable filter means `info`.
pub(crate) fn start(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
