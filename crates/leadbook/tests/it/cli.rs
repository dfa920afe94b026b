//! The command line as a newcomer meets it: help, the first run and its examples, and errors that say what to do.

use serde_json::Value;

use crate::http::Request;
use crate::server::{Book, Server, failure, leadbook, sqlite_only};

#[test]
fn every_command_has_help() {
    for command in [
        "",
        "serve",
        "workspace",
        "workspace create",
        "workspace list",
        "campaign",
        "campaign create",
        "process",
        "process create",
        "tag",
        "tag create",
        "user",
        "user create",
        "field",
        "field create",
        "lead",
        "lead create",
        "key",
        "key create",
        "key list",
        "key revoke",
        "migrate",
        "copy",
        "doctor",
    ] {
        let output = leadbook()
            .args(command.split_whitespace())
            .arg("--help")
            .output();
        let output = output.expect("the binary runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(output.status.success(), "{command}: {text}");
        assert!(text.contains("Usage: leadbook"), "{command}: {text}");
        for place in ["--data-dir", "--database"] {
            assert!(text.contains(place), "{command}: {text}");
        }
        let options = text.split("Options:").nth(1).expect("options");
        for option in options
            .lines()
            .filter(|line| line.trim_start().starts_with("--"))
        {
            // On the same line or, if long, on the next: clap leaves an option without help bare.
            let name = option.trim();
            assert!(
                name.contains("  ") || !options.ends_with(option),
                "{command}: {name} is not explained"
            );
        }
    }
    let version = leadbook()
        .arg("--version")
        .output()
        .expect("the binary runs");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    assert_eq!(
        version.trim(),
        concat!("leadbook ", env!("CARGO_PKG_VERSION"))
    );
}

/// The `curl` commands in a text, each as a request and its key.
fn curls(text: &str) -> Vec<(Request, String)> {
    let joined = text.replace("\\\n", " ");
    joined
        .lines()
        .filter_map(|line| read_curl(line.trim()))
        .collect()
}

/// Reads the few words that our examples use, as a shell would.
fn read_curl(line: &str) -> Option<(Request, String)> {
    let mut words = words(line).into_iter();
    if words.next()? != "curl" {
        return None;
    }
    let mut request = Request::new("GET", "", None);
    let mut key = String::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-X" => request.method = words.next()?,
            "-d" => request.body = Some(words.next()?.into_bytes()),
            "-H" => {
                let header = words.next()?;
                let (name, value) = header.split_once(": ")?;
                match value.strip_prefix("Bearer ") {
                    Some(bearer) => bearer.clone_into(&mut key),
                    None => request = request.header(name, value),
                }
            }
            url => {
                let (_, rest) = url.split_once("://")?;
                rest[rest.find('/')?..].clone_into(&mut request.path);
            }
        }
    }
    Some((request, key))
}

fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('\'') {
            Some(quoted) => quoted.split_once('\'').expect("a closed quote"),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

fn run_curls(server: &Server) -> Vec<Request> {
    let curls = curls(&server.welcome);
    for (request, key) in &curls {
        let answer = server.client(key).ask(request);
        assert!(
            answer.is_success(),
            "{request:?}: {} {}",
            answer.status,
            answer.text()
        );
        assert!(!answer.json().is_null(), "{request:?}: {}", answer.text());
    }
    curls.into_iter().map(|(request, _)| request).collect()
}

#[test]
fn the_first_run_prints_examples_that_work() {
    let book = Book::new();
    let server = book.serve();
    let welcome = server.welcome.clone();
    for vendor in ["Autocalls", "NLPearl", "JourneyBee", "DialNexa", "UserVox"] {
        assert!(welcome.contains(vendor), "{welcome}");
    }
    let place = match &book.schema {
        None => format!("lies in {}/", book.folder().display()),
        Some(_) => "lies in the database ".to_owned(),
    };
    assert!(welcome.contains(&place), "{place}: {welcome}");
    let requests = run_curls(&server);
    // One for each dialect, and one to see what happened.
    assert_eq!(requests.len(), 6, "{welcome}");
    // Again: a newcomer pastes twice.
    run_curls(&server);
    let (_, key) = curls(&welcome).remove(0);
    server.stop();
    book.assert_well();
    // Later starts print no key and make nothing new.
    let again = book.serve();
    assert!(!again.welcome.contains(&key), "{}", again.welcome);
    assert!(
        again.welcome.contains("leadbook key create"),
        "{}",
        again.welcome
    );
    let shown = again.client(&key).get(&requests[5].path);
    assert!(
        shown["events"]
            .as_array()
            .is_some_and(|events| events.len() > 1),
        "{shown}"
    );
    assert_eq!(book.ok(&["workspace", "list"]).lines().count(), 1);
}

#[test]
fn the_demo_prints_examples_that_work() {
    let server = Server::demo(&[]);
    let requests = run_curls(&server);
    assert_eq!(requests.len(), 5, "{}", server.welcome);
    for name in [
        "autocalls",
        "nlpearl",
        "journeybee",
        "journeybee_read_only",
        "dialnexa",
        "uservox",
        "leadbook",
    ] {
        assert!(server.ready["keys"][name].is_string(), "{}", server.ready);
    }
    for name in [
        "autocalls",
        "nlpearl",
        "nlpearl_pearl",
        "journeybee",
        "dialnexa",
        "dialnexa_dialled",
        "uservox",
        "uservox_project",
        "uservox_process",
        "uservox_reference",
    ] {
        assert!(
            server.ready["leads"][name].is_string(),
            "{name} in {}",
            server.ready
        );
    }
}

#[test]
fn the_demo_listens_nowhere_but_on_loopback() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let said = failure(leadbook().args(["serve", "--demo", "--listen", address]));
        assert!(said.contains("loopback"), "{said}");
    }
}

