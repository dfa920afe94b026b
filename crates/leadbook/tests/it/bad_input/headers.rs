//! Keys, content types and other headers that are missing, doubled, broken or merely odd.

use super::court::{Court, shown};
use super::evil::lines;
use crate::http::Request;
use crate::routes;
use crate::writers::Words;

/// Values of `Authorization` that are no key, besides what is made of a real one.
const KEYS: &str = "
Bearer
Basic YTpi
Bearer a b
Bearer é
bearer:
Bearer null
Bearer ' OR 1=1 --
Bearer \u{1f980}
";

/// Content types that no dialect takes.
const REFUSED_TYPES: [&str; 12] = [
    "text/plain",
    "text/html",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
    "",
    "json",
    "application/json5",
    "application/",
    "/json",
    "é",
    "application/jsonx; charset=utf-8",
];

/// Content types that some dialect takes, and none falls over.
const ODD_TYPES: [&[&str]; 12] = [
    &[],
    &["application/json; charset=utf-8"],
    &["Application/JSON"],
    &["application/json;"],
    &["application/json; charset=\"iso-8859-1\""],
    &["application/json", "application/json"],
    &["application/json", "text/plain"],
    &["text/plain", "application/json"],
    &["text/json"],
    &["application/vnd.api+json"],
    &["application/*+json"],
    &["*/*"],
];

/// Other headers that a handler or a proxy might look at.
const HEADERS: &str = "
Accept: text/html
Accept: nonsense
X-Request-Id: é\u{1f980}
X-Request-Id:
If-Match: nonsense
If-Match: 1
If-Match: \"18446744073709551616\"
If-Match: W/\"1\"
If-Match: \"1\", \"2\"
Content-Encoding: gzip
Expect: 100-continue
Range: bytes=0-1
Upgrade: h2c
X-HTTP-Method-Override: DELETE
Host: elsewhere.example
Cookie: a=b
Accept: text/event-stream
Last-Event-ID: nonsense
Last-Event-ID: é\u{1f980}
Last-Event-ID: 18446744073709551615
Leadbook-Source: crm
Leadbook-Source:
Leadbook-Source: a b
Leadbook-Source: é\u{1f980}
";

/// The request with other headers of this name, or none.
fn with_header(request: &Request, name: &str, values: &[&str]) -> Request {
    let mut changed = request.clone();
    let is_other = |(header, _): &(String, String)| !header.eq_ignore_ascii_case(name);
    changed.headers.retain(is_other);
    for value in values {
        changed = changed.header(name, value);
    }
    changed
}

pub(super) fn every_key_is_wrong(court: &mut Court) {
    let key = court.key.clone();
    let valid = format!("Bearer {key}");
    let valid = valid.as_str();
    let changed = format!("{}!", &valid[..valid.len() - 1]);
    let long = format!("Bearer {}", "k".repeat(20_000));
    let mut wrong: Vec<Vec<&str>> = lines(KEYS).map(|value| vec![value]).collect();
    wrong.extend([
        vec![],
        vec![""],
        vec![" "],
        vec!["Bearer "],
        vec!["Bearer\t"],
    ]);
    wrong.extend([
        vec![key.as_str()],
        vec![changed.as_str()],
        vec![long.as_str()],
    ]);
    wrong.extend([
        vec![valid, valid],
        vec![valid, "Bearer x"],
        vec!["Bearer x", valid],
    ]);
    // UserVox knows no 401.
    let refused = if court.dialect == Words::UserVox {
        403
    } else {
        401
    };
    let mut nobody = court.server.client("");
    for route in routes::of(court.dialect) {
        let request = route.request(&court.names);
        for values in &wrong {
            let request = with_header(&request, "Authorization", values);
            let answer = nobody.ask(&request);
            court.judge(&request, &answer);
            assert_eq!(answer.status, refused, "{}", shown(&request));
        }
        let request = with_header(&request, "authorization", &[&format!("bEaReR {key}")]);
        let answer = nobody.ask(&request);
        court.judge(&request, &answer);
        assert_ne!(answer.status, refused, "{}", shown(&request));
    }
}

pub(super) fn every_content_type_is_odd(court: &mut Court) {
    for route in routes::of(court.dialect) {
        if route.body.is_none() {
            continue;
        }
        let request = route.request(&court.names);
        for value in REFUSED_TYPES {
            court.refuse(&with_header(&request, "Content-Type", &[value]));
        }
        for values in ODD_TYPES {
            court.ask(&with_header(&request, "Content-Type", values));
        }
    }
}

pub(super) fn every_other_header_is_odd(court: &mut Court) {
    for route in routes::of(court.dialect) {
        let request = route.request(&court.names);
        for line in lines(HEADERS) {
            let (name, value) = line.split_once(':').expect("a header");
            court.ask(&request.clone().header(name, value.trim()));
        }
    }
}
