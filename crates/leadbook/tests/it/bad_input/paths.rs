//! Methods and paths that no route has.

use super::court::{Court, ask_any_shape, shown};
use super::evil;
use crate::http::Request;
use crate::routes;
use crate::server::Server;
use crate::writers::Words;

const METHODS: [&str; 10] = [
    "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X",
];

pub(super) fn every_method_is_wrong(court: &mut Court) {
    let routes = routes::of(court.dialect);
    for route in &routes {
        let path = court.names.fill(route.template);
        let served: Vec<_> = routes
            .iter()
            .filter(|other| form(other.template) == form(route.template))
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
        let is_read = served.contains(&"GET");
        // What another method names may be gone.
        if is_read && route.method != "GET" {
            continue;
        }
        let expected = if is_read { 200 } else { 405 };
        assert_eq!(court.ask(&head).status, expected, "{}", shown(&head));
    }
}

/// The path without what stands in it for something.
fn form(template: &str) -> String {
    let path = template.split('?').next().unwrap_or_default();
    let is_name = |segment: &str| segment.starts_with('{');
    let segments = path
        .split('/')
        .map(|segment| if is_name(segment) { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
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

/// Times and cursors that are none, or lie where nothing is, besides wrong ids.
const QUERY_VALUES: [&str; 7] = [
    "2026-13-45T99:99:99Z",
    "9999-12-31T23:59:59.999999999Z",
    "-0001-01-01T00:00:00Z",
    "2026-01-31T09:00:00+99:99",
    "now",
    "9223372036854775807",
    "9223372036854775808",
];

/// Each parameter of the table in turn, the others as they should be.
pub(super) fn every_query_is_wrong(court: &mut Court) {
    let long = "9".repeat(5_000);
    let wrong: Vec<_> = evil::lines(evil::IDS)
        .chain(QUERY_VALUES)
        .chain([long.as_str(), ""])
        .collect();
    for route in routes::of(court.dialect) {
        let request = route.request(&court.names);
        let Some((path, query)) = request.path.split_once('?') else {
            continue;
        };
        let pairs: Vec<_> = query.split('&').collect();
        for (at, pair) in pairs.iter().enumerate() {
            let name = pair.split('=').next().unwrap_or_default();
            for value in &wrong {
                let pair = format!("{name}={value}");
                let mut pairs = pairs.clone();
                pairs[at] = &pair;
                court.ask(&Request {
                    path: format!("{path}?{}", pairs.join("&")),
                    ..request.clone()
                });
            }
        }
    }
}

/// Whose words answer a path that nobody serves: the vendor's whose paths it resembles.
const NEIGHBOURS: [(&str, Words); 18] = [
    ("/", Words::Native),
    ("/leadbook/v1/campaigns", Words::Native),
    ("/leadbook/v2/leads/1", Words::Native),
    ("/API/user/leads/1", Words::Native),
    ("/index.html", Words::Native),
    ("/api", Words::Autocalls),
    ("/api/user/make_call", Words::Autocalls),
    ("/api/v2/leads", Words::Autocalls),
    ("/api/v1", Words::JourneyBee),
    ("/api/v1/partnerships/1/users", Words::JourneyBee),
    ("/api/v1/contacts", Words::JourneyBee),
    ("/api/v1/leads/bulk/1", Words::UserVox),
    ("/api/v1/leads/get/1", Words::UserVox),
    ("/v1/campaigns/cmp_1/x", Words::DialNexa),
    ("/v1/campaigns-leads/upload-file/cmp_1/x", Words::DialNexa),
    ("/v1/call-logs/a/b", Words::DialNexa),
    ("/v1/Inbound", Words::NlPearl),
    ("/v2/Pearl/1/Settings", Words::NlPearl),
];

#[test]
fn an_unknown_path_answers_in_its_neighbours_words() {
    let server = Server::demo(&[]);
    let mut client = server.client("");
    for (path, words) in NEIGHBOURS {
        for method in ["GET", "POST", "DELETE"] {
            let answer = client.ask(&Request::new(method, path, None));
            assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
            let wrong = routes::misshapen(words, &answer);
            assert_eq!(wrong, None, "{method} {path}: {}", answer.text());
        }
    }
}
