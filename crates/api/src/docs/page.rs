//! The pages: the index, one per dialect, and the one for what is not there.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::document::Document;
use super::operation::{anchor, answer, method, served, told};
use super::schema::{self, capitalised, fields, is_named, prose};

pub(super) const STYLE: &str = include_str!("style.css");

/// What the index says of a dialect.
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) document: &'a Document,
}

pub(super) fn index(entries: &[Entry]) -> String {
    let main = html! {
        header {
            h1 { "Leadbook" }
            p { "A lead book for outbound calling. It speaks the lead APIs of five vendors at their own paths, and one of its own. "
                "Each is described here, in our words: what is served, and what is answered." }
        }
        ul.index {
            @for entry in entries {
                li {
                    a href=(format!("/docs/{}", entry.name)) { (entry.document.info("title")) }
                    p { (entry.document.info("summary")) }
                    p.values { a href=(format!("/docs/{}/openapi.json", entry.name)) { "OpenAPI" } }
                }
            }
        }
    };
    whole("Leadbook", &html! { main.alone { (main) } })
}

pub(super) fn missing() -> String {
    whole(
        "No such page",
        &html! {
            main.alone {
                h1 { "No such page" }
                p { "What there is, is listed at " a href="/docs" { "/docs" } "." }
            }
        },
    )
}

pub(super) fn dialect(name: &str, document: &Document) -> String {
    let title = document.info("title");
    let body = html! {
        nav.contents {
            details open { summary { "Contents" } (contents(document)) }
        }
        main {
            header {
                p.values { a href="/docs" { "All descriptions" } " · " a href=(format!("/docs/{name}/openapi.json")) { "OpenAPI" } }
                h1 { (title) }
                (prose(document.info("description")))
            }
            (authentication(document))
            @for (tag, words, operations) in document.tags() {
                @if !operations.is_empty() {
                    h2 id=(format!("tag-{tag}")) { (capitalised(tag)) }
                    (prose(words))
                    @for operation in &operations { (served(document, operation)) }
                }
            }
            @let webhooks = document.webhooks();
            @if !webhooks.is_empty() {
                h2 #webhooks { "Webhooks" }
                p { "What Leadbook sends to a URL of yours." }
                @for operation in &webhooks { (told(document, operation)) }
            }
            (errors(document))
            (objects(document))
        }
    };
    whole(title, &body)
}

fn contents(document: &Document) -> Markup {
    let webhooks = document.webhooks();
    html! {
        ul {
            li { a href="#authentication" { "Authentication" } }
            @for (tag, _, operations) in document.tags() {
                @if !operations.is_empty() {
                    li {
                        a href=(format!("#tag-{tag}")) { (capitalised(tag)) }
                        ul {
                            @for operation in &operations {
                                li { a href=(format!("#{}", anchor(operation))) {
                                    (method(operation)) " " (operation.value["summary"].as_str().unwrap_or_default()) } }
                            }
                        }
                    }
                }
            }
            @if !webhooks.is_empty() {
                li { a href="#webhooks" { "Webhooks" }
                    ul { @for operation in &webhooks {
                        li { a href=(format!("#{}", anchor(operation))) {
                            (operation.value["summary"].as_str().unwrap_or_default()) } }
                    } }
                }
            }
            li { a href="#errors" { "Errors" } }
            li { a href="#objects" { "Objects" } }
        }
    }
}

fn authentication(document: &Document) -> Markup {
    let key = document.component("securitySchemes", "key");
    html! {
        h2 #authentication { "Authentication" }
        (prose(key["description"].as_str().unwrap_or_default()))
        p { "The examples use two variables:" }
        pre { code { "LEADBOOK=http://127.0.0.1:8080\nKEY=the key" } }
    }
}

fn errors(document: &Document) -> Markup {
    html! {
        h2 #errors { "Errors" }
        p { "Every operation says what it refuses. Besides, any of them may answer:" }
        (answer(document, "else", document.component("responses", "Error")))
    }
}

/// What has members, each once.
fn objects(document: &Document) -> Markup {
    html! {
        h2 #objects { "Objects" }
        @for (name, schema) in document.schemas().filter(|(_, schema)| is_named(document, schema)) {
            section.object id=(schema::anchor(name)) {
                h3 { a.self href=(format!("#{}", schema::anchor(name))) { (name) } }
                (prose(schema["description"].as_str().unwrap_or_default()))
                (fields(document, schema))
            }
        }
    }
}

fn whole(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="stylesheet" href="/docs/style.css";
            }
            body { (PreEscaped(&body.0)) }
        }
    };
    page.into_string()
}
