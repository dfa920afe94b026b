//! The outbound HTTP client: one POST to one endpoint, guarded and bounded.
//!
//! It follows no redirect (each would be a new address to judge), uses no proxy of the environment (which
//! would connect past the guard), sends no cookie, and waits for nobody longer than
//! [`DELIVERY_TIMEOUT_MS`]. Whether and when to try again is `domain::delivery`.

mod answer;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use app::Webhook;
use app::subscriptions::PlainAuth;
use async_trait::async_trait;
use domain::limits::{DELIVERIES_PER_HOST_MAX, DELIVERY_TIMEOUT_MS};
use ipnet::IpNet;
use reqwest::StatusCode;
use reqwest::dns::Resolve;
use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};

use crate::courier::{Courier, Reply};
use crate::guard::{self, GuardedResolver, Refused};

const USER_AGENT: &str = concat!("leadbook/", env!("CARGO_PKG_VERSION"));

/// Headers that say how the request itself is framed, or that Leadbook writes.
const OWN_HEADERS: [&str; 10] = [
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The outbound client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "TLS for outgoing webhooks cannot be set up; install the system's root certificates \
         (Debian and Ubuntu: apt install ca-certificates)"
    )]
    Tls(#[source] reqwest::Error),
}

/// Why an attempt failed, for the operator. Never contains the URL, a token or a body.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("{0}")]
    Header(&'static str),
    #[error("no answer within {DELIVERY_TIMEOUT_MS} ms")]
    Timeout,
    #[error("{0}")]
    Failed(String),
}

/// Sends webhooks.
pub(crate) struct Client {
    http: reqwest::Client,
    allowed: Arc<[IpNet]>,
}

impl Client {
    pub(crate) fn new(
        allowed: Arc<[IpNet]>,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, StartError> {
        // Fails if there is a provider already, which then is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let resolver = GuardedResolver {
            inner: resolver,
            allowed: Arc::clone(&allowed),
        };
        let http = reqwest::Client::builder()
            .dns_resolver(Arc::new(resolver))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .user_agent(USER_AGENT)
            .pool_max_idle_per_host(DELIVERIES_PER_HOST_MAX)
            .pool_idle_timeout(Duration::from_secs(15))
            .build()
            .map_err(StartError::Tls)?;
        Ok(Self { http, allowed })
    }

    async fn exchange(
        &self,
        url: &str,
        auth: &PlainAuth,
        webhook: Webhook,
    ) -> Result<Reply, SendError> {
        let url = guard::parse_url(url, &self.allowed)?;
        let headers = headers(auth, webhook.headers)?;
        let sending = self.http.post(url).headers(headers).body(webhook.body);
        let limit = Duration::from_millis(DELIVERY_TIMEOUT_MS);
        let response = tokio::time::timeout(limit, sending.send())
            .await
            .map_err(|_| SendError::Timeout)?
            .map_err(|error| failure(&error))?;
        let status = response.status();
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok());
        Ok(Reply {
            status: Some(status.as_u16()),
            error: error_of(status),
            retry_after: retry_after.map(str::to_owned),
            answer: answer::read(response).await,
        })
    }
}

#[async_trait]
impl Courier for Client {
    async fn send(&self, url: &str, auth: &PlainAuth, webhook: Webhook) -> Reply {
        match self.exchange(url, auth, webhook).await {
            Ok(reply) => reply,
            Err(error) => Reply::none(error.to_string()),
        }
    }

    /// Host and port. A URL that may not be called is its own.
    fn host(&self, url: &str) -> String {
        match guard::parse_url(url, &self.allowed) {
            Ok(url) => format!(
                "{}:{}",
                url.host_str().unwrap_or_default(),
                url.port_or_known_default().unwrap_or_default()
            ),
            Err(_) => url.to_owned(),
        }
    }
}

fn error_of(status: StatusCode) -> Option<String> {
    let number = status.as_u16();
    if status.is_success() {
        None
    } else if status.is_redirection() {
        Some(format!("answered {number}, and redirects are not followed"))
    } else {
        Some(format!("answered {number}"))
    }
}

/// Whether a request can carry this: the text is the problem, if there is one.
pub fn check_auth(auth: &PlainAuth) -> Result<(), &'static str> {
    match auth_header(auth) {
        Err(SendError::Header(problem)) => Err(problem),
        _ => Ok(()),
    }
}

/// All headers of a request. A signature is never replaced by what the owner wants to send.
fn headers(auth: &PlainAuth, webhook: Vec<(&'static str, String)>) -> Result<HeaderMap, SendError> {
    let mut headers = HeaderMap::from_iter(auth_header(auth)?);
    for (name, value) in webhook {
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| SendError::Header("a header of the format cannot be sent"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(headers)
}

fn auth_header(auth: &PlainAuth) -> Result<Option<(HeaderName, HeaderValue)>, SendError> {
    const BAD_VALUE: SendError =
        SendError::Header("the secret has characters that a header cannot carry");
    let (name, value) = match auth {
        PlainAuth::None => return Ok(None),
        PlainAuth::Bearer(token) => (AUTHORIZATION, format!("Bearer {token}")),
        PlainAuth::Header { name, value } => {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| SendError::Header("the header's name is not one of HTTP"))?;
            if OWN_HEADERS.contains(&name.as_str()) {
                return Err(SendError::Header(
                    "the header is one that Leadbook or HTTP itself sets",
                ));
            }
            (name, value.clone())
        }
    };
    let mut value = HeaderValue::from_str(&value).map_err(|_| BAD_VALUE)?;
    value.set_sensitive(true);
    Ok(Some((name, value)))
}

/// The cause of a failed request: the guard's own words, or the innermost reason. The outer layers only
/// repeat that a request failed, and carry the URL.
fn failure(error: &reqwest::Error) -> SendError {
    let mut cause: &dyn Error = error;
    loop {
        if let Some(refused) = cause.downcast_ref::<Refused>() {
            return SendError::Refused(refused.clone());
        }
        match cause.source() {
            Some(source) => cause = source,
            None => break,
        }
    }
    let what = if error.is_connect() {
        "cannot connect"
    } else {
        "the exchange failed"
    };
    SendError::Failed(format!("{what}: {cause}"))
}

#[cfg(test)]
mod tests;
