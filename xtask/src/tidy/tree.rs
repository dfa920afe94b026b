//! The repository as the checks see it: paths with `/` from the root, each with its text.
//!
//! Read once, from the disk and not from git, so that an unpacked archive is checked like a clone. Skips what is built,
//! what is hidden (except `.ci`, `.config`, `.cargo`), and the server's data.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

const SKIPPED: [&str; 4] = [
    "target",
    "leadbook-data",
    "__pycache__",
    "schemathesis-report",
];
const HIDDEN_BUT_OURS: [&str; 3] = [".ci", ".config", ".cargo"];

pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        read_folder(root, "", &mut files)?;
        Ok(Self { files })
    }

    /// A made-up repository, to prove that a check fires.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let owned = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        Self {
            files: owned.collect(),
        }
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files whose path starts and ends so.
    pub(crate) fn matching<'a>(
        &'a self,
        start: &'a str,
        end: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files()
            .filter(move |(path, _)| path.starts_with(start) && path.ends_with(end))
    }

    /// Whether a file or a folder of this name is there.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let folder = format!("{path}/");
        self.files.contains_key(path) || self.files.keys().any(|file| file.starts_with(&folder))
    }

    /// The folders under `crates/`.
    pub(crate) fn crates(&self) -> Vec<&str> {
        let manifests = self.matching("crates/", "/Cargo.toml");
        manifests
            .filter_map(|(path, _)| path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml"))
            .filter(|name| !name.contains('/'))
            .collect()
    }

    /// Rust source that is ours: the crates and the toolbox.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.matching("crates/", ".rs")
            .chain(self.matching("xtask/", ".rs"))
    }
}

fn read_folder(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() && is_ours(&name) {
            read_folder(&entry.path(), &format!("{path}/"), files)?;
        } else if kind.is_file() {
            // A binary file has no text to check; its name still counts.
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            files.insert(path, text);
        }
    }
    Ok(())
}

fn is_ours(name: &str) -> bool {
    let hidden = name.starts_with('.') && !HIDDEN_BUT_OURS.contains(&name);
    !hidden && !SKIPPED.contains(&name)
}
