//! Nothing that a client can send is answered 5xx, with nothing, with HTML or in another vendor's shape; and what is
//! refused has changed nothing.
//!
//! Every route is sent every kind of wrong body, header, method and path, then thousands of seeded mutations.
//! What the HTTP library answers before any of our code runs is listed at the end, exactly.

use serde_json::Value;

use crate::http::{Answer, Client, Request};
use crate::random::Random;
use crate::routes::{self, Access, Names, Route};
use crate::server::{Book, Server};
use crate::world::Workspace;
use crate::writers::Words;

/// Mutated requests per dialect.
const MUTATIONS: usize = 3_000;

/// A served book and a judge of one dialect's answers.
struct Court {
    dialect: Words,
    names: Names,
    key: String,
    server: Server,
    client: Client,
    /// Reads the lead in our own words.
    witness: Client,
    /// The lead's version when it was last looked at.
    version: u64,
    accepted: u64,
    judged: u64,
    _book: Book,
}

impl Court {
    fn of(dialect: Words) -> Self {
        let book = Book::new();
        let workspace = Workspace::create(&book, "Court");
        let server = book.serve();
        let mut witness = server.client(&workspace.key);
        let names = Names::of(&book, &workspace, &mut witness);
        let mut court = Self {
            dialect,
            names,
            key: workspace.key.clone(),
            client: server.client(&workspace.key),
            server,
            witness,
            version: 0,
            accepted: 0,
            judged: 0,
            _book: book,
        };
        court.version = court.look();
        court
    }

    /// The version of the lead now.
    fn look(&mut self) -> u64 {
        let lead = self
            .witness
            .get(&format!("/leadbook/v1/leads/{}", self.names.lead));
        lead["version"].as_u64().expect("a version")
    }

    fn ask(&mut self, request: &Request) -> Answer {
        let answer = self.client.send(request);
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => panic!("no answer ({error}) to {}", shown(request)),
        };
        self.judge(request, &answer);
        answer
    }

    /// As `ask`; it must be refused.
    fn refuse(&mut self, request: &Request) {
        let answer = self.ask(request);
        assert!(
            (400..500).contains(&answer.status),
            "{} was not refused: {} {}",
            shown(request),
            answer.status,
            answer.text()
        );
    }

    fn judge(&mut self, request: &Request, answer: &Answer) {
        self.judged += 1;
        if let Some(wrong) = wrong(self.dialect, request, answer) {
            panic!(
                "{wrong}: {} {} to {}",
                answer.status,
                answer.text(),
                shown(request)
            );
        }
        if answer.is_success() {
            self.accepted += 1;
            return;
        }
        if !self.judged.is_multiple_of(7) {
            return;
        }
        let now = self.look();
        // A queued update counts as accepted before it is applied.
        assert!(
            now <= self.version + self.accepted,
            "{} was refused with {} and changed the lead",
            shown(request),
            answer.status
        );
        if self.dialect != Words::UserVox {
            (self.version, self.accepted) = (now, 0);
        }
    }
}

fn wrong(dialect: Words, request: &Request, answer: &Answer) -> Option<String> {
    if answer.status >= 500 {
        return Some("5xx".to_owned());
    }
    if request.method == "HEAD" {
        return None;
    }
    if answer.is_success() {
        let is_json = serde_json::from_slice::<Value>(&answer.body).is_ok();
        return (!is_json).then(|| "a success without JSON".to_owned());
    }
    routes::misshapen(dialect, answer)
}

/// A request, short enough to print.
fn shown(request: &Request) -> String {
    let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
    let short: String = body.chars().take(400).collect();
    let path: String = request.path.chars().take(300).collect();
    format!("{} {path} {:?} {short}", request.method, request.headers)
}

