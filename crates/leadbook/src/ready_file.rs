//! The ready file: one JSON object, written once the server listens, for tests and foreign clients.

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use api::demo::Demo;
use serde_json::{Value, json};

/// Writes the file whole or not at all: a reader that polls never sees half of it.
pub(crate) fn write(path: &Path, content: &Value) -> anyhow::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let write = || -> anyhow::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, content)?;
        file.flush()?;
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write the ready file {}", path.display()))
}

/// What a served book says.
pub(crate) fn of_book(base_url: &str) -> Value {
    json!({"base_url": base_url})
}

/// What a demo says: also its keys and ids, each as that vendor writes it.
pub(crate) fn of_demo(base_url: &str, demo: &Demo) -> Value {
    json!({
        "base_url": base_url,
        "keys": {
            "leadbook": demo.leadbook_key,
            "autocalls": demo.autocalls_key,
            "nlpearl": demo.nlpearl_key,
            "journeybee": demo.journeybee_key,
            "journeybee_read_only": demo.journeybee_read_only_key,
            "dialnexa": demo.dialnexa_key,
            "uservox": demo.uservox_key,
        },
        "leads": {
            "autocalls": demo.autocalls_lead,
            "nlpearl": demo.nlpearl_lead,
            "nlpearl_pearl": demo.nlpearl_pearl,
            "journeybee": demo.journeybee_lead,
            "dialnexa": demo.dialnexa_lead,
            "dialnexa_dialled": demo.dialnexa_dialled_lead,
            "uservox": demo.uservox_lead,
            "uservox_project": demo.uservox_project,
            "uservox_process": demo.uservox_process,
            "uservox_reference": demo.uservox_reference,
        },
    })
}
