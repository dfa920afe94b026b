//! A dialect's description as its operations, and the operation that a request would reach.

use std::cmp::Reverse;

use serde_json::{Map, Value};

use super::document::Document;

pub(crate) const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

pub(crate) struct Description {
    pub(crate) dialect: String,
    pub(crate) document: Document,
}

/// What stands at a path.
pub(crate) struct PathItem<'a> {
    pub(crate) description: &'a Description,
    pub(crate) path: &'a str,
    item: &'a Map<String, Value>,
}

/// One method at a path.
pub(crate) struct Operation<'a> {
    pub(crate) document: &'a Document,
    pub(crate) name: String,
    pub(crate) value: &'a Value,
    /// Those of the path, then its own.
    pub(crate) parameters: Vec<&'a Value>,
}

impl Description {
    pub(crate) fn read(dialect: &str, text: &str) -> Self {
        Self {
            dialect: dialect.to_owned(),
            document: Document::read(text),
        }
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = PathItem<'_>> {
        let paths = self.document.root["paths"].as_object().expect("paths");
        paths.iter().map(|(path, item)| PathItem {
            description: self,
            path,
            item: item.as_object().expect("a path item"),
        })
    }

    pub(crate) fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        self.paths().flat_map(|item| {
            let operations = METHODS.iter().filter_map(|method| item.operation(method));
            operations.collect::<Vec<_>>()
        })
    }
}

impl<'a> PathItem<'a> {
    pub(crate) fn operation(&self, method: &str) -> Option<Operation<'a>> {
        let value = self.item.get(&method.to_lowercase())?;
        let document = &self.description.document;
        let of_path = self.item.get("parameters").and_then(Value::as_array);
        let own = value["parameters"].as_array();
        let parameters = of_path.into_iter().chain(own).flatten();
        Some(Operation {
            document,
            name: format!("{} {}", method.to_uppercase(), self.path),
            value,
            parameters: parameters.map(|value| document.resolve(value)).collect(),
        })
    }

    /// The methods, as `Allow` writes them.
    pub(crate) fn methods(&self) -> Vec<String> {
        let methods = METHODS.iter().filter(|name| self.item.contains_key(**name));
        methods.map(|name| name.to_uppercase()).collect()
    }

    fn matches(&self, path: &str) -> bool {
        let (described, asked) = (self.path.split('/'), path.split('/'));
        described.clone().count() == asked.clone().count()
            && described.zip(asked).all(|(described, asked)| {
                described == asked || (is_parameter(described) && !asked.is_empty())
            })
    }
}

/// The path item that a path reaches: as in the router, one that spells more of it out wins.
pub(crate) fn at_path<'a>(all: &'a [Description], path: &str) -> Option<PathItem<'a>> {
    let items = all.iter().flat_map(Description::paths);
    items
        .filter(|item| item.matches(path))
        .max_by_key(|item| Reverse(item.path.split('/').map(is_parameter).collect::<Vec<_>>()))
}

/// A path without the names of its parameters: those of a description are the vendor's, those of a route ours.
pub(crate) fn shape(path: &str) -> String {
    let segments = path.split('/');
    let nameless = |segment| if is_parameter(segment) { "{}" } else { segment };
    segments.map(nameless).collect::<Vec<_>>().join("/")
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}
