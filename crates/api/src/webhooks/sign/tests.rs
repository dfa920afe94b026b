//! Known answers of others.

use serde_json::json;

use super::*;

/// RFC 4231, test case 2.
#[test]
fn hmac_is_that_of_the_rfc() {
    let mac = hmac_sha256(b"Jefe", &["what do ya want ", "for nothing?"]);
    let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(hex::encode(mac), expected);
}

/// The example of jwt.io.
#[test]
fn a_token_is_that_of_others() {
    let claims = json!({"sub": "1234567890", "name": "John Doe", "iat": 1_516_239_022});
    let expected = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.\
                    eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.\
                    SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
    assert_eq!(jwt(b"your-256-bit-secret", &claims), expected);
}