/// Texts of JSON values that some member, or every one, cannot take.
fn evil_values() -> Vec<String> {
    let mut values: Vec<String> = [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-1",
        "1.5",
        "1e999",
        "-1e999",
        "1e-999",
        "1E400",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "9007199254740993",
        "99999999999999999999999999999999999999999",
        "0.1e1",
        r#""""#,
        r#"" ""#,
        r#""\t\n""#,
        r#""\u0000""#,
        r#""a\u0000b""#,
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#""\uffff""#,
        "\"\u{202e}\u{feff}\u{1f980}\"",
        r#""1""#,
        r#""-1""#,
        r#""1e9""#,
        r#""+""#,
        r#""+1""#,
        r#""+0000000000""#,
        r#""null""#,
        r#""NaN""#,
        "NaN",
        "Infinity",
        "-",
        "01",
        "1.",
        ".5",
        "+1",
        "'a'",
        "undefined",
        "tru",
        "[]",
        "[null]",
        "[[]]",
        "[0]",
        "[-1]",
        "[1.5]",
        "[1e999]",
        "[\"a\"]",
        "[true]",
        "[{}]",
        "[18446744073709551616]",
        "{}",
        r#"{"":1}"#,
        r#"{"a":{}}"#,
        r#"{"a":null}"#,
        r#"{"a.b":[1]}"#,
        r#"{"__proto__":{"a":1}}"#,
        r#"{"constructor":1}"#,
        r#"{"$ref":"a"}"#,
        r#"{"a\u0000":1}"#,
        r#"{"a":"\u0000"}"#,
        r#"{"a":1e999}"#,
        r#"{"a":[{"b":[{}]}]}"#,
        r#"{"add":[1]}"#,
        r#"{"add":1}"#,
        r#"{"add":[1],"remove":[1]}"#,
        r#"{"number":1e999}"#,
        r#"{"number":null}"#,
        r#"{"text":1}"#,
        r#"{"select":0}"#,
        r#"{"date":"2026-02-30"}"#,
        r#"{"1":{"number":1}}"#,
        // What serde_json's arbitrary precision calls a number inside.
        r#"{"$serde_json::private::Number":"1"}"#,
        r#"{"$serde_json::private::Number":"x"}"#,
        r#"{"$serde_json::private::Number":1}"#,
        r#"{"$serde_json::private::RawValue":"1"}"#,
        r#""2026-13-45T99:99:99Z""#,
        r#""9999-12-31T23:59:59.999999999Z""#,
        r#""-0001-01-01T00:00:00Z""#,
        r#""0000-00-00T00:00:00+99:99""#,
        r#""2016-12-31T23:59:60Z""#,
    ]
    .map(str::to_owned)
    .to_vec();
    for length in [256, 16_385, 70_000] {
        values.push(format!("\"{}\"", "x".repeat(length)));
        values.push(format!("\"{}\"", "é".repeat(length)));
        values.push("9".repeat(length));
    }
    for count in [101, 600, 20_000] {
        values.push(format!("[{}1]", "1,".repeat(count)));
        let members: Vec<_> = (0..count).map(|n| format!("\"k{n}\":{n}")).collect();
        values.push(format!("{{{}}}", members.join(",")));
    }
    for depth in [30, 31, 32, 33, 127, 128, 129, 10_000] {
        values.push(format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
        values.push(format!(
            "{}1{}",
            r#"{"a":"#.repeat(depth),
            "}".repeat(depth)
        ));
        values.push("[".repeat(depth));
        values.push(r#"{"a":"#.repeat(depth));
    }
    values
}

/// The paths of every member inside, the root first.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                pointers(value, &format!("{at}/{}", key.replace('~', "~0")), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                pointers(value, &format!("{at}/{index}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The bodies of a route with one value replaced by a text that need not be JSON.
fn with_evil(body: &Value, names: &Names) -> Vec<Vec<u8>> {
    const PLACE: &str = "\"@evil@\"";
    let mut places = Vec::new();
    pointers(body, "", &mut places);
    let mut bodies = Vec::new();
    for place in places {
        let mut changed = body.clone();
        *changed.pointer_mut(&place).expect("a place in it") = "@evil@".into();
        let text = names.fill(&changed.to_string());
        for evil in evil_values() {
            bodies.push(text.replace(PLACE, &evil).into_bytes());
        }
    }
    bodies
}

fn every_member_is_wrong(court: &mut Court) {
    for route in routes::of(court.dialect) {
        let Some(body) = &route.body else { continue };
        let request = route.request(&court.names);
        for evil in with_evil(body, &court.names) {
            court.ask(&request.clone().raw_body(&evil));
        }
    }
}

/// Bodies that no route takes.
fn hopeless_bodies(valid: &[u8]) -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = [
        "",
        " ",
        "\r\n\t",
        "null",
        "true",
        "1",
        "1e999",
        "\"a\"",
        "[]",
        "[{}]",
        "{",
        "}",
        "{]",
        "{}{}",
        "{},",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1}x",
        "// a\n{}",
        "/**/{}",
        "\u{feff}{}",
        "{\"a\":\"\n\"}",
        "<html></html>",
        "a=1&b=2",
        "--x\r\n\r\n--x--",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    // Broken UTF-8: a lone continuation, an overlong slash, a surrogate, a cut sequence, beyond U+10FFFF.
    for broken in [
        &b"\x80"[..],
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xe2\x82",
        b"\xf4\x90\x80\x80",
        b"\xff\xfe",
    ] {
        bodies.push([b"{\"a\":\"", broken, b"\"}"].concat());
        bodies.push([b"{\"", broken, b"\":1}"].concat());
    }
    bodies.push(valid[..valid.len() - 1].to_vec());
    bodies.push([valid, valid].concat());
    // UTF-16.
    bodies.push(valid.iter().flat_map(|byte| [*byte, 0]).collect());
    bodies.push(format!("{{\"a\":\"{}\"}}", "x".repeat(1_500_000)).into_bytes());
    bodies.push(vec![b' '; 1_500_000]);
    bodies.push("[".repeat(1_500_000).into_bytes());
    bodies.push(vec![0; 1_000]);
    bodies
}

fn every_body_is_wrong(court: &mut Court) {
    for route in routes::of(court.dialect) {
        if route.body.is_none() {
            continue;
        }
        let request = route.request(&court.names);
        let valid = request.body.clone().unwrap_or_default();
        for body in hopeless_bodies(&valid) {
            court.refuse(&request.clone().raw_body(&body));
        }
        // Of two members with one name the last counts, so this is the valid body with a prefix.
        let doubled = [b"{\"variables\":7,\"metadata\":7,", &valid[1..]].concat();
        court.ask(&request.clone().raw_body(&doubled));
        // No body and no length at all.
        let nothing = Request {
            body: None,
            ..request
        };
        court.refuse(&nothing);
    }
}

/// The request with other headers of this name, or none.
fn with_header(request: &Request, name: &str, values: &[&str]) -> Request {
    let mut changed = request.clone();
    changed
        .headers
        .retain(|(header, _)| !header.eq_ignore_ascii_case(name));
    for value in values {
        changed = changed.header(name, value);
    }
    changed
}

fn every_key_is_wrong(court: &mut Court) {
    let (valid, key) = (format!("Bearer {}", court.key), court.key.clone());
    let secret_changed = format!("Bearer {}x", &key[..key.len() - 1]);
    let wrong: Vec<Vec<&str>> = vec![
        vec![],
        vec![""],
        vec![" "],
        vec!["Bearer"],
        vec!["Bearer "],
        vec![&key],
        vec!["Basic YTpi"],
        vec!["Bearer a b"],
        vec!["Bearer é"],
        vec!["Bearer\t"],
        vec!["bearer:"],
        vec![&secret_changed],
        vec![&valid, &valid],
        vec![&valid, "Bearer x"],
        vec!["Bearer x", &valid],
        vec!["Bearer null"],
        vec!["Bearer ' OR 1=1 --"],
        vec!["Bearer \u{1f980}"],
    ];
    let long = format!("Bearer {}", "k".repeat(20_000));
    let refused = if court.dialect == Words::UserVox {
        403
    } else {
        401
    };
    let mut nobody = court.server.client("");
    for route in routes::of(court.dialect) {
        let request = route.request(&court.names);
        for values in wrong
            .iter()
            .map(Vec::as_slice)
            .chain([&[long.as_str()][..]])
        {
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

fn every_content_type_is_odd(court: &mut Court) {
    for route in routes::of(court.dialect) {
        if route.body.is_none() {
            continue;
        }
        let request = route.request(&court.names);
        for values in [
            &["text/plain"][..],
            &["text/html"],
            &["application/x-www-form-urlencoded"],
            &["multipart/form-data; boundary=x"],
            &["application/xml"],
            &[""],
            &["json"],
            &["application/json5"],
            &["application/"],
            &["/json"],
            &["é"],
            &["application/jsonx; charset=utf-8"],
        ] {
            court.refuse(&with_header(&request, "Content-Type", values));
        }
        for values in [
            &[][..],
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
        ] {
            court.ask(&with_header(&request, "Content-Type", values));
        }
        for (name, value) in [
            ("Accept", "text/html"),
            ("Accept", "nonsense"),
            ("X-Request-Id", "é\u{1f980}"),
            ("X-Request-Id", ""),
            ("If-Match", "nonsense"),
            ("If-Match", "\"18446744073709551616\""),
            ("If-Match", "W/\"1\""),
            ("Content-Encoding", "gzip"),
            ("Expect", "100-continue"),
            ("Range", "bytes=0-1"),
            ("Upgrade", "h2c"),
            ("X-HTTP-Method-Override", "DELETE"),
            ("Host", "elsewhere.example"),
            ("Cookie", "a=b"),
        ] {
            court.ask(&request.clone().header(name, value));
        }
    }
}

fn every_method_is_wrong(court: &mut Court) {
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
        for method in [
            "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X",
        ] {
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
fn every_id_is_wrong(court: &mut Court) {
    let long = "9".repeat(5_000);
    let wrong = [
        "0",
        "-1",
        "+1",
        "01",
        "1.0",
        "1e3",
        "9007199254740992",
        "18446744073709551615",
        "18446744073709551616",
        "abc",
        "%00",
        "%ff%fe",
        "%2e%2e",
        "%2F",
        "a%2Fb",
        "%",
        "%zz",
        "%u0041",
        "%E2%82",
        "..",
        ".",
        "~",
        "null",
        "undefined",
        "NaN",
        "%20",
        "+",
        "1;2",
        "1,2",
        "'",
        "%22",
        "%3Cscript%3E",
        "{}",
        "é".trim_matches('é'),
        "000000000000000000000000",
        "ffffffffffffffffffffffff",
        "zzzzzzzzzzzzzzzzzzzzzzzz",
        "lead_",
        "lead_000000000000",
        "lead_zzzzzzzzzzzz",
        "cmp_",
        "_",
        "lead_AAAAAAAAAAAA",
        "123e4567-e89b-12d3-a456-426614174000",
        &long,
    ];
    for route in routes::of(court.dialect) {
        let parts: Vec<_> = route
            .template
            .match_indices('{')
            .map(|(at, _)| at)
            .collect();
        for start in parts {
            let end = start + route.template[start..].find('}').expect("a pair") + 1;
            for id in wrong {
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

/// As [`Court::ask`], where the path may have left the dialect: then some vendor's shape will do.
fn ask_any_shape(court: &mut Court, request: &Request) -> Answer {
    let answer = match court.client.send(request) {
        Ok(answer) => answer,
        Err(error) => panic!("no answer ({error}) to {}", shown(request)),
    };
    assert!(answer.status < 500, "{} {}", shown(request), answer.text());
    let is_some_shape = Words::ALL
        .iter()
        .any(|words| wrong(*words, request, &answer).is_none());
    assert!(
        is_some_shape,
        "{} {} to {}",
        answer.status,
        answer.text(),
        shown(request)
    );
    answer
}

/// Bodies that do not arrive as announced.
fn every_transfer_is_broken(court: &mut Court) {
    for route in routes::of(court.dialect) {
        if route.access == Access::Read {
            continue;
        }
        let request = route.request(&court.names);
        let body = request.body.clone().unwrap_or_default();
        let address = court.server.address;
        let head = |headers: &str| {
            let key = &court.key;
            let (method, path) = (&request.method, &request.path);
            format!(
                "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\
                 Content-Type: application/json\r\n{headers}\r\n"
            )
            .into_bytes()
        };
        let length = body.len();
        let chunk =
            |body: &[u8]| [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n"].concat();
        let (first, second) = body.split_at(length / 2);
        let chunked = head("Transfer-Encoding: chunked\r\n");
        let big = vec![b' '; 400_000];
        for (name, bytes, is_answered) in [
            (
                "shorter than announced",
                [
                    head(&format!("Content-Length: {}\r\n", length + 10)),
                    body.clone(),
                ]
                .concat(),
                false,
            ),
            (
                "in chunks",
                [
                    chunked.clone(),
                    chunk(first),
                    chunk(second),
                    b"0\r\n\r\n".to_vec(),
                ]
                .concat(),
                true,
            ),
            (
                "in chunks, cut off",
                [chunked.clone(), chunk(first)].concat(),
                false,
            ),
            (
                "in chunks, too large",
                [
                    chunked.clone(),
                    chunk(&big),
                    chunk(&body),
                    b"0\r\n\r\n".to_vec(),
                ]
                .concat(),
                true,
            ),
            ("in no chunks", [chunked, b"zz\r\n".to_vec()].concat(), true),
            (
                "announced far too long",
                head("Content-Length: 99999999999\r\n"),
                true,
            ),
        ] {
            let answer = routes::send_raw(address, &bytes, is_answered);
            // Whoever closes its half while the server still waits hears nothing: hyper takes it for gone.
            assert!(
                answer.is_some() || !is_answered,
                "{name}: {}",
                shown(&request)
            );
            if let Some(answer) = answer {
                court.judge(&request, &answer);
                assert!(
                    !answer.is_success() || name == "in chunks",
                    "{name}: {}",
                    shown(&request)
                );
            }
        }
    }
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    const TOKENS: [&[u8]; 16] = [
        b"null",
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b",",
        b":",
        b"1e999",
        b"-",
        b"\\u0000",
        b"\\ud800",
        b"\xff",
        b"\x00",
        b"true",
        b"99999999999999999999",
    ];
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(12)).min(bytes.len());
        match random.below(5) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..end, random.pick(&TOKENS).to_vec())),
            2 => drop(bytes.splice(at..at, random.pick(&TOKENS).to_vec())),
            3 => {
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            _ if at < bytes.len() => bytes[at] = u8::try_from(random.below(256)).expect("a byte"),
            _ => {}
        }
    }
}

/// One member's value under another member's name: well-formed and wrong.
fn shuffle(body: &Value, random: &mut Random) -> Value {
    let mut places = Vec::new();
    pointers(body, "", &mut places);
    let (from, to) = (random.pick(&places).clone(), random.pick(&places).clone());
    let mut changed = body.clone();
    let value = body.pointer(&from).cloned().unwrap_or(Value::Null);
    *changed.pointer_mut(&to).expect("a place in it") = value;
    changed
}

fn mutations(court: &mut Court) {
    let mut random = Random::of_test(court.dialect.name());
    let routes: Vec<Route> = routes::of(court.dialect);
    for _ in 0..MUTATIONS {
        let route = random.pick(&routes).clone();
        let mut request = route.request(&court.names);
        if let Some(body) = &route.body {
            let body = if random.below(3) == 0 {
                shuffle(body, &mut random)
            } else {
                body.clone()
            };
            let mut bytes = court.names.fill(&body.to_string()).into_bytes();
            if random.below(4) > 0 {
                mutate(&mut bytes, &mut random);
            }
            request.body = Some(bytes);
        }
        if random.below(8) == 0 {
            let mut path = request.path.clone().into_bytes();
            mutate(&mut path, &mut random);
            // What the HTTP library refuses has a test of its own.
            path.retain(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(byte));
            request.path = String::from_utf8(path).expect("ASCII");
            if !request.path.starts_with('/') {
                request.path.insert(0, '/');
            }
            ask_any_shape(court, &request);
        } else {
            court.ask(&request);
        }
    }
}

/// One test per dialect and kind, so that they share the machine.
macro_rules! courts {
    ($($module:ident: $dialect:ident),*) => {
        $(
            mod $module {
                use super::{Court, Words};

                #[test]
                fn wrong_members() {
                    super::every_member_is_wrong(&mut Court::of(Words::$dialect));
                }

                #[test]
                fn wrong_requests() {
                    let mut court = Court::of(Words::$dialect);
                    super::every_body_is_wrong(&mut court);
                    super::every_key_is_wrong(&mut court);
                    super::every_content_type_is_odd(&mut court);
                    super::every_method_is_wrong(&mut court);
                    super::every_id_is_wrong(&mut court);
                    super::every_transfer_is_broken(&mut court);
                }

                #[test]
                fn mutated_requests() {
                    super::mutations(&mut Court::of(Words::$dialect));
                }
            }
        )*
    };
}

courts!(
    native: Native, autocalls: Autocalls, nlpearl: NlPearl, journeybee: JourneyBee, dialnexa: DialNexa,
    uservox: UserVox
);

/// A body that is announced and does not come is given up in bounded time, and said so.
#[test]
fn a_body_that_stays_away_is_answered() {
    std::thread::scope(|scope| {
        for dialect in Words::ALL {
            scope.spawn(move || {
                let mut court = Court::of(dialect);
                let routes = routes::of(dialect);
                let route = routes.iter().find(|route| route.access == Access::Write);
                let request = route.expect("every dialect writes").request(&court.names);
                let mut bytes = request.bytes(court.server.address, &court.key);
                bytes.pop();
                let answer = routes::send_raw(court.server.address, &bytes, true);
                let answer = answer.expect("it is answered");
                assert_eq!(answer.status, 408, "{}", answer.text());
                court.judge(&request, &answer);
            });
        }
    });
}

/// What hyper refuses before any route is looked at: an empty body, a bare status, and the connection closed. It
/// has no hook for another answer. Nothing a client library sends is here.
#[test]
fn heads_that_are_no_http_are_refused_by_the_library() {
    let server = Server::demo(&[]);
    let path = format!("/{}", "a".repeat(70_000));
    let many: String = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    let long = format!("X-Long: {}\r\n", "a".repeat(800_000));
    for (name, head, expected) in [
        ("no HTTP", "hello\r\n\r\n".to_owned(), 400),
        ("another protocol", "GET / HTTP/9.9\r\n\r\n".to_owned(), 400),
        (
            "a blank in the path",
            "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
            400,
        ),
        (
            "a header without a colon",
            "GET / HTTP/1.1\r\nHost\r\n\r\n".to_owned(),
            400,
        ),
        (
            "a header with a NUL",
            "GET / HTTP/1.1\r\nX: a\0b\r\n\r\n".to_owned(),
            400,
        ),
        (
            "two lengths",
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n".to_owned(),
            400,
        ),
        (
            "a length that is none",
            "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n".to_owned(),
            400,
        ),
        (
            "a negative length",
            "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n".to_owned(),
            400,
        ),
        (
            "an endless length",
            format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", u128::MAX),
            400,
        ),
        (
            "an unknown coding",
            "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n".to_owned(),
            400,
        ),
        (
            "a path too long",
            format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"),
            414,
        ),
        (
            "too many headers",
            format!("GET / HTTP/1.1\r\n{many}\r\n"),
            431,
        ),
        (
            "headers too long",
            format!("GET / HTTP/1.1\r\n{long}\r\n"),
            431,
        ),
    ] {
        let answer = routes::send_raw(server.address, head.as_bytes(), true);
        let answer = answer.unwrap_or_else(|| panic!("{name}: no answer"));
        assert_eq!(answer.status, expected, "{name}: {}", answer.text());
        assert!(
            answer.body.is_empty(),
            "{name}: now with a body? then it can have a shape"
        );
    }
    // The server is none the worse for it.
    let request = Request::new("GET", "/nothing", None);
    assert_eq!(server.client("").ask(&request).status, 404);
}
