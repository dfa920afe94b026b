//! How the files lie: headers, lengths, module files, dead files, and dialect folders that are copies of each other in shape.
//!
//! "Dead" is a heuristic: a file counts as reachable when the module beside or above it has the line `mod name;`.

use super::tree::Tree;

const FILE_LINES_MAX: usize = 600;
/// Files a program wrote; none so far.
const GENERATED: [&str; 0] = [];

pub(crate) const VENDORS: [&str; 5] = ["autocalls", "nlpearl", "journeybee", "dialnexa", "uservox"];
pub(crate) const DIALECTS: &str = "crates/api/src/dialects";
const DIALECT_FILES: [&str; 6] = [
    "auth.rs",
    "wire.rs",
    "convert.rs",
    "error.rs",
    "quirks.rs",
    "leads.rs",
];

/// Every Rust file opens by saying what it is.
pub(crate) fn file_header(tree: &Tree) -> Vec<String> {
    let without = tree
        .rust()
        .filter(|(path, text)| !is_generated(path) && !text.starts_with("//!"));
    without
        .map(|(path, _)| {
            format!("{path} does not open with `//!`; say there what it is and what it does not do")
        })
        .collect()
}

/// No file that cannot be read in one go.
pub(crate) fn file_length(tree: &Tree) -> Vec<String> {
    let python = tree.matching("tests/", ".py");
    let long = tree
        .rust()
        .chain(python)
        .filter(|(path, text)| !is_generated(path) && text.lines().count() > FILE_LINES_MAX);
    long.map(|(path, text)| {
        let lines = text.lines().count();
        format!("{path} has {lines} lines; split it, {FILE_LINES_MAX} is the most")
    })
    .collect()
}

/// Modules are `foo.rs` beside `foo/`.
pub(crate) fn no_mod_rs(tree: &Tree) -> Vec<String> {
    let named = tree.rust().filter(|(path, _)| path.ends_with("/mod.rs"));
    named
        .map(|(path, _)| format!("{path}: move it to the file beside its folder"))
        .collect()
}

/// Every Rust file is part of a crate.
pub(crate) fn no_dead_files(tree: &Tree) -> Vec<String> {
    let dead = tree
        .rust()
        .filter(|(path, _)| !is_root(path) && !is_reached(tree, path));
    dead.map(|(path, _)| format!("{path} is in no module; name it with `mod` or delete it"))
        .collect()
}

/// All vendors have the same files, so that the second is read like the first.
pub(crate) fn dialects_look_alike(tree: &Tree) -> Vec<String> {
    let breaches = VENDORS.iter().filter_map(|vendor| {
        let routes = format!("{DIALECTS}/{vendor}.rs");
        let parts = DIALECT_FILES
            .iter()
            .map(|file| format!("{DIALECTS}/{vendor}/{file}"));
        let all = std::iter::once(routes).chain(parts);
        let missing: Vec<_> = all.filter(|path| !tree.has(path)).collect();
        let list = missing.join(", ");
        let advice = "add what is missing, every dialect has the same core files";
        (!missing.is_empty()).then(|| format!("the dialect {vendor} lacks {list}; {advice}"))
    });
    breaches.collect()
}

fn is_generated(path: &str) -> bool {
    GENERATED.contains(&path)
}

/// What cargo compiles by itself: libraries, binaries, examples, benches, one integration test per crate.
fn is_root(path: &str) -> bool {
    let Some((folder, file)) = path.rsplit_once('/') else {
        return true;
    };
    let folders = ["/examples", "/benches", "/tests", "/src/bin"];
    let is_entry = matches!(file, "lib.rs" | "main.rs" | "build.rs");
    is_entry || folders.iter().any(|end| folder.ends_with(end))
}

fn is_reached(tree: &Tree, path: &str) -> bool {
    let Some((folder, file)) = path.rsplit_once('/') else {
        return false;
    };
    let module = format!("mod {};", file.trim_end_matches(".rs"));
    let parents = [
        format!("{folder}.rs"),
        format!("{folder}/lib.rs"),
        format!("{folder}/main.rs"),
    ];
    let texts = parents.iter().filter_map(|parent| tree.text(parent));
    texts.flat_map(str::lines).any(|line| {
        let line = line.trim();
        line == module
            || line
                .strip_prefix("pub")
                .is_some_and(|rest| rest.ends_with(&format!(" {module}")))
    })
}

#[cfg(test)]
mod tests;
