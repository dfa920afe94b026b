//! Routes that can be listed: axum's router does not tell what it serves, and the descriptions are held to just that.
//!
//! No matching and no methods here: those are axum's, and an answer's `Allow` tells them.

use axum::Router;
use axum::handler::Handler;
use axum::routing::MethodRouter;

use crate::Api;

/// A dialect's routes, built like axum's [`Router`], and their paths.
pub(crate) struct Routes {
    router: Router<Api>,
    paths: Vec<&'static str>,
}

impl Routes {
    pub(crate) fn new() -> Self {
        Self {
            router: Router::new(),
            paths: Vec::new(),
        }
    }

    pub(crate) fn route(mut self, path: &'static str, methods: MethodRouter<Api>) -> Self {
        self.paths.push(path);
        Self {
            router: self.router.route(path, methods),
            ..self
        }
    }

    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.paths.extend(other.paths);
        Self {
            router: self.router.merge(other.router),
            ..self
        }
    }

    pub(crate) fn method_not_allowed_fallback<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, Api>,
        T: 'static,
    {
        self.map(|router| router.method_not_allowed_fallback(handler))
    }

    /// Whatever else the router can; a path that is added here is not listed.
    pub(crate) fn map(self, change: impl FnOnce(Router<Api>) -> Router<Api>) -> Self {
        Self {
            router: change(self.router),
            ..self
        }
    }

    pub(crate) fn paths(&self) -> &[&'static str] {
        &self.paths
    }

    pub(crate) fn into_router(self) -> Router<Api> {
        self.router
    }
}
