//! What may not stand in a file: other vendors' modules in a dialect, leftovers, stray blanks, paths of one machine.
//!
//! The words it looks for are put together here, so that this file does not find itself.

use super::layout::{DIALECTS, VENDORS};
use super::tree::Tree;

const LEFTOVERS: [&str; 3] = [
    concat!("FIX", "ME"),
    concat!("dbg", "!("),
    concat!("todo", "!("),
];
/// Working papers of whoever built this; a reader of the repository does not have them.
const PRIVATE: [&str; 2] = [concat!("../", "shared"), concat!("/work/", "shared")];
const TEXT_FILES: [&str; 12] = [
    ".rs", ".md", ".toml", ".sql", ".py", ".json", ".txt", ".lua", ".html", ".css", ".yml", "run",
];

/// A dialect knows its own vendor only; what two of them want belongs in `app` or `domain`.
pub(crate) fn dialects_stay_apart(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for own in VENDORS {
        let (file, folder) = (format!("{DIALECTS}/{own}.rs"), format!("{DIALECTS}/{own}/"));
        let sources = tree
            .rust()
            .filter(|(path, _)| *path == file || path.starts_with(&folder));
        for (path, text) in sources {
            for (number, line) in numbered(text) {
                for other in VENDORS.iter().filter(|other| **other != own) {
                    if reaches_into(line, other) {
                        found.push(format!(
                            "{path}:{number} reaches into the dialect {other}; move what both need to app or domain"
                        ));
                    }
                }
            }
        }
    }
    found
}

/// Whether a line of code goes through the dialects' module into this one.
fn reaches_into(line: &str, vendor: &str) -> bool {
    let is_comment = line.trim_start().starts_with("//");
    let climbs = line.contains("dialects::") || line.contains("super::");
    let mut words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    !is_comment && climbs && words.any(|word| word == vendor)
}

/// Nothing half done is merged.
pub(crate) fn no_leftovers(tree: &Tree) -> Vec<String> {
    let sources = tree.rust().chain(tree.matching("tests/", ".py"));
    find(sources, &LEFTOVERS, "finish it or open an issue")
}

/// The repository stands alone.
pub(crate) fn no_private_paths(tree: &Tree) -> Vec<String> {
    find(
        tree.files(),
        &PRIVATE,
        "say in the repository itself what a reader needs",
    )
}

/// No blanks at the end of a line; transcripts and other test data are as they must be.
pub(crate) fn no_trailing_whitespace(tree: &Tree) -> Vec<String> {
    let is_data = |path: &str| {
        path.starts_with("crates/") && path.contains("/tests/") && !path.ends_with(".rs")
    };
    let texts = tree
        .files()
        .filter(|(path, _)| !is_data(path) && TEXT_FILES.iter().any(|end| path.ends_with(end)));
    let mut found = Vec::new();
    for (path, text) in texts {
        let lines = numbered(text).filter(|(_, line)| line.ends_with([' ', '\t', '\r']));
        found.extend(
            lines.map(|(number, _)| format!("{path}:{number} ends in blanks; delete them")),
        );
    }
    found
}

fn find<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)>,
    words: &[&str],
    advice: &str,
) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        for (number, line) in numbered(text) {
            let hits = words.iter().filter(|word| line.contains(**word));
            found.extend(hits.map(|word| format!("{path}:{number} has {word}; {advice}")));
        }
    }
    found
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    // Not `lines`, which would hide a carriage return.
    text.split('\n')
        .enumerate()
        .map(|(index, line)| (index + 1, line))
}

#[cfg(test)]
mod tests;
