//! Secrets at rest: sealed under the operator's key, opened only to sign or to identify.
//!
//! XChaCha20-Poly1305, because its nonces are long enough to be drawn at random for ever. What a secret belongs to is
//! bound to it, so that a sealed text moved to another row does not open. Several keys may be given: the first
//! seals, every one opens, so that a key can be replaced without a stop. Where keys come from is the binary's.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::subscription::Sealed;
use sha2::{Digest, Sha256};

use crate::environment::Environment;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const VERSION: &str = "v1";

/// The operator's keys.
pub struct Vault {
    keys: Vec<Key>,
}

struct Key {
    /// Says which key sealed a text, and nothing else about it.
    tag: String,
    cipher: XChaCha20Poly1305,
}

/// Why a secret cannot be had. Never says the secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    #[error(
        "there is no key for secrets; name its file with --secret-key-file (openssl rand -base64 32 makes one)"
    )]
    NoKey,
    #[error("the secret was sealed under another key ({0}); add that key to the key file")]
    UnknownKey(String),
    #[error("the sealed secret is damaged, or belongs to another row")]
    Damaged,
}

/// Why a text is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a key is {KEY_BYTES} random bytes in base64 (openssl rand -base64 {KEY_BYTES}); line {line} is not"
)]
pub struct BadKey {
    pub line: usize,
}

impl Vault {
    /// Keys as an operator keeps them: a line each, the newest first. Empty lines and those that begin with `#` do
    /// not count.
    pub fn read(text: &str) -> Result<Self, BadKey> {
        let mut keys = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let bad = || BadKey { line: index + 1 };
            let bytes = STANDARD.decode(line).map_err(|_| bad())?;
            let bytes: [u8; KEY_BYTES] = bytes.try_into().map_err(|_| bad())?;
            keys.push(Key::new(&bytes));
        }
        if keys.is_empty() {
            return Err(BadKey { line: 1 });
        }
        Ok(Self { keys })
    }

    /// A new key, as [`Self::read`] reads it.
    pub fn generate(environment: &dyn Environment) -> String {
        let mut bytes = [0; KEY_BYTES];
        environment.fill(&mut bytes);
        STANDARD.encode(bytes)
    }

    pub(crate) fn seal(
        &self,
        environment: &dyn Environment,
        owner: &str,
        secret: &str,
    ) -> Result<Sealed, VaultError> {
        let key = self.keys.first().ok_or(VaultError::NoKey)?;
        let mut sealed = vec![0; NONCE_BYTES];
        environment.fill(&mut sealed);
        let nonce = nonce(&sealed)?;
        let payload = Payload {
            msg: secret.as_bytes(),
            aad: owner.as_bytes(),
        };
        let ciphertext = key
            .cipher
            .encrypt(&nonce, payload)
            .map_err(|_| VaultError::Damaged)?;
        sealed.extend(ciphertext);
        let body = URL_SAFE_NO_PAD.encode(sealed);
        Ok(Sealed(format!("{VERSION}.{}.{body}", key.tag)))
    }

    pub(crate) fn open(&self, owner: &str, sealed: &Sealed) -> Result<String, VaultError> {
        let mut parts = sealed.0.splitn(3, '.');
        let (Some(VERSION), Some(tag), Some(body)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(VaultError::Damaged);
        };
        let key = self.keys.iter().find(|key| key.tag == tag);
        let key = key.ok_or_else(|| VaultError::UnknownKey(tag.to_owned()))?;
        let body = URL_SAFE_NO_PAD
            .decode(body)
            .map_err(|_| VaultError::Damaged)?;
        let (head, ciphertext) = body
            .split_at_checked(NONCE_BYTES)
            .ok_or(VaultError::Damaged)?;
        let payload = Payload {
            msg: ciphertext,
            aad: owner.as_bytes(),
        };
        let secret = key
            .cipher
            .decrypt(&nonce(head)?, payload)
            .map_err(|_| VaultError::Damaged)?;
        String::from_utf8(secret).map_err(|_| VaultError::Damaged)
    }
}

impl Key {
    fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        let mut digest = Sha256::new();
        digest.update(b"leadbook key tag");
        digest.update(bytes);
        Self {
            tag: hex::encode(&digest.finalize()[..4]),
            cipher: XChaCha20Poly1305::new(bytes.into()),
        }
    }
}

fn nonce(bytes: &[u8]) -> Result<XNonce, VaultError> {
    XNonce::try_from(bytes).map_err(|_| VaultError::Damaged)
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({} keys)", self.keys.len())
    }
}

#[cfg(test)]
mod tests;
