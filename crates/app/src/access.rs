//! Keys: who may do what, and how a key's text becomes a caller.
//!
//! A key is shown once and kept as a hash. Looking one up goes through a bounded cache whose entries are
//! believed for less than a second, which is the bound on how long a revoked key still works. A key's
//! text never reaches a log.

use std::sync::Arc;

use domain::event::{Actor, Dialect};
use domain::limits::{CACHE_MS_MAX, KEY_CACHE_MAX, KEYS_MAX};
use domain::{Timestamp, WorkspaceId};
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use store::{ApiKey, KeyHash};

use crate::App;
use crate::administration::NewKey;
use crate::context::Context;
use crate::error::{AppError, Conflict, Counted, Denial};

/// A key that was presented and is valid.
#[derive(Clone, Debug)]
pub struct Caller {
    key: Arc<ApiKey>,
    dialect: Dialect,
}

#[derive(Clone)]
struct Cached {
    /// `None`: no such key. Remembered too, so that a wrong key in a loop does not reach the store.
    key: Option<Arc<ApiKey>>,
    read_at: Timestamp,
}

pub(crate) struct KeyCache(Cache<KeyHash, Cached>);

impl KeyCache {
    pub(crate) fn new() -> Self {
        Self(Cache::new(KEY_CACHE_MAX))
    }
}

/// The form in which a key is kept.
pub(crate) fn hash(token: &str) -> KeyHash {
    KeyHash(Sha256::digest(token.as_bytes()).into())
}

impl App {
    /// The caller whose key this text is. Fails alike for unknown and revoked keys.
    pub async fn authenticate(&self, token: &str, dialect: Dialect) -> Result<Caller, AppError> {
        let hash = hash(token);
        let now = self.environment.now();
        let cached = self.keys.0.get(&hash);
        let fresh = cached.filter(|cached| now < cached.read_at.plus_millis(CACHE_MS_MAX));
        let key = match fresh {
            Some(cached) => cached.key,
            None => self.read_key(hash, now).await?,
        };
        let key = key
            .filter(|key| key.revoked_at.is_none())
            .ok_or(AppError::Unauthenticated)?;
        if key
            .dialects
            .as_ref()
            .is_some_and(|allowed| !allowed.contains(&dialect))
        {
            return Err(AppError::Denied(Denial::Dialect));
        }
        Ok(Caller { key, dialect })
    }

    /// A key that may do what the caller's own may, and no more; its text is returned this once. With `replaces` the
    /// caller's own is revoked.
    pub async fn create_key_like(
        &self,
        caller: &Caller,
        label: String,
        replaces: bool,
    ) -> Result<(ApiKey, String), AppError> {
        let own = &caller.key;
        if !own.permissions.write {
            return Err(AppError::Denied(Denial::Write));
        }
        let keys = self.keys(own.workspace_id).await?;
        let count = keys.iter().filter(|key| key.revoked_at.is_none()).count();
        if count >= KEYS_MAX {
            return Err(AppError::Conflict(Conflict::LimitReached(Counted::Keys)));
        }
        let new = NewKey {
            label,
            permissions: own.permissions,
            dialects: own.dialects.clone(),
            scope: own.scope.clone(),
            has_bare_lists: own.has_bare_lists,
            token: None,
        };
        let made = self.create_key(own.workspace_id, new).await?;
        if replaces {
            self.revoke_key(own.workspace_id, own.id).await?;
        }
        Ok(made)
    }

    async fn read_key(
        &self,
        hash: KeyHash,
        now: Timestamp,
    ) -> Result<Option<Arc<ApiKey>>, AppError> {
        let key = self.store.key_by_hash(&hash).await?.map(Arc::new);
        self.keys.0.insert(
            hash,
            Cached {
                key: key.clone(),
                read_at: now,
            },
        );
        Ok(key)
    }
}

impl Caller {
    pub fn workspace_id(&self) -> WorkspaceId {
        self.key.workspace_id
    }

    /// The context of a request that reads.
    pub fn reading(&self, request_id: &str) -> Result<Context, AppError> {
        self.context(self.key.permissions.read, Denial::Read, request_id)
    }

    /// The context of a request that writes.
    pub fn writing(&self, request_id: &str) -> Result<Context, AppError> {
        self.context(self.key.permissions.write, Denial::Write, request_id)
    }

    fn context(
        &self,
        is_allowed: bool,
        denial: Denial,
        request_id: &str,
    ) -> Result<Context, AppError> {
        if !is_allowed {
            return Err(AppError::Denied(denial));
        }
        Ok(Context {
            workspace_id: self.key.workspace_id,
            actor: Actor::Key(self.key.id),
            scope: self.key.scope.clone(),
            dialect: self.dialect,
            request_id: request_id.to_owned(),
            on_behalf_of: None,
            source: None,
            has_bare_lists: self.key.has_bare_lists,
        })
    }
}
