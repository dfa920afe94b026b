//! The outbound HTTP client: one POST to one callback URL, guarded and bounded.
//!
//! It follows no redirect (each would be a new address to judge), uses no proxy of the environment (which
//! would connect past the guard), sends no cookie, and waits for nobody longer than
//! [`DELIVERY_TIMEOUT_MS`]. Whether and when to try again is `app::deliveries`.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use domain::campaign::{Callback, CallbackAuth};
use domain::limits::{
    DELIVERIES_PER_HOST_MAX, DELIVERY_RESPONSE_BYTES_MAX, DELIVERY_RESPONSE_MS_MAX,
    DELIVERY_TIMEOUT_MS,
};
use ipnet::IpNet;
use reqwest::Response;
use reqwest::dns::Resolve;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

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
    Auth(&'static str),
    #[error("no answer within {DELIVERY_TIMEOUT_MS} ms")]
    Timeout,
    #[error("answered {0}, and redirects are not followed")]
    Redirect(u16),
    #[error("answered {0}")]
    Status(u16),
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

    /// Which receiver a callback belongs to: host and port. A URL that may not be called is its own.
    pub(crate) fn host(&self, callback: &Callback) -> String {
        match guard::parse_url(&callback.url, &self.allowed) {
            Ok(url) => format!(
                "{}:{}",
                url.host_str().unwrap_or_default(),
                url.port_or_known_default().unwrap_or_default()
            ),
            Err(_) => callback.url.clone(),
        }
    }

    /// Sends the body; success is a 2xx status.
    pub(crate) async fn send(&self, callback: &Callback, body: String) -> Result<(), SendError> {
        let url = guard::parse_url(&callback.url, &self.allowed)?;
        let mut headers = auth_headers(&callback.auth)?;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let sending = self.http.post(url).headers(headers).body(body).send();
        let response = tokio::time::timeout(Duration::from_millis(DELIVERY_TIMEOUT_MS), sending)
            .await
            .map_err(|_| SendError::Timeout)?
            .map_err(|error| failure(&error))?;
        let status = response.status();
        drain(response).await;
        match status {
            status if status.is_success() => Ok(()),
            status if status.is_redirection() => Err(SendError::Redirect(status.as_u16())),
            status => Err(SendError::Status(status.as_u16())),
        }
    }
}

/// Reads a small answer to its end, so that its connection can be used again. Of a large or slow one the
/// connection is dropped; the status has said everything.
async fn drain(mut response: Response) {
    let reading = async {
        let mut bytes = 0;
        while let Ok(Some(chunk)) = response.chunk().await {
            bytes += chunk.len();
            if bytes > DELIVERY_RESPONSE_BYTES_MAX {
                break;
            }
        }
    };
    let limit = Duration::from_millis(DELIVERY_RESPONSE_MS_MAX);
    let _ = tokio::time::timeout(limit, reading).await;
}

/// Whether a callback may identify itself like this: the text is the problem, if there is one.
pub fn check_auth(auth: &CallbackAuth) -> Result<(), &'static str> {
    match auth_headers(auth) {
        Err(SendError::Auth(problem)) => Err(problem),
        _ => Ok(()),
    }
}

fn auth_headers(auth: &CallbackAuth) -> Result<HeaderMap, SendError> {
    const BAD_VALUE: SendError =
        SendError::Auth("the callback's secret has characters that a header cannot carry");
    let (name, value) = match auth {
        CallbackAuth::None => return Ok(HeaderMap::new()),
        CallbackAuth::Bearer(token) => (AUTHORIZATION, format!("Bearer {token}")),
        CallbackAuth::Header { name, value } => {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| SendError::Auth("the callback's header name is not one of HTTP"))?;
            if OWN_HEADERS.contains(&name.as_str()) {
                return Err(SendError::Auth(
                    "the callback's header is one that Leadbook or HTTP itself sets",
                ));
            }
            (name, value.clone())
        }
    };
    let mut value = HeaderValue::from_str(&value).map_err(|_| BAD_VALUE)?;
    value.set_sensitive(true);
    Ok(HeaderMap::from_iter([(name, value)]))
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
