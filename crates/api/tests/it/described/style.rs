//! What every description has alike, so that the second is read like the first: names, words, examples that are true.

use std::collections::BTreeSet;

use serde_json::Value;

use super::ALL;
use super::description::{Description, Operation};

#[test]
fn every_operation_is_named_and_explained() {
    let mut faults = Vec::new();
    for description in ALL.iter() {
        let mut ids = BTreeSet::new();
        let tags = tags(description);
        for operation in description.operations() {
            let mut fault = |what: &str| {
                faults.push(format!(
                    "{}: {} {what}",
                    description.dialect, operation.name
                ));
            };
            let text = |name: &str| operation.value[name].as_str().unwrap_or_default();
            let id = text("operationId").to_owned();
            if id.is_empty() || !id.bytes().all(is_snake) {
                fault("needs an operationId in snake_case");
            }
            if !ids.insert(id) {
                fault("has the operationId of another");
            }
            if text("summary").is_empty() || !text("description").ends_with('.') {
                fault("needs a summary, and a description of whole sentences");
            }
            if !operation.value["tags"][0]
                .as_str()
                .is_some_and(|tag| tags.contains(tag))
            {
                fault("needs a tag of the document");
            }
            if operation.value["responses"]["default"]["$ref"] != "#/components/responses/Error" {
                fault("needs the `default` that all have, #/components/responses/Error");
            }
            for parameter in &operation.parameters {
                if parameter["description"].as_str().is_none_or(str::is_empty) {
                    fault(&format!(
                        "does not say what its parameter {} is",
                        parameter["name"]
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn is_snake(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'
}

fn tags(description: &Description) -> BTreeSet<&str> {
    let tags = description.document.root["tags"].as_array();
    let tags = tags.into_iter().flatten();
    tags.filter_map(|tag| tag["name"].as_str()).collect()
}

#[test]
fn every_example_is_as_described() {
    let mut faults = Vec::new();
    let mut count = 0;
    for description in ALL.iter() {
        for operation in description.operations() {
            for (place, media) in medias(&operation) {
                for example in examples(media) {
                    count += 1;
                    for fault in operation.document.faults(&media["schema"], example) {
                        faults.push(format!(
                            "{}: {}, {place}: {fault}",
                            description.dialect, operation.name
                        ));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 0, "there are examples");
}

/// Every served operation shows how it is asked and what it answers.
#[test]
fn every_operation_has_examples() {
    let mut faults = Vec::new();
    for description in ALL.iter() {
        for operation in description.operations() {
            for (place, media) in medias(&operation) {
                let is_json = !media["schema"].is_null() && place.ends_with("application/json");
                if is_json && examples(media).is_empty() {
                    faults.push(format!(
                        "{}: {}, {place}: no example",
                        description.dialect, operation.name
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A generator of clients makes of a body of several types code that does not run. That JSON may come by another name is
/// said in words.
#[test]
fn every_request_body_has_one_type() {
    let mut faults = Vec::new();
    for description in ALL.iter() {
        for operation in description.operations() {
            let medias = medias(&operation).into_iter();
            let of_request = medias.filter(|(place, _)| place.starts_with("request "));
            if of_request.count() > 1 {
                faults.push(format!("{}: {}", description.dialect, operation.name));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The media types of its request and its answers, each with its place.
fn medias<'a>(operation: &Operation<'a>) -> Vec<(String, &'a Value)> {
    let request = ("request".to_owned(), &operation.value["requestBody"]);
    let responses = operation.value["responses"].as_object().expect("responses");
    let responses = responses.iter().map(|(status, it)| (status.clone(), it));
    let mut medias = Vec::new();
    for (place, holder) in std::iter::once(request).chain(responses) {
        let content = operation.document.resolve(holder)["content"].as_object();
        for (media_type, media) in content.into_iter().flatten() {
            medias.push((format!("{place} {media_type}"), media));
        }
    }
    medias
}

fn examples(media: &Value) -> Vec<&Value> {
    let many = media["examples"].as_object().into_iter().flatten();
    let many = many.map(|(_, example)| &example["value"]);
    media.get("example").into_iter().chain(many).collect()
}
