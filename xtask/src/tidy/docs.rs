//! What the documents claim about the repository: paths and crates that exist, limits that are published.
//!
//! A path is recognised only in backticks and only by its first part (a top folder, or the name of a crate as in
//! `app/write_queue.rs`); HTTP paths start with `/` and are left alone. Prose is not checked.

use super::tree::Tree;

const ARCHITECTURE: &str = "ARCHITECTURE.md";
const ARCHITECTURE_LINES_MAX: usize = 150;
const TOP_FOLDERS: [&str; 7] = [
    "crates/", "xtask/", "docs/", "tests/", ".ci/", ".config/", ".cargo/",
];
const LIMITS: &str = "crates/domain/src/limits.rs";
const API: &str = "docs/API.md";

/// Every path in backticks in ARCHITECTURE.md, README.md, AGENTS.md and docs leads somewhere.
pub(crate) fn named_paths_exist(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (document, text) in documents(tree) {
        for name in in_backticks(text) {
            if looks_like_a_path(tree, name) && !leads_somewhere(tree, document, name) {
                found.push(format!(
                    "{document} names {name}, which does not exist; correct the name or drop it"
                ));
            }
        }
    }
    found
}

/// Every crate has its paragraph in ARCHITECTURE.md, and none is named there that does not exist.
pub(crate) fn crates_are_named(tree: &Tree) -> Vec<String> {
    let Some(text) = tree.text(ARCHITECTURE) else {
        return vec![format!("{ARCHITECTURE} is missing; write it")];
    };
    let names: Vec<_> = in_backticks(text).collect();
    let crates = tree.crates();
    let is_named = |name: &str| {
        let path = format!("crates/{name}");
        names
            .iter()
            .any(|named| *named == name || named.trim_end_matches('/') == path)
    };
    let silent = crates.iter().filter(|name| !is_named(name)).map(|name| {
        format!("{ARCHITECTURE} does not name the crate `{name}` in backticks; give it a paragraph")
    });
    let stores = names
        .iter()
        .filter(|name| name.starts_with("store-") && !name.contains('*'));
    let invented = stores.filter(|name| !crates.contains(name)).map(|name| {
        format!("{ARCHITECTURE} names the crate {name}, which does not exist; drop it")
    });
    silent.chain(invented).collect()
}

/// ARCHITECTURE.md is read in one sitting or not at all.
pub(crate) fn architecture_length(tree: &Tree) -> Vec<String> {
    let lines = tree.text(ARCHITECTURE).unwrap_or_default().lines().count();
    if lines <= ARCHITECTURE_LINES_MAX {
        return Vec::new();
    }
    vec![format!(
        "{ARCHITECTURE} has {lines} lines; shorten it to {ARCHITECTURE_LINES_MAX} or move detail to docs"
    )]
}

/// Every limit of the domain stands in docs/API.md under its own name.
pub(crate) fn limits_are_published(tree: &Tree) -> Vec<String> {
    let published = tree.text(API).unwrap_or_default();
    let limits = tree.text(LIMITS).unwrap_or_default();
    let names = limits.lines().filter_map(|line| {
        let name = line.trim().strip_prefix("pub const ")?.split_once(':')?.0;
        Some(name.trim())
    });
    names
        .filter(|name| !words(published).any(|word| word == *name))
        .map(|name| {
            format!("{API} does not mention the limit {name} of {LIMITS}; publish it there")
        })
        .collect()
}

fn documents(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    let top = [ARCHITECTURE, "README.md", "AGENTS.md"];
    let pages = top
        .into_iter()
        .filter_map(|name| Some((name, tree.text(name)?)));
    pages.chain(tree.matching("docs/", ".md"))
}

/// What stands between single backticks, line by line, outside fenced blocks.
fn in_backticks(text: &str) -> impl Iterator<Item = &str> {
    let mut is_fenced = false;
    let prose = text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_fenced ^= is_fence;
        !is_fence && !is_fenced
    });
    prose.flat_map(|line| line.split('`').skip(1).step_by(2))
}

fn looks_like_a_path(tree: &Tree, name: &str) -> bool {
    let is_one_word = !name.contains([' ', '(', '"', '…']);
    let first = name.split('/').next().unwrap_or_default();
    let in_crate = name.ends_with(".rs") && name.contains('/') && tree.crates().contains(&first);
    let in_top = TOP_FOLDERS.iter().any(|folder| name.starts_with(folder));
    let at_root = !name.contains('/') && name.ends_with(".md");
    is_one_word && (in_top || in_crate || at_root)
}

fn leads_somewhere(tree: &Tree, document: &str, name: &str) -> bool {
    let path = name.split("::").next().unwrap_or(name);
    // Of a pattern such as `crates/store-*/src` only the folder before it can be looked up.
    if let Some(pattern) = path.find(['*', '<', '{']) {
        let folder = path[..pattern].rfind('/').map_or("", |end| &path[..end]);
        return folder.is_empty() || tree.has(folder);
    }
    let in_crate = path
        .split_once('/')
        .map(|(name, rest)| format!("crates/{name}/src/{rest}"));
    let beside = document
        .rsplit_once('/')
        .map(|(folder, _)| format!("{folder}/{path}"));
    let elsewhere = [in_crate, beside].into_iter().flatten();
    tree.has(path) || elsewhere.into_iter().any(|path| tree.has(&path))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

#[cfg(test)]
mod tests;
