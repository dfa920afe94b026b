//! What is served against what is described; and that a description which is wrong is found out.

use std::collections::{BTreeMap, BTreeSet};

use super::description::{Description, shape};
use super::exchange::check;
use super::{ALL, Exchange};
use crate::book::Book;
use crate::http;

/// Both ways: by the paths of the routes, and by the methods that a path's own refusal names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_served_is_described_and_what_is_described_is_served() {
    let book = Book::open().await;
    let mut served = BTreeMap::new();
    let described: Vec<_> = ALL.iter().map(|one| one.dialect.as_str()).collect();
    for (dialect, path) in api::served_paths() {
        if described.contains(&dialect.name()) {
            let methods = allowed(&book, path).await;
            served.insert((dialect.name().to_owned(), shape(path)), methods);
        }
    }
    book.close().await;
    assert_eq!(differences(&served, &paths_of(&ALL)), Vec::<String>::new());
}

type Paths = BTreeMap<(String, String), Vec<String>>;

fn paths_of(all: &[Description]) -> Paths {
    let mut paths = Paths::new();
    for description in all {
        for item in description.paths() {
            let key = (description.dialect.clone(), shape(item.path));
            paths.insert(key, sorted(item.methods()));
        }
    }
    paths
}

/// The methods that the server says a path has, when it is asked with one that no path has.
async fn allowed(book: &Book, path: &str) -> Vec<String> {
    let head = format!("TRACE {} HTTP/1.1\r\n", path.replace(['{', '}'], ""));
    let answer = http::send(book.address, &head, b"").await;
    assert_eq!(answer.status, 405, "{path}");
    let allow = answer.header("allow").unwrap_or_default().to_owned();
    let methods = allow.split(',').map(|method| method.trim().to_owned());
    sorted(methods.filter(|method| method != "HEAD").collect())
}

fn sorted(mut methods: Vec<String>) -> Vec<String> {
    methods.sort();
    methods
}

fn differences(served: &Paths, described: &Paths) -> Vec<String> {
    let keys: BTreeSet<_> = served.keys().chain(described.keys()).collect();
    keys.into_iter()
        .filter(|key| served.get(*key) != described.get(*key))
        .map(|key| {
            let (dialect, path) = key;
            let (is, should) = (served.get(key), described.get(key));
            format!("{dialect} {path}: served {is:?}, described {should:?}")
        })
        .collect()
}

#[test]
fn a_path_or_method_that_only_one_side_has_is_found() {
    let key = |path: &str| ("d".to_owned(), path.to_owned());
    let both = |methods: &[&str]| methods.iter().map(|name| (*name).to_owned()).collect();
    let served = Paths::from([(key("/a"), both(&["GET"])), (key("/b"), both(&["GET"]))]);
    let described = Paths::from([
        (key("/a"), both(&["GET", "PUT"])),
        (key("/c"), both(&["GET"])),
    ]);
    assert_eq!(differences(&served, &described).len(), 3);
    assert_eq!(differences(&served, &served), Vec::<String>::new());
}

/// One operation, as small as it can be.
const SMALL: &str = r##"{
    "paths": {
        "/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": true}],
            "patch": {
                "parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}}],
                "requestBody": {"required": true, "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                    "204": {"description": "Nothing to say."},
                    "default": {"$ref": "#/components/responses/Error"}
                }
            }
        }
    },
    "components": {
        "responses": {"Error": {"content": {"application/json": {"schema": {
            "type": "object", "required": ["error"]}}}}},
        "schemas": {"Thing": {"type": "object", "additionalProperties": false,
            "required": ["name"], "properties": {"name": {"type": "string"}}}}
    }
}"##;

fn small(change: impl FnOnce(&mut Exchange<'static>)) -> Result<(), String> {
    let mut exchange = Exchange {
        method: "PATCH",
        target: "/things/7?page=2",
        content_type: "application/json; charset=utf-8",
        body: br#"{"name": "a"}"#,
        status: 200,
        answer_type: "application/json",
        answer: br#"{"name": "a"}"#,
    };
    change(&mut exchange);
    check(&[Description::read("small", SMALL)], &exchange)
}

#[test]
fn an_exchange_that_is_as_described_passes() {
    assert_eq!(small(|_| ()), Ok(()));
    let refusal: &[u8] = br#"{"error": "no"}"#;
    for status in [405, 413, 503] {
        let passed = small(|it| (it.status, it.answer) = (status, refusal));
        assert_eq!(passed, Ok(()), "{status}");
    }
    let unknown = small(|it| (it.target, it.status, it.answer) = ("/other", 404, refusal));
    assert_eq!(unknown, Ok(()));
    let method = small(|it| (it.method, it.status, it.answer) = ("PUT", 405, refusal));
    assert_eq!(method, Ok(()));
    let nothing = small(|it| (it.status, it.answer, it.answer_type) = (204, b"", ""));
    assert_eq!(nothing, Ok(()));
    // What was refused need not be as described.
    let refused = small(|it| (it.body, it.status, it.answer) = (b"[", 413, refusal));
    assert_eq!(refused, Ok(()));
}

#[test]
fn whatever_differs_from_the_description_is_found() {
    let cases: [(&str, Result<(), String>); 13] = [
        ("a status", small(|it| it.status = 409)),
        ("a body where none is", small(|it| it.status = 204)),
        ("no body", small(|it| it.answer = b"")),
        ("a missing member", small(|it| it.answer = b"{}")),
        (
            "a member too many",
            small(|it| it.answer = br#"{"name": "a", "age": 1}"#),
        ),
        ("a type", small(|it| it.answer = br#"{"name": 1}"#)),
        ("a media type", small(|it| it.answer_type = "text/html")),
        ("the request", small(|it| it.body = br#"{"name": 1}"#)),
        ("no request", small(|it| it.body = b"")),
        (
            "a query that is not there",
            small(|it| it.target = "/things/7?size=2"),
        ),
        ("a query", small(|it| it.target = "/things/7?page=two")),
        ("a path", small(|it| it.target = "/things")),
        ("a method", small(|it| it.method = "PUT")),
    ];
    for (what, result) in cases {
        assert!(result.is_err(), "{what} passed");
    }
}
