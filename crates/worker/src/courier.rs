//! What carries a webhook to its endpoint, as the loop of deliveries sees it: the network, or a test's model of it.

use app::Webhook;
use app::subscriptions::PlainAuth;
use async_trait::async_trait;

/// Sends one request and waits for the answer, in bounded time.
#[async_trait]
pub trait Courier: Send + Sync + 'static {
    async fn send(&self, url: &str, auth: &PlainAuth, webhook: Webhook) -> Reply;

    /// Which receiver a URL belongs to: what is bounded together.
    fn host(&self, url: &str) -> String;
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// `None` without an answer.
    pub status: Option<u16>,
    /// Why it is no success, for people; `None` if it is one. Never contains the URL, a secret or a body.
    pub error: Option<String>,
    /// The first of the answer's body, as text.
    pub answer: Option<String>,
    /// The header of that name.
    pub retry_after: Option<String>,
}

impl Reply {
    /// An attempt without an answer.
    pub fn none(error: impl Into<String>) -> Self {
        Self {
            error: Some(error.into()),
            ..Self::default()
        }
    }
}
