//! Keys: what each kind may do on every route, how soon a revoked one stops, and that none is written down.

use std::path::Path;
use std::time::Duration;

use crate::clock::now;
use crate::http::Request;
use crate::routes::{self, Access, Names, WEBHOOK_SECRET, WEBHOOK_TOKEN, WEBHOOKS_ALLOWED};
use crate::server::Book;
use crate::world::{self, Workspace};
use crate::writers::Words;

#[test]
fn a_key_does_what_it_may_and_nothing_else() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Keys");
    let server = book.serve_with(&WEBHOOKS_ALLOWED);
    let names = Names::of(&book, &workspace, &mut server.client(&workspace.key));
    let key = |options: &[&str]| world::create_key(&book, workspace.number, options).1;
    let read_only = key(&["--permissions", "read"]);
    let write_only = key(&["--permissions", "write"]);
    for route in routes::all() {
        let request = route.request(&names);
        for (key, may) in [(&read_only, Access::Read), (&write_only, Access::Write)] {
            let answer = server.client(key).ask(&request);
            let name = route.name();
            if route.access == may {
                assert_ne!(
                    answer.status,
                    403,
                    "{name} by one that may: {}",
                    answer.text()
                );
            } else {
                assert_eq!(
                    answer.status,
                    403,
                    "{name} by one that may not: {}",
                    answer.text()
                );
                assert_eq!(routes::misshapen(route.dialect, &answer), None, "{name}");
            }
        }
    }
}

#[test]
fn a_key_of_one_dialect_speaks_no_other() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Keys");
    let server = book.serve_with(&WEBHOOKS_ALLOWED);
    let names = Names::of(&book, &workspace, &mut server.client(&workspace.key));
    for dialect in Words::ALL {
        let (_, key) = world::create_key(&book, workspace.number, &["--dialect", dialect.name()]);
        let mut client = server.client(&key);
        for route in routes::all() {
            let answer = client.ask(&route.request(&names));
            let name = format!("{} by a key of {dialect:?}", route.name());
            if route.dialect == dialect {
                assert_ne!(answer.status, 403, "{name}: {}", answer.text());
            } else {
                assert_eq!(answer.status, 403, "{name}: {}", answer.text());
                assert_eq!(routes::misshapen(route.dialect, &answer), None, "{name}");
            }
        }
    }
}

/// A lead of a campaign that the key may not see is "not found", as if it did not exist.
#[test]
fn a_key_of_one_campaign_sees_no_other() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Keys");
    let other = world::create(
        &book,
        workspace.number,
        &["campaign", "create", "--name", "Other"],
    );
    let other = other["id"].as_u64().expect("an id").to_string();
    let server = book.serve_with(&WEBHOOKS_ALLOWED);
    let mut owner = server.client(&workspace.key);
    let names = Names::of(&book, &workspace, &mut owner);
    let own = names.campaign.to_string();
    let doomed = names.doomed_campaign.to_string();
    let limited = |campaigns: &[&str]| {
        let options: Vec<_> = campaigns.iter().flat_map(|it| ["--campaign", it]).collect();
        world::create_key(&book, workspace.number, &options).1
    };
    let mut insider = server.client(&limited(&[&own, &doomed]));
    let mut outsider = server.client(&limited(&[&other]));
    let before = owner.get(&format!("/leadbook/v1/leads/{}", names.lead));
    for route in routes::all().into_iter().filter(|route| route.names_a_lead) {
        let answer = outsider.ask(&route.request(&names));
        assert_eq!(answer.status, 404, "{}: {}", route.name(), answer.text());
        assert_eq!(
            routes::misshapen(route.dialect, &answer),
            None,
            "{}",
            route.name()
        );
    }
    let after = owner.get(&format!("/leadbook/v1/leads/{}", names.lead));
    assert_eq!(before, after, "an outsider changed a lead");
    for route in routes::all() {
        let (name, request) = (route.name(), route.request(&names));
        let answer = insider.ask(&request);
        if !route.is_for_all_campaigns {
            assert!(answer.is_success(), "{name}: {}", answer.text());
            continue;
        }
        for answer in [answer, outsider.ask(&request)] {
            assert_eq!(answer.status, 403, "{name}: {}", answer.text());
            assert_eq!(routes::misshapen(route.dialect, &answer), None, "{name}");
        }
    }
    // What it may not see it may not move a lead into, either.
    for (method, path) in [
        ("PATCH", format!("/leadbook/v1/leads/{}", names.lead)),
        ("PUT", format!("/api/user/leads/{}", names.lead)),
    ] {
        let body = serde_json::json!({"campaign_id": other.parse::<u64>().expect("a number")});
        let answer = insider.ask(&Request::new(method, &path, Some(&body)));
        assert!(
            (400..500).contains(&answer.status),
            "{method} {path}: {}",
            answer.text()
        );
    }
}

