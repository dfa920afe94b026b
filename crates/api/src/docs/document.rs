//! A description as the pages read it: references followed, operations by their tags. Says nothing of how it looks.
//!
//! What a description lacks is shown as missing rather than refused: the tests refuse it.

use serde_json::{Map, Value};

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

pub(super) struct Document {
    root: Value,
}

/// One method at a path, or a webhook.
pub(super) struct Operation<'a> {
    pub(super) method: &'static str,
    /// The path, or the webhook's name.
    pub(super) path: &'a str,
    pub(super) value: &'a Value,
    /// Those of the path, then its own.
    pub(super) parameters: Vec<&'a Value>,
}

impl Document {
    pub(super) fn read(json: &str) -> Self {
        Self {
            root: serde_json::from_str(json).expect("the tests read every description"),
        }
    }

    pub(super) fn info(&self, name: &str) -> &str {
        text(&self.root["info"], name)
    }

    pub(super) fn schemas(&self) -> impl Iterator<Item = (&String, &Value)> {
        members(&self.root["components"]["schemas"])
    }

    /// A component by its kind and name.
    pub(super) fn component(&self, kind: &str, name: &str) -> &Value {
        &self.root["components"][kind][name]
    }

    /// The value itself, or what it refers to.
    pub(super) fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        value["$ref"]
            .as_str()
            .and_then(|reference| self.root.pointer(reference.strip_prefix('#')?))
            .unwrap_or(value)
    }

    /// The tags with their words and their operations, in the document's order.
    pub(super) fn tags(&self) -> Vec<(&str, &str, Vec<Operation<'_>>)> {
        let all = self.operations();
        let tags = self.root["tags"].as_array().into_iter().flatten();
        tags.map(|tag| {
            let name = text(tag, "name");
            let of_tag = |operation: &&Operation| operation.value["tags"][0] == name;
            let operations = all.iter().filter(of_tag).cloned().collect();
            (name, text(tag, "description"), operations)
        })
        .collect()
    }

    fn operations(&self) -> Vec<Operation<'_>> {
        members(&self.root["paths"])
            .flat_map(|(path, item)| self.at(path, item))
            .collect()
    }

    /// What the server sends: requests of its own.
    pub(super) fn webhooks(&self) -> Vec<Operation<'_>> {
        members(&self.root["webhooks"])
            .flat_map(|(name, item)| self.at(name, item))
            .collect()
    }

    fn at<'a>(&'a self, path: &'a str, item: &'a Value) -> Vec<Operation<'a>> {
        let operations = METHODS.iter().filter_map(|method| {
            let value = item.get(*method)?;
            let of_path = item["parameters"].as_array().into_iter();
            let own = value["parameters"].as_array();
            let parameters = of_path.chain(own).flatten();
            Some(Operation {
                method,
                path,
                value,
                parameters: parameters.map(|value| self.resolve(value)).collect(),
            })
        });
        operations.collect()
    }
}

impl Clone for Operation<'_> {
    fn clone(&self) -> Self {
        Self {
            parameters: self.parameters.clone(),
            ..*self
        }
    }
}

/// A member that is a text; an empty one if it is not there.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// The members of an object; none of what is no object.
pub(super) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// The examples of a media type, each with its name.
pub(super) fn examples(media: &Value) -> Vec<(&str, &Value)> {
    let one = media.get("example").map(|example| ("", example));
    let many = members(&media["examples"]);
    let many = many.map(|(_, example)| (text(example, "summary"), &example["value"]));
    one.into_iter().chain(many).collect()
}
