//! One operation on a page: what it does, what it is given, how it is asked, what it answers.

use maud::{Markup, html};
use serde_json::Value;

use super::document::{Document, Operation, examples, members, text};
use super::example::{commands, pretty};
use super::schema::{field, fields, prose, type_of};

/// Where an operation stands on its page.
pub(super) fn anchor<'a>(operation: &Operation<'a>) -> &'a str {
    text(operation.value, "operationId")
}

pub(super) fn method(operation: &Operation) -> Markup {
    let class = format!("method {}", operation.method);
    html! { span class=(class) { (operation.method.to_uppercase()) } }
}

/// An operation that the server serves.
pub(super) fn served(document: &Document, operation: &Operation) -> Markup {
    let anchor = anchor(operation);
    html! {
        section.operation id=(anchor) {
            h3 { a.self href=(format!("#{anchor}")) { (text(operation.value, "summary")) } }
            p.route { (method(operation)) " " code { (breakable(operation.path)) } }
            (prose(text(operation.value, "description")))
            (parameters(document, operation))
            (request(document, operation))
            @for (name, command) in commands(document, operation) {
                details.example open {
                    summary { "Example" @if !name.is_empty() { ": " (name) } }
                    pre { code { (command) } }
                }
            }
            (answers(document, operation))
        }
    }
}

/// A request that the server sends.
pub(super) fn told(document: &Document, operation: &Operation) -> Markup {
    let anchor = anchor(operation);
    html! {
        section.operation id=(anchor) {
            h3 { a.self href=(format!("#{anchor}")) { (text(operation.value, "summary")) } }
            p.route { (method(operation)) " " code { (operation.path) } }
            (prose(text(operation.value, "description")))
            (parameters(document, operation))
            (request(document, operation))
            (shown(document.resolve(&operation.value["requestBody"])))
        }
    }
}

/// A path that may be broken after each slash: a phone is narrow.
fn breakable(path: &str) -> Markup {
    html! {
        @for (at, segment) in path.split('/').enumerate() {
            @if at > 0 { "/" wbr; }
            (segment)
        }
    }
}

fn parameters(document: &Document, operation: &Operation) -> Markup {
    let kinds = [
        ("path", "In the path"),
        ("query", "In the query"),
        ("header", "Headers"),
    ];
    html! {
        @for (kind, title) in kinds {
            @let of_kind: Vec<_> = operation.parameters.iter().filter(|one| one["in"] == kind).collect();
            @if !of_kind.is_empty() {
                h4 { (title) }
                dl.fields {
                    @for parameter in of_kind { (parameter_field(document, parameter)) }
                }
            }
        }
    }
}

/// A parameter says what it means itself, its schema which values it takes.
fn parameter_field(document: &Document, parameter: &Value) -> Markup {
    let mut schema = document.resolve(&parameter["schema"]).clone();
    if let Some(words) = parameter.get("description") {
        schema["description"] = words.clone();
    }
    let is_required = parameter["required"] == true;
    field(document, text(parameter, "name"), &schema, is_required)
}

fn request(document: &Document, operation: &Operation) -> Markup {
    let body = document.resolve(&operation.value["requestBody"]);
    let types: Vec<_> = members(&body["content"]).collect();
    html! {
        @if let Some((_, media)) = types.first() {
            @let schema = document.resolve(&media["schema"]);
            h4 { "Body" }
            p.type {
                @for (at, (name, _)) in types.iter().enumerate() {
                    @if at > 0 { " or " }
                    code { (name) }
                }
                ": " (type_of(document, &media["schema"]))
                @if body["required"] != true { ", may be left out" }
            }
            @if !text(body, "description").is_empty() { (prose(text(body, "description"))) }
            @if !text(schema, "description").is_empty() { (prose(text(schema, "description"))) }
            (fields(document, schema))
        }
    }
}

fn answers(document: &Document, operation: &Operation) -> Markup {
    let answers: Vec<_> = members(&operation.value["responses"])
        .filter(|(status, _)| *status != "default")
        .collect();
    html! {
        h4 { "Answers" }
        @for (status, response) in answers { (answer(document, status, response)) }
        p.values { "Besides: " a href="#errors" { "what any operation may answer" } "." }
    }
}

/// A status with what it means, its headers, and what its body looks like.
pub(super) fn answer(document: &Document, status: &str, response: &Value) -> Markup {
    let response = document.resolve(response);
    let headers: Vec<_> = members(&response["headers"]).collect();
    let class = format!("status of-{}", status.chars().next().unwrap_or('d'));
    html! {
        details.answer open[status.starts_with('2')] {
            summary {
                span class=(class) { (status) } " "
                span.words { (prose(text(response, "description"))) }
            }
            div {
                @for (media_type, media) in members(&response["content"]) {
                    p.type { code { (media_type) } @if !media["schema"].is_null() { ": " (type_of(document, &media["schema"])) } }
                }
                @if !headers.is_empty() {
                    dl.fields {
                        @for (name, header) in headers { (parameter_field(document, &named(document, name, header))) }
                    }
                }
                (shown(response))
            }
        }
    }
}

/// A header written like the parameters are.
fn named(document: &Document, name: &str, header: &Value) -> Value {
    let mut header = document.resolve(header).clone();
    header["name"] = name.into();
    header
}

/// The examples of a body.
fn shown(holder: &Value) -> Markup {
    html! {
        @for (_, media) in members(&holder["content"]) {
            @for (name, example) in examples(media) {
                @if !name.is_empty() { p.values { (name) ":" } }
                pre { code { (pretty(example)) } }
            }
        }
    }
}
