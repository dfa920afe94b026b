//! Everything a request can fail with: what the wire got wrong, or what a use case refused.
//!
//! Each dialect turns one into its envelope in a single match without a wildcard (`error.rs`).

use app::AppError;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;

/// A request that is not served as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No route has this path.
    NoRoute,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The body is larger than `limits::BODY_BYTES_MAX`.
    TooLarge,
    /// The body did not arrive in time, or not whole.
    BodyIncomplete,
    UnsupportedMediaType,
    /// The body is not the JSON it should be; the text says how, for a person.
    Malformed(&'static str),
    /// The caller asks more often than its vendor lets it.
    TooManyRequests {
        retry_after_seconds: u64,
    },
    /// The caller's key is blocked for repeating itself.
    Blocked {
        retry_after_seconds: u64,
    },
    App(AppError),
}

/// The answer with the seconds after which the same request may pass.
pub(crate) fn retry_after(mut response: Response, seconds: u64) -> Response {
    response.headers_mut().insert(RETRY_AFTER, seconds.into());
    response
}

impl<E: Into<AppError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::App(error.into())
    }
}
