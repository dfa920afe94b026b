//! A request and its answer, compared with what is described: the operation, the status, the answer's body, and of a
//! request that was served its query and its body.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::description::{Description, Operation, at_path};
use super::document::Document;

/// What any route may answer. Described once, as `default`.
const EVERYWHERE: [u16; 6] = [405, 408, 413, 415, 503, 507];

pub(crate) struct Exchange<'a> {
    pub(crate) method: &'a str,
    pub(crate) target: &'a str,
    pub(crate) content_type: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) status: u16,
    pub(crate) answer_type: &'a str,
    pub(crate) answer: &'a [u8],
}

/// Nothing, though it looks like one of JourneyBee's leads.
const UNDER_BULK: &str = "/api/v1/leads/bulk";

pub(super) fn check(all: &[Description], exchange: &Exchange) -> Result<(), String> {
    let (path, query) = exchange
        .target
        .split_once('?')
        .unwrap_or((exchange.target, ""));
    if path == UNDER_BULK {
        return unserved(all, exchange, 404, "nothing is there");
    }
    let Some(item) = at_path(all, path) else {
        return unserved(all, exchange, 404, "no description has this path");
    };
    let Some(operation) = item.operation(exchange.method) else {
        let what = format!("{} has no {}", item.path, exchange.method);
        return unserved(all, exchange, 405, &what);
    };
    let name = &operation.name;
    answer(&operation, exchange).map_err(|failure| format!("{name}: {failure}"))?;
    if !(200..300).contains(&exchange.status) {
        return Ok(());
    }
    self::query(&operation, query).map_err(|failure| format!("{name}: {failure}"))?;
    body(&operation, exchange).map_err(|failure| format!("{name}: {failure}"))
}

/// What no operation describes may only be refused, in the shape of one of the dialects.
fn unserved(
    all: &[Description],
    exchange: &Exchange,
    status: u16,
    what: &str,
) -> Result<(), String> {
    // The key is looked at before the body, but not before the path.
    if exchange.status != status {
        return Err(format!("{what}, and the answer is {}", exchange.status));
    }
    let has_a_shape = all.iter().any(|description| {
        let document = &description.document;
        let error = &document.root["components"]["responses"]["Error"];
        content(document, error, exchange.answer_type, exchange.answer).is_ok()
    });
    if has_a_shape {
        return Ok(());
    }
    Err(format!(
        "{what}, and the answer has no dialect's shape of an error"
    ))
}

fn answer(operation: &Operation, exchange: &Exchange) -> Result<(), String> {
    let responses = &operation.value["responses"];
    let status = exchange.status;
    let mut response = &responses[status.to_string()];
    if response.is_null() && EVERYWHERE.contains(&status) {
        response = &responses["default"];
    }
    if response.is_null() {
        return Err(format!("the status {status} is not described"));
    }
    let response = operation.document.resolve(response);
    // An answer without a body is described without content.
    if response["content"].is_null() && exchange.answer.is_empty() {
        return Ok(());
    }
    content(
        operation.document,
        response,
        exchange.answer_type,
        exchange.answer,
    )
    .map_err(|failure| format!("the answer, {status}: {failure}"))
}

fn query(operation: &Operation, query: &str) -> Result<(), String> {
    let described = |name: &str| {
        let mut parameters = operation.parameters.iter();
        parameters.find(|parameter| parameter["in"] == "query" && parameter["name"] == name)
    };
    let pairs: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect();
    for (name, text) in &pairs {
        let parameter = described(name).ok_or(format!("the query's {name} is not described"))?;
        let faults = value_of_query(operation.document, &parameter["schema"], text);
        let faults = faults.map_err(|faults| format!("the query's {name}: {faults}"));
        faults?;
    }
    let required = operation.parameters.iter().find(|parameter| {
        let name = parameter["name"].as_str().unwrap_or_default();
        parameter["in"] == "query"
            && parameter["required"] == true
            && !pairs.iter().any(|(given, _)| given == name)
    });
    required.map_or(Ok(()), |parameter| {
        let name = &parameter["name"];
        Err(format!(
            "the query's {name} is described as required, and was not given"
        ))
    })
}

/// A query is text: it is as described if its text is, or what it spells, or as one item of a list.
fn value_of_query(document: &Document, schema: &Value, text: &str) -> Result<(), String> {
    let schema = document.resolve(schema);
    let schema = if schema["type"] == "array" {
        &schema["items"]
    } else {
        schema
    };
    let spelt = serde_json::from_str::<Value>(text).ok();
    let faults = document.faults(schema, &json!(text));
    if faults.is_empty() || spelt.is_some_and(|value| document.faults(schema, &value).is_empty()) {
        return Ok(());
    }
    Err(faults.join("; "))
}

fn body(operation: &Operation, exchange: &Exchange) -> Result<(), String> {
    let described = operation.document.resolve(&operation.value["requestBody"]);
    let is_empty = exchange.body.is_empty();
    if described.is_null() {
        // Some clients send `{}` with whatever has no body.
        return if is_empty || exchange.body == b"{}" {
            Ok(())
        } else {
            Err("no request body is described, and one was taken".to_owned())
        };
    }
    if is_empty {
        return if described["required"] == true {
            Err("a request body is described as required, and none was given".to_owned())
        } else {
            Ok(())
        };
    }
    // JSON by another name is described once: generators of clients fall over a body of several types.
    let media_type = exchange.content_type;
    let is_json = essence(media_type).ends_with("json");
    let described_type = if is_json {
        "application/json"
    } else {
        media_type
    };
    content(operation.document, described, described_type, exchange.body)
        .map_err(|failure| format!("the request: {failure}"))
}

/// A body of a described type. Of what is no JSON only the type is looked at.
fn content(
    document: &Document,
    described: &Value,
    media_type: &str,
    body: &[u8],
) -> Result<(), String> {
    let content = described["content"].as_object();
    let content = content.ok_or("no content is described")?;
    let essence = essence(media_type);
    let matching = content.iter().find(|(name, _)| covers(name, &essence));
    let (_, media) = matching.ok_or(format!("the type {media_type} is not described"))?;
    if !essence.ends_with("json") {
        return Ok(());
    }
    let value = serde_json::from_slice(body).map_err(|error| format!("not JSON: {error}"))?;
    let faults = document.faults(&media["schema"], &value);
    if faults.is_empty() {
        return Ok(());
    }
    Err(faults.join("; "))
}

fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Whether a described type, which may have a `*`, is that of a body. JSON may come without saying so.
fn covers(described: &str, essence: &str) -> bool {
    let sent = if essence.is_empty() {
        "application/json"
    } else {
        essence
    };
    match described.split_once('*') {
        None => described == sent,
        Some((start, end)) => sent.starts_with(start) && sent.ends_with(end),
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
