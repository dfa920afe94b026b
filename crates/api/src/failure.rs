//! Everything a request can fail with: what the wire got wrong, or what a use case refused.
//!
//! Each dialect turns one into its envelope in a single match without a wildcard (`error.rs`).

use app::AppError;

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
    App(AppError),
}

impl<E: Into<AppError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::App(error.into())
    }
}
