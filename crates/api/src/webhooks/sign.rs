//! Signatures: HMAC-SHA256, and the JSON web token made of one. Which is sent how, and what it signs, is the format's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::json;

pub(crate) fn hmac_sha256(key: &[u8], parts: &[&str]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().to_vec()
}

/// A JSON web token (RFC 7519) signed with HS256.
pub(crate) fn jwt(key: &[u8], claims: &impl serde::Serialize) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = URL_SAFE_NO_PAD.encode(json(claims));
    let signature = hmac_sha256(key, &[&header, ".", &claims]);
    let signature = URL_SAFE_NO_PAD.encode(signature);
    format!("{header}.{claims}.{signature}")
}

#[cfg(test)]
mod tests;
