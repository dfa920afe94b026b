//! Examples: a request as a command line, and JSON as a person reads it.

use serde_json::Value;

use super::document::{Document, Operation, examples, members, text};

/// JSON, indented; a list of plain values stays on its line.
pub(super) fn pretty(value: &Value) -> String {
    indented(value, "\n")
}

fn indented(value: &Value, newline: &str) -> String {
    let inner = format!("{newline}  ");
    let between = |open: &str, parts: Vec<String>, close: &str| {
        let parts = parts.join(&format!(",{inner}"));
        format!("{open}{inner}{parts}{newline}{close}")
    };
    match value {
        Value::Object(members) if !members.is_empty() => {
            let part = |(name, value): (&String, &Value)| {
                format!(
                    "{}: {}",
                    Value::from(name.as_str()),
                    indented(value, &inner)
                )
            };
            between("{", members.iter().map(part).collect(), "}")
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            let parts = items.iter().map(|item| indented(item, &inner));
            between("[", parts.collect(), "]")
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(Value::to_string).collect();
            format!("[{}]", items.join(", "))
        }
        plain => plain.to_string(),
    }
}

/// The request with `curl`, for each of its examples; one without a body if it has none. Each with its words.
pub(super) fn commands(document: &Document, operation: &Operation) -> Vec<(String, String)> {
    let body = document.resolve(&operation.value["requestBody"]);
    let Some((media_type, media)) = members(&body["content"]).next() else {
        return vec![(String::new(), command(operation, &[]))];
    };
    if media_type.starts_with("multipart/") {
        let parts = form_parts(document, &media["schema"]);
        return vec![(String::new(), command(operation, &parts))];
    }
    let commands = examples(media).into_iter().map(|(name, example)| {
        let lines = [
            format!("-H \"Content-Type: {media_type}\""),
            format!("-d {}", quoted(&pretty(example))),
        ];
        (name.to_owned(), command(operation, &lines))
    });
    commands.collect()
}

fn command(operation: &Operation, more: &[String]) -> String {
    let method = operation.method.to_uppercase();
    let mut lines = vec![format!(
        "curl -X {method} \"$LEADBOOK{}\"",
        target(operation)
    )];
    lines.push("-H \"Authorization: Bearer $KEY\"".to_owned());
    lines.extend_from_slice(more);
    lines.join(" \\\n  ")
}

/// The path with its parameters filled in, and those of the query that are needed or have an example.
fn target(operation: &Operation) -> String {
    let mut path = operation.path.to_owned();
    let mut query = Vec::new();
    for parameter in &operation.parameters {
        let name = text(parameter, "name");
        let example = example_of(parameter);
        match text(parameter, "in") {
            "path" => {
                let value = example.unwrap_or_else(|| shouted(name));
                path = path.replace(&format!("{{{name}}}"), &value);
            }
            "query" if parameter["required"] == true || example.is_some() => {
                let value = example.unwrap_or_else(|| shouted(name));
                query.push(format!("{name}={value}"));
            }
            _ => {}
        }
    }
    if query.is_empty() {
        return path;
    }
    format!("{path}?{}", query.join("&"))
}

fn example_of(parameter: &Value) -> Option<String> {
    let example = parameter
        .get("example")
        .or_else(|| parameter["schema"]["examples"].get(0))?;
    let shown = example.as_str().map(str::to_owned);
    Some(shown.unwrap_or_else(|| example.to_string()))
}

/// `leadId` as `LEAD_ID`: what the reader puts something else for.
fn shouted(name: &str) -> String {
    let mut shouted = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !shouted.is_empty() {
            shouted.push('_');
        }
        shouted.extend(letter.to_uppercase());
    }
    shouted
}

/// The parts of a form: files by their name, the rest by value.
fn form_parts(document: &Document, schema: &Value) -> Vec<String> {
    let properties = members(&document.resolve(schema)["properties"]);
    let parts = properties.map(|(name, property)| {
        let is_file =
            text(property, "format") == "binary" || !property["contentMediaType"].is_null();
        let value = if is_file {
            format!("@{}", example_file(property))
        } else {
            shouted(name)
        };
        format!("-F \"{name}={value}\"")
    });
    parts.collect()
}

fn example_file(property: &Value) -> &str {
    property["examples"][0].as_str().unwrap_or("FILE")
}

/// A text for a shell, as one word.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests;
