//! One OpenAPI document: its references followed, its schemas compiled. Knows nothing of operations.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

pub(crate) struct Document {
    pub(crate) root: Value,
    /// By the schema's text: many operations share one.
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Document {
    pub(crate) fn read(text: &str) -> Self {
        Self {
            root: serde_json::from_str(text).expect("a description is JSON"),
            compiled: Mutex::default(),
        }
    }

    /// The value itself, or what it refers to.
    pub(crate) fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let Some(reference) = value["$ref"].as_str() else {
            return value;
        };
        let pointer = reference.strip_prefix('#').unwrap_or_default();
        let target = self.root.pointer(pointer);
        target.unwrap_or_else(|| panic!("{reference} refers to nothing"))
    }

    /// What is wrong with a value in the schema's eyes, with the place of each fault.
    pub(crate) fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let validator = self.validator(schema);
        let faults = validator.iter_errors(value);
        faults
            .map(|fault| format!("{}: {fault}", place(&fault.instance_path().to_string())))
            .collect()
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut compiled = self.compiled.lock().expect("nobody panics with it");
        let validator = compiled.entry(schema.to_string()).or_insert_with(|| {
            let whole = json!({"allOf": [schema], "components": self.root["components"]});
            let validator = jsonschema::draft202012::new(&whole);
            Arc::new(validator.unwrap_or_else(|error| panic!("{schema} is no schema: {error}")))
        });
        Arc::clone(validator)
    }
}

fn place(pointer: &str) -> &str {
    if pointer.is_empty() {
        "the whole"
    } else {
        pointer
    }
}
