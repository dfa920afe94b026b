//! Methods and paths that no route has.

use super::court::{Court, ask_any_shape, shown};
use super::evil;
use crate::http::Request;
use crate::routes;

const METHODS: [&str; 10] = [
    "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X",
];

pub(super) fn every_method_is_wrong(court: &mut Court) {
    let routes = routes::of(court.dialect);
    for route in &routes {
        let path = court.names.fill(route.template);
        let served: Vec<_> = routes
            .iter()
            .filter(|other| {
                court.names.fill(other.template).split('?').next() == path.split('?').next()
            })
            .map(|other| other.method)
            .collect();
        for method in METHODS {
            if served.contains(&method) {
                continue;
            }
            let request = Request {
                method: method.to_owned(),
                ..route.request(&court.names)
            };
            let answer = court.ask(&request);
            assert_eq!(answer.status, 405, "{}", shown(&request));
            let allow = answer.header("allow").unwrap_or_default();
            for served in &served {
                assert!(
                    allow.contains(served),
                    "{}: Allow is {allow:?}",
                    shown(&request)
                );
            }
        }
        let head = Request::new("HEAD", &path, None);
        let expected = if served.contains(&"GET") { 200 } else { 405 };
        assert_eq!(court.ask(&head).status, expected, "{}", shown(&head));
    }
}

/// Paths that name nothing, and what is around them.
pub(super) fn every_id_is_wrong(court: &mut Court) {
    let long = "9".repeat(5_000);
    let wrong: Vec<_> = evil::lines(evil::IDS)
        .chain([long.as_str(), "", "{}"])
        .collect();
    for route in routes::of(court.dialect) {
        let parts: Vec<_> = route
            .template
            .match_indices('{')
            .map(|(at, _)| at)
            .collect();
        for start in parts {
            let end = start + route.template[start..].find('}').expect("a pair") + 1;
            for id in &wrong {
                let template =
                    format!("{}{id}{}", &route.template[..start], &route.template[end..]);
                let request = Request {
                    path: court.names.fill(&template),
                    ..route.request(&court.names)
                };
                let answer = ask_any_shape(court, &request);
                assert!(
                    !answer.is_success() || id.is_empty(),
                    "{} was served",
                    shown(&request)
                );
            }
        }
        for suffix in ["/", "//", "/x", "?", "?a=b&a=%ff", "?%", "#x"] {
            let mut request = route.request(&court.names);
            request.path.push_str(suffix);
            ask_any_shape(court, &request);
        }
        let mut request = route.request(&court.names);
        request.path = format!(
            "{}?on_active_call=never&limit=x&before_version=-1",
            request.path
        );
        ask_any_shape(court, &request);
    }
}
