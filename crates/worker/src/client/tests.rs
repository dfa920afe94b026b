//! How Leadbook identifies itself.

use app::subscriptions::PlainAuth;

use super::{auth_header, check_auth, headers};

fn header(name: &str, value: &str) -> PlainAuth {
    PlainAuth::Header {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

#[test]
fn auth_becomes_one_header() {
    assert!(auth_header(&PlainAuth::None).unwrap().is_none());
    let bearer = PlainAuth::Bearer("s3cret".to_owned());
    let (name, value) = auth_header(&bearer).unwrap().unwrap();
    assert_eq!(name, "authorization");
    assert_eq!(value, "Bearer s3cret");
    assert!(value.is_sensitive());
    let (name, value) = auth_header(&header("X-Hook-Key", "abc")).unwrap().unwrap();
    assert_eq!(name, "x-hook-key");
    assert_eq!(value, "abc");
}

#[test]
fn a_signature_is_not_replaced() {
    let auth = header("webhook-signature", "mine");
    let signed = vec![("webhook-signature", "v1,abc".to_owned())];
    let headers = headers(&auth, signed).unwrap();
    assert_eq!(headers["webhook-signature"], "v1,abc");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers.len(), 2);
}

#[test]
fn auth_that_http_cannot_carry_is_refused() {
    for auth in [
        PlainAuth::Bearer("two\r\nlines".to_owned()),
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
        PlainAuth::None,
        PlainAuth::Bearer("a.b-c".to_owned()),
        header("Authorization", "Basic abc"),
        header("X-Key", ""),
    ] {
        assert_eq!(check_auth(&auth), Ok(()), "{auth:?}");
    }
}
