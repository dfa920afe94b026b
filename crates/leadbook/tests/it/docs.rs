//! The pages at `/docs` as the binary serves them: to anybody, whatever key or header comes along, and never a 5xx.

use crate::http::{Answer, Request};
use crate::routes::PAGES;
use crate::server::Server;

/// What a browser is told about what it was sent.
fn is_guarded(answer: &Answer) -> bool {
    let policy = answer.header("content-security-policy").unwrap_or_default();
    policy.starts_with("default-src 'none'; style-src 'self'")
        && answer.header("x-content-type-options") == Some("nosniff")
}

#[test]
fn anybody_may_read_them() {
    let server = Server::demo(&[]);
    for key in ["", "nobody"] {
        let mut client = server.client(key);
        for (path, content_type) in PAGES {
            let answer = client.ask(&Request::new("GET", path, None));
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.header("content-type"), Some(content_type), "{path}");
            assert!(is_guarded(&answer) && !answer.body.is_empty(), "{path}");
            let head = client.ask(&Request::new("HEAD", path, None));
            assert_eq!((head.status, head.body.len()), (200, 0), "HEAD {path}");
            let etag = answer.header("etag").expect("a validator");
            let known = Request::new("GET", path, None).header("If-None-Match", etag);
            assert_eq!(client.ask(&known).status, 304, "{path}");
        }
    }
}

#[test]
fn what_is_asked_wrongly_is_refused_with_a_page() {
    let server = Server::demo(&[]);
    let mut client = server.client("");
    for (path, _) in PAGES {
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "X"] {
            let answer = client.ask(&Request::new(method, path, None));
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), Some("GET,HEAD"), "{method} {path}");
            assert!(is_guarded(&answer), "{method} {path}");
        }
        for suffix in [
            "/",
            "//",
            "/x",
            "x",
            "%00",
            "%2f",
            "%ff",
            "/../../etc/passwd",
        ] {
            let answer = client.ask(&Request::new("GET", &format!("{path}{suffix}"), None));
            assert_eq!(answer.status, 404, "{path}{suffix}");
        }
        for odd in ["W/", "\"", "é", "\"a\", *x"] {
            let request = Request::new("GET", path, None).header("If-None-Match", odd);
            assert_eq!(client.ask(&request).status, 200, "{path} {odd}");
        }
        let queried = client.ask(&Request::new("GET", &format!("{path}?a=%ff&&="), None));
        assert_eq!(queried.status, 200, "{path}");
        let with_body = Request::new("GET", path, None).raw_body(b"[");
        assert_eq!(client.ask(&with_body).status, 200, "{path}");
    }
}
