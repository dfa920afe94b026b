//! Transcripts: request and expected answer as files, run in order against a fresh demo book.
//!
//! A file is a list of steps separated by `===`. A step is a request (head, blank line, body), `--- status`,
//! expected headers, a blank line and the expected JSON, if there is a body; or `@run jobs`; or `@deliveries` and a JSON array of the bodies
//! that are due; or `@attempt` and the status that each due delivery is answered with; or `@give up`, which makes dead
//! letters of them; or `@advance` and seconds; or `@expire claims`.
//! `{{name}}` is a value of the demo, `{{2.a.b}}` one of the second answer; `"{{any}}"` matches everything.

use std::path::Path;

use serde_json::Value;

use crate::book::Book;
use crate::described::{self, Exchange};
use crate::http::{self, Answer};

/// Runs every file of a folder and reports all failures at once.
pub(crate) async fn run_folder(vendor: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/transcripts")
        .join(vendor);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "http")
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no transcripts for {vendor}");
    let mut failures = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).expect("a readable transcript");
        if let Err(failure) = run(&text).await {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            failures.push(format!("{vendor}/{name}: {failure}"));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        files.len(),
        failures.join("\n")
    );
}

async fn run(text: &str) -> Result<(), String> {
    let book = Book::open().await;
    let result = run_steps(&book, text).await;
    book.close().await;
    result
}

async fn run_steps(book: &Book, text: &str) -> Result<(), String> {
    let mut answers = Vec::new();
    for (index, step) in text.split("\n===").enumerate() {
        // What follows `===` on its own line is a remark.
        let step = if index == 0 {
            step
        } else {
            step.split_once('\n').map_or("", |(_, rest)| rest)
        };
        run_step(book, &mut answers, step)
            .await
            .map_err(|failure| format!("step {}: {failure}", index + 1))?;
    }
    Ok(())
}

async fn run_step(book: &Book, answers: &mut Vec<Value>, step: &str) -> Result<(), String> {
    let step = strip_remarks(step);
    let step = substitute(book, answers, step.trim_start())?;
    if step.trim() == "@run jobs" {
        book.run_jobs().await;
        return Ok(());
    }
    if let Some(expected) = step.strip_prefix("@deliveries") {
        let taken = book.take_webhooks().await.into_iter();
        let bodies = taken
            .map(|webhook| json(&webhook.body))
            .collect::<Result<_, _>>()?;
        return matches("deliveries", &json(expected)?, &Value::Array(bodies));
    }
    if let Some(status) = step.strip_prefix("@attempt") {
        let status = status.trim().parse();
        book.attempt(status.map_err(|_| "@attempt which status?")?)
            .await;
        return Ok(());
    }
    if step.trim() == "@expire claims" {
        book.expire_claims().await;
        return Ok(());
    }
    if step.trim() == "@give up" {
        book.give_up().await;
        return Ok(());
    }
    if let Some(seconds) = step.strip_prefix("@advance") {
        let seconds: i64 = seconds.trim().parse().map_err(|_| "@advance how far?")?;
        book.environment.advance_millis(seconds * 1_000);
        return Ok(());
    }
    let (request, expected) = step
        .split_once("\n--- ")
        .ok_or("a request and `--- status` are expected")?;
    // As the worker would.
    let positioned = book.app.position_events().await;
    positioned.map_err(|error| error.to_string())?;
    let answer = send(book, request).await?;
    let shown = String::from_utf8_lossy(&answer.body).into_owned();
    check(&answer, expected)
        .and_then(|()| check_description(request, &answer))
        .map_err(|failure| format!("{failure}\n   answer: {shown}"))?;
    answers.push(serde_json::from_slice(&answer.body).unwrap_or(Value::Null));
    Ok(())
}

fn strip_remarks(step: &str) -> String {
    let is_remark = |line: &&str| line.starts_with('#');
    let mut lines: Vec<_> = step
        .lines()
        .skip_while(|line| line.trim().is_empty())
        .collect();
    let remarks = lines
        .iter()
        .take_while(|line| is_remark(line) || line.is_empty())
        .count();
    lines.drain(..remarks);
    lines.join("\n")
}

