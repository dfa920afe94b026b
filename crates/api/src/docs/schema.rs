//! Schemas in words: what type a member has, which values, and the members of an object as a list.

use maud::{Markup, PreEscaped, html};
use serde_json::Value;

use super::document::{Document, members, text};

/// CommonMark, as descriptions are written in.
pub(super) fn prose(text: &str) -> Markup {
    let mut markup = String::new();
    pulldown_cmark::html::push_html(&mut markup, pulldown_cmark::Parser::new(text));
    PreEscaped(markup)
}

/// The members of an object, or of each of the objects that it may be.
pub(super) fn fields(document: &Document, schema: &Value) -> Markup {
    let schema = document.resolve(schema);
    let alternatives = alternatives(schema);
    html! {
        @if schema["properties"].is_object() {
            dl.fields {
                @for (name, property) in members(&schema["properties"]) {
                    (field(document, name, property, is_required(schema, name)))
                }
            }
        } @else if !alternatives.is_empty() {
            @for alternative in alternatives {
                @if document.resolve(alternative)["properties"].is_object() {
                    @let words = text(document.resolve(alternative), "description");
                    p.type { (type_of(document, alternative)) }
                    @if !words.is_empty() { (prose(words)) }
                    (fields(document, alternative))
                }
            }
        }
        @if schema["type"] == "array" && schema["items"].is_object() { (fields(document, &schema["items"])) }
    }
}

fn is_required(schema: &Value, name: &str) -> bool {
    let required = schema["required"].as_array();
    required.is_some_and(|required| required.iter().any(|one| one == name))
}

/// One member, or one parameter.
pub(super) fn field(document: &Document, name: &str, schema: &Value, is_required: bool) -> Markup {
    html! {
        dt { code { (name) } " " span.type { (type_of(document, schema)) }
            @if is_required { " " span.required { "required" } } }
        dd { (meaning(document, schema)) }
    }
}

/// What it means and which values it takes.
fn meaning(document: &Document, schema: &Value) -> Markup {
    let target = only(document, document.resolve(schema));
    let own = text(schema, "description");
    let words = if own.is_empty() && !is_named(document, target) {
        text(target, "description")
    } else {
        own
    };
    let bounds = bounds(target);
    html! {
        @if !words.is_empty() { (prose(words)) }
        @if let Some(values) = target["enum"].as_array() {
            p.values { "One of " (list(values)) "." }
        }
        @if let Some(values) = document.resolve(&target["items"])["enum"].as_array() {
            p.values { "Each is one of " (list(values)) "." }
        }
        @if !bounds.is_empty() { p.values { (bounds) "." } }
        @if let Some(value) = target.get("default") { p.values { "If not given: " code { (plain(value)) } "." } }
    }
}

/// Of what is something or null, the something.
fn only<'a>(document: &'a Document, schema: &'a Value) -> &'a Value {
    let alternatives = alternatives(schema).into_iter();
    let mut others = alternatives.filter(|one| one["type"] != "null");
    match (others.next(), others.next()) {
        (Some(one), None) => document.resolve(one),
        _ => schema,
    }
}

/// The values that are something; that there may be none is said by the type.
fn list(values: &[Value]) -> Markup {
    html! {
        @for (at, value) in values.iter().filter(|value| !value.is_null()).enumerate() {
            @if at > 0 { ", " }
            code { (plain(value)) }
        }
    }
}

/// A value as it is written without its quotes.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn bounds(schema: &Value) -> String {
    if schema["maxItems"] == 0 {
        return "Always empty".to_owned();
    }
    let bound = |name: &str, words: &str, unit: &str| {
        let value = schema.get(name).filter(|value| value.is_number())?;
        Some(format!("{words} {value}{unit}"))
    };
    let bounds = [
        bound("minimum", "at least", ""),
        bound("maximum", "at most", ""),
        bound("minLength", "at least", " characters"),
        bound("maxLength", "at most", " characters"),
        bound("minItems", "at least", " items"),
        bound("maxItems", "at most", " items"),
        bound("maxProperties", "at most", " members"),
    ];
    let bounds: Vec<_> = bounds.into_iter().flatten().collect();
    capitalised(&bounds.join(", "))
}

pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The type in words, with a link to what has a place of its own.
pub(super) fn type_of(document: &Document, schema: &Value) -> Markup {
    let target = document.resolve(schema);
    if let Some((_, name)) = text(schema, "$ref").rsplit_once('/')
        && is_named(document, target)
    {
        return html! { a href=(format!("#{}", anchor(name))) { (name) } };
    }
    let alternatives = alternatives(target);
    if !alternatives.is_empty() {
        return joined(alternatives.iter().map(|one| type_of(document, one)));
    }
    if let Some(value) = target.get("const") {
        return html! { code { (plain(value)) } };
    }
    let types = types(target);
    if types.is_empty() {
        return html! { "anything" };
    }
    joined(
        types
            .into_iter()
            .map(|name| one_type(document, target, name)),
    )
}

fn one_type(document: &Document, schema: &Value, name: &str) -> Markup {
    let of = &schema["items"];
    let is_of_something = of.as_object().is_some_and(|items| !items.is_empty());
    match name {
        "array" if is_of_something => html! { "list of " (type_of(document, of)) },
        "array" => html! { "list" },
        "string" => html! { (text_type(text(schema, "format"))) },
        name => html! { (name) },
    }
}

/// A format that readers know. Others are for test clients: the description says what they are.
fn text_type(format: &str) -> &str {
    match format {
        "date-time" => "time (RFC 3339)",
        "date" => "date",
        "email" => "e-mail address",
        "uri" => "URL",
        "uuid" => "UUID",
        "binary" => "file",
        _ => "string",
    }
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

/// What it may be: by `oneOf` or `anyOf`.
fn alternatives(schema: &Value) -> Vec<&Value> {
    ["oneOf", "anyOf"]
        .iter()
        .filter_map(|name| schema[*name].as_array())
        .flatten()
        .collect()
}

fn joined(parts: impl Iterator<Item = Markup>) -> Markup {
    // Two that read the same say no more than one.
    let mut seen: Vec<String> = Vec::new();
    for part in parts {
        if !seen.contains(&part.0) {
            seen.push(part.0);
        }
    }
    PreEscaped(seen.join(" or "))
}

/// Whether a component is shown in a place of its own: what has members. The rest is said where it is used.
pub(super) fn is_named(document: &Document, schema: &Value) -> bool {
    let has_members = |schema: &Value| schema["properties"].is_object();
    let mut parts = alternatives(schema).into_iter();
    has_members(schema) || parts.any(|one| has_members(document.resolve(one)))
}

/// Where a component stands on its page.
pub(super) fn anchor(name: &str) -> String {
    format!("object-{name}")
}
