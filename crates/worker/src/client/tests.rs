//! How a callback identifies itself.

use domain::campaign::CallbackAuth;

use super::{auth_headers, check_auth};

fn header(name: &str, value: &str) -> CallbackAuth {
    CallbackAuth::Header {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

#[test]
fn auth_becomes_one_header() {
    assert!(auth_headers(&CallbackAuth::None).unwrap().is_empty());
    let headers = auth_headers(&CallbackAuth::Bearer("s3cret".to_owned())).unwrap();
    assert_eq!(headers["authorization"], "Bearer s3cret");
    assert!(headers["authorization"].is_sensitive());
    let headers = auth_headers(&header("X-Hook-Key", "abc")).unwrap();
    assert_eq!(headers["x-hook-key"], "abc");
    assert_eq!(headers.len(), 1);
}

#[test]
fn auth_that_http_cannot_carry_is_refused() {
    for auth in [
        CallbackAuth::Bearer("two\r\nlines".to_owned()),
        header("X Y", "v"),
        header("", "v"),
        header("X-Key", "a\nb"),
        header("Host", "evil.example"),
        header("content-length", "0"),
        header("Transfer-Encoding", "chunked"),
    ] {
        assert!(check_auth(&auth).is_err(), "{auth:?}");
    }
    for auth in [
        CallbackAuth::None,
        CallbackAuth::Bearer("a.b-c".to_owned()),
        header("Authorization", "Basic abc"),
        header("X-Key", ""),
    ] {
        assert_eq!(check_auth(&auth), Ok(()), "{auth:?}");
    }
}