/// Replaces `{{…}}`, except `{{any}}`.
fn substitute(book: &Book, answers: &[Value], text: &str) -> Result<String, String> {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").ok_or("an open {{")?;
        result.push_str(before);
        match name {
            "any" => result.push_str("{{any}}"),
            name => {
                let value = value(book, answers, name);
                result.push_str(&value.ok_or_else(|| format!("no {{{{{name}}}}}"))?);
            }
        }
        rest = after;
    }
    result.push_str(rest);
    Ok(result)
}

fn value(book: &Book, answers: &[Value], name: &str) -> Option<String> {
    let Some((number, path)) = name.split_once('.') else {
        return book.value(name);
    };
    let index: usize = number.parse().ok()?;
    let pointer = format!("/{}", path.replace('.', "/"));
    match answers.get(index.checked_sub(1)?)?.pointer(&pointer)? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

async fn send(book: &Book, request: &str) -> Result<Answer, String> {
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let body = read_body(body.trim_end())?;
    let mut lines = head.lines();
    let mut text = format!("{} HTTP/1.1\r\n", lines.next().unwrap_or_default().trim());
    for line in lines {
        text.push_str(line);
        text.push_str("\r\n");
    }
    if !head.to_ascii_lowercase().contains("\ncontent-length:") && !head.starts_with("GET") {
        text.push_str("Content-Length: ");
        text.push_str(&body.len().to_string());
        text.push_str("\r\n");
    }
    Ok(http::send(book.address, &text, &body).await)
}

/// Text as it stands, `@body hex:…`, `@body repeat:N:text`, or `@body upload:name` and the lines of a file, as a form with the
/// boundary `x` sends it.
fn read_body(body: &str) -> Result<Vec<u8>, String> {
    let Some(made) = body.strip_prefix("@body ") else {
        return Ok(body.as_bytes().to_vec());
    };
    if let Some(digits) = made.strip_prefix("hex:") {
        let digits: String = digits.split_whitespace().collect();
        let pairs = digits
            .as_bytes()
            .chunks(2)
            .map(|pair| String::from_utf8_lossy(pair).into_owned());
        let bytes: Result<_, _> = pairs.map(|pair| u8::from_str_radix(&pair, 16)).collect();
        return bytes.map_err(|error| error.to_string());
    }
    if let Some(upload) = made.strip_prefix("upload:") {
        let (name, content) = upload.split_once('\n').unwrap_or((upload, ""));
        return Ok(crate::uploads::form(name, content.as_bytes()));
    }
    let (count, text) = made
        .strip_prefix("repeat:")
        .and_then(|made| made.split_once(':'))
        .ok_or("@body what?")?;
    let count: usize = count.parse().map_err(|_| "repeat how often?")?;
    Ok(text.repeat(count).into_bytes())
}

fn check(answer: &Answer, expected: &str) -> Result<(), String> {
    let (head, body) = expected.split_once("\n\n").unwrap_or((expected, ""));
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default().trim();
    if answer.status.to_string() != status {
        return Err(format!("status {} instead of {status}", answer.status));
    }
    for line in lines.filter(|line| !line.trim().is_empty()) {
        let (name, value) = line
            .split_once(':')
            .ok_or(format!("not a header: {line}"))?;
        let (found, value) = (answer.header(name), value.trim());
        if found != Some(value) && !(value == "{{any}}" && found.is_some()) {
            return Err(format!("header {name} is {found:?} instead of {value:?}"));
        }
    }
    // A 204 of JourneyBee.
    if body.trim().is_empty() && answer.body.is_empty() {
        return Ok(());
    }
    let actual: Value = serde_json::from_slice(&answer.body)
        .map_err(|error| format!("the body is not JSON: {error}"))?;
    matches("body", &json(body)?, &actual)
}

/// What is served must also be what the dialect's description says.
fn check_description(request: &str, answer: &Answer) -> Result<(), String> {
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let body = read_body(body.trim_end())?;
    let mut words = head.split_whitespace();
    let (method, target) = (words.next(), words.next());
    let content_type = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_type = name.eq_ignore_ascii_case("content-type");
        is_type.then(|| value.trim())
    });
    described::check(&Exchange {
        method: method.unwrap_or_default(),
        target: target.unwrap_or_default(),
        content_type: content_type.unwrap_or_default(),
        body: &body,
        status: answer.status,
        answer_type: answer.header("content-type").unwrap_or_default(),
        answer: &answer.body,
    })
    .map_err(|failure| format!("against its description: {failure}"))
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("the expectation is not JSON: {error}"))
}

/// Compares member by member, so that a failure names the place.
fn matches(place: &str, expected: &Value, actual: &Value) -> Result<(), String> {
    match (expected, actual) {
        (Value::String(any), _) if any == "{{any}}" => Ok(()),
        (Value::Object(expected), Value::Object(actual)) => {
            for (key, value) in expected {
                let found = actual.get(key).ok_or(format!("{place}.{key} is missing"))?;
                matches(&format!("{place}.{key}"), value, found)?;
            }
            match actual.keys().find(|key| !expected.contains_key(*key)) {
                Some(key) => Err(format!("{place}.{key} is not expected")),
                None => Ok(()),
            }
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            expected
                .iter()
                .zip(actual)
                .enumerate()
                .try_for_each(|(index, (e, a))| matches(&format!("{place}[{index}]"), e, a))
        }
        _ if expected == actual => Ok(()),
        _ => Err(format!("{place} is {actual} instead of {expected}")),
    }
}
