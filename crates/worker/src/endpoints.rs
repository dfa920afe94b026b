//! Judges URLs and identifications when a subscription is saved: the guard of every call, asked once more and earlier,
//! so that an owner hears of a mistake while still looking at it.

use std::sync::Arc;
use std::time::Duration;

use app::subscriptions::{Endpoints, PlainAuth};
use async_trait::async_trait;
use domain::limits::ENDPOINT_RESOLVE_MS_MAX;
use ipnet::IpNet;
use reqwest::dns::Resolve;

use crate::client::check_auth;
use crate::guard::{self, SystemResolver};

/// The guard, as the use cases see it.
pub struct GuardedEndpoints {
    allowed: Vec<IpNet>,
    resolver: Arc<dyn Resolve>,
}

impl GuardedEndpoints {
    /// `allowed` are ranges that webhooks may reach although they are not public.
    pub fn new(allowed: &[IpNet]) -> Self {
        Self::with_resolver(allowed, Arc::new(SystemResolver))
    }

    pub fn with_resolver(allowed: &[IpNet], resolver: Arc<dyn Resolve>) -> Self {
        Self {
            allowed: allowed.to_vec(),
            resolver,
        }
    }
}

#[async_trait]
impl Endpoints for GuardedEndpoints {
    async fn check_url(&self, url: &str) -> Result<(), String> {
        let judging = guard::judge(url, &self.allowed, &*self.resolver);
        let limit = Duration::from_millis(ENDPOINT_RESOLVE_MS_MAX);
        match tokio::time::timeout(limit, judging).await {
            Ok(judged) => judged.map_err(|refused| refused.to_string()),
            Err(_) => Err("the host's name could not be resolved in time; try again".to_owned()),
        }
    }

    fn check_auth(&self, auth: &PlainAuth) -> Result<(), String> {
        check_auth(auth).map_err(str::to_owned)
    }
}