#[test]
fn operators_make_everything() {
    let book = Book::new();
    let workspace = book.json(&[
        "workspace",
        "create",
        "--name",
        "Acme é🦀",
        "--region",
        "de",
    ]);
    assert!(workspace["id"].is_u64(), "{workspace}");
    assert!(book.ok(&["workspace", "list"]).contains("Acme é🦀"));
    let zone = ["--time-zone", "Europe/Paris", "--paused"];
    let campaign = book.json(&[&["campaign", "create", "--name", "Spring"], &zone[..]].concat());
    let stages = [
        "--stage",
        "first=new",
        "--stage",
        "won=converted",
        "--transition",
        "first=won",
    ];
    let callback = [
        "--callback",
        "https://example.com/hook",
        "--callback-header",
        "X-Token: abc",
    ];
    let process = ["process", "create", "--name", "P", "--disposition", "sold"];
    book.ok(&[&process[..], &stages, &callback].concat());
    assert!(book.json(&["tag", "create", "--label", "Warm"])["id"].is_u64());
    assert!(book.json(&["user", "create", "--email", "a@example.com"])["id"].is_u64());
    let field = [
        "field", "create", "--label", "Tier", "--type", "select", "--option", "Gold",
    ];
    let field = book.json(&field);
    assert!(field["options"][0]["id"].is_u64(), "{field}");
    // The national number is read in the workspace's region.
    let campaign = campaign["id"].to_string();
    let contact = [
        "--phone",
        "030 901820",
        "--name",
        "Ada",
        "--external-id",
        "c-1",
    ];
    let variables = ["--variables", r#"{"n": 1.50}"#, "--campaign", &campaign];
    let lead = book.json(&[&["lead", "create"], &contact[..], &variables].concat());
    let key = book.json(&["key", "create"]);
    assert!(book.ok(&["migrate"]).contains("schema version"));
    book.assert_well();
    let server = book.serve();
    let mut client = server.client(key["key"].as_str().expect("a key"));
    let shown = client.get(&format!("/leadbook/v1/leads/{}", lead["id"]));
    assert_eq!(shown["phone"], "+4930901820", "{shown}");
    assert_eq!(shown["variables"].to_string(), r#"{"n":1.50}"#);
    // Every command works beside a running server.
    book.ok(&["tag", "create", "--label", "Later"]);
    book.assert_well();
}

#[test]
fn keys_are_made_in_one_form_and_listed_without_their_secret() {
    let book = Book::new();
    book.ok(&["workspace", "create", "--name", "Keys"]);
    let made = book.json(&["key", "create", "--label", "crm"]);
    let key = made["key"].as_str().expect("a key");
    let (id, secret) = key.split_once(':').expect("a colon");
    assert!(
        id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{key}"
    );
    let is_secret = secret.len() == 32 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
    assert!(is_secret, "{key}");
    let listed: Value = book.json(&["key", "list"]);
    assert_eq!(listed[0]["label"], "crm", "{listed}");
    assert_eq!(listed[0]["hint"], id);
    assert!(!listed.to_string().contains(secret), "{listed}");
    assert!(!book.ok(&["key", "list"]).contains(secret));
}

/// Mistakes, and a word that the answer must have.
const MISTAKES: &str = "
key revoke --key 99 => key list
key create --dialect klingon => klingon
key create --campaign 99 => no campaign 99
key create --workspace 99 => no workspace 99
campaign create --name x --time-zone Mars/Olympus => Mars/Olympus
campaign create --name x --region XX => two letters
process create --name x --stage a => NAME=KIND
process create --name x --stage a=b => NAME=KIND
process create --name x --transition a=b => no stage a
process create --name x --callback ftp://x/ => http
process create --name x --callback https://example.com/ --callback-header x => NAME:VALUE
field create --label x --type colour => multi_select
field create --label x --type select => --option
field create --label x --type text --option a => --option
tag create --label x --association y => lead_deal
lead create --phone 12 => phone
lead create --phone 030901820 => phone
lead create --campaign 99 => campaign
lead create --variables [] => --variables
lead create --email nonsense => email
serve --listen nonsense => --listen
serve --uservox-callback http://x/ => --demo
serve --allow-webhook-to x => --allow-webhook-to
frobnicate => Usage
";

#[test]
fn errors_say_what_to_do() {
    let book = Book::new();
    book.ok(&["workspace", "create", "--name", "One"]);
    for line in MISTAKES.lines().filter(|line| !line.is_empty()) {
        let (command, expected) = line.split_once(" => ").expect("a mistake and a word");
        let said = book.failure(&command.split(' ').collect::<Vec<_>>());
        assert!(said.contains(expected), "{command}: {said}");
        for inner in [
            "Fault", "Reason", "Invalid", "Unknown", "At(", "Field(", "Some(",
        ] {
            assert!(!said.contains(inner), "{command} speaks Rust: {said}");
        }
    }
    book.ok(&["workspace", "create", "--name", "Two"]);
    let said = book.failure(&["key", "create"]);
    assert!(said.contains("name one with --workspace"), "{said}");
}

#[test]
fn only_serve_and_workspace_make_a_book() {
    if !sqlite_only("a database is there already, and every command makes the tables it needs") {
        return;
    }
    let book = Book::new();
    for command in [
        "doctor",
        "migrate",
        "workspace list",
        "key list",
        "tag create --label x",
    ] {
        let said = book.failure(&command.split(' ').collect::<Vec<_>>());
        assert!(said.contains("there is no book at"), "{command}: {said}");
        assert!(said.contains("--data-dir"), "{command}: {said}");
        assert!(!book.folder().exists(), "{command} made a book");
    }
}

/// As in `leadbook workspace list | true`.
#[test]
fn nobody_listening_is_no_reason_to_die() {
    let book = Book::new();
    book.ok(&["workspace", "create", "--name", "One"]);
    for command in [&["workspace", "list"][..], &["doctor"], &["key", "create"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = book
            .command(command)
            .stdout(writer)
            .output()
            .expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{command:?}: {said}");
    }
}

#[test]
fn a_file_that_is_no_book_is_left_alone() {
    if !sqlite_only("there is no file") {
        return;
    }
    let book = Book::new();
    std::fs::create_dir_all(book.folder()).expect("a folder");
    std::fs::write(book.file(), "this is no database, and somebody's").expect("a file");
    let said = book.failure(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(said.contains("cannot open the book"), "{said}");
    assert!(said.contains(&book.file().display().to_string()), "{said}");
    let kept = std::fs::read_to_string(book.file()).expect("still there");
    assert_eq!(kept, "this is no database, and somebody's");
}