#[test]
fn a_revoked_key_stops_within_a_second() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Keys");
    let server = book.serve_with(&WEBHOOKS_ALLOWED);
    let names = Names::of(&book, &workspace, &mut server.client(&workspace.key));
    let (number, key) = world::create_key(&book, workspace.number, &[]);
    let mut client = server.client(&key);
    let lead = workspace.lead(&mut client);
    let request = Request::new("GET", &lead.path(), None);
    // Just looked up, so the cache believes it as long as it believes anything.
    assert_eq!(client.ask(&request).status, 200);
    let number = number.to_string();
    world::create(
        &book,
        workspace.number,
        &["key", "revoke", "--key", &number],
    );
    let revoked = now();
    let mut answers = 0;
    while client.ask(&request).status == 200 {
        answers += 1;
        assert!(
            revoked.elapsed() < Duration::from_millis(1_200),
            "still valid"
        );
    }
    println!("{answers} answers in {:?}", revoked.elapsed());
    for route in routes::all() {
        let answer = client.ask(&route.request(&names));
        // UserVox knows no 401.
        let is_refused =
            answer.status == 401 || route.dialect == Words::UserVox && answer.status == 403;
        assert!(is_refused, "{}: {}", route.name(), answer.text());
    }
    let listed = book.ok(&["key", "list", "--workspace", &workspace.number.to_string()]);
    assert!(listed.contains("revoked"), "{listed}");
}

/// A key that was wrong becomes right: the cache remembers that, too, for less than a second. Nothing else is
/// slower: a new key works at once.
#[test]
fn a_new_key_works_at_once() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Keys");
    let server = book.serve();
    let (_, key) = world::create_key(&book, workspace.number, &[]);
    let answer = server
        .client(&key)
        .ask(&Request::new("GET", "/leadbook/v1/leads/1", None));
    assert_eq!(answer.status, 404, "{}", answer.text());
}

fn assert_absent(file: &Path, secret: &str) {
    let bytes = std::fs::read(file).expect("a readable file");
    let found = bytes
        .windows(secret.len())
        .any(|window| window == secret.as_bytes());
    assert!(!found, "{} has a key in it", file.display());
}

/// In no file of the book, or in no row.
fn assert_nowhere(book: &Book, secret: &str) {
    if let Some(schema) = &book.schema {
        let rows = schema.text_blocking();
        assert!(rows.contains("api_keys"), "the keys' table was not read");
        let hex: Vec<_> = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        let hex = hex.concat();
        let found = rows
            .lines()
            .find(|row| row.contains(secret) || row.contains(&hex));
        assert_eq!(found, None, "a row has a key in it");
        return;
    }
    assert!(book.file().exists(), "the book's file was not read");
    for entry in std::fs::read_dir(book.folder()).expect("a readable folder") {
        assert_absent(&entry.expect("an entry").path(), secret);
    }
}

#[test]
fn no_key_is_written_down() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Keys");
    let server = book.serve_with(&[&WEBHOOKS_ALLOWED[..], &["--log", "trace"]].concat());
    let mut client = server.client(&workspace.key);
    let names = Names::of(&book, &workspace, &mut client);
    let secret = workspace
        .key
        .split(':')
        .nth(1)
        .expect("two parts")
        .to_owned();
    // A wrong key is nearly a right one: a typo must not be logged either.
    let wrong = format!("{}:{}", "0".repeat(24), secret);
    for route in routes::all() {
        client.ask(&route.request(&names));
        server.client(&wrong).ask(&route.request(&names));
        // In the wrong place.
        let misplaced = Request::new("GET", &format!("/leadbook/v1/leads/1?key={secret}"), None);
        server
            .client("")
            .ask(&misplaced.header("X-Api-Key", &secret));
    }
    let log = server.log();
    assert!(
        log.contains("TRACE") || log.contains("DEBUG"),
        "the filter was not heard: {log}"
    );
    let secrets = [
        secret.as_str(),
        WEBHOOK_TOKEN,
        WEBHOOK_SECRET.trim_start_matches("whsec_"),
    ];
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} is in the log");
        assert_nowhere(&book, secret);
    }
    server.stop();
    for secret in secrets {
        assert_nowhere(&book, secret);
    }
    let listed = book.ok(&["key", "list"]);
    assert!(!listed.contains(&secret), "{listed}");
}
