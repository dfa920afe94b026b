//! A migration that was released is never edited: somebody's database has already run it.
//!
//! `xtask/released-migrations.txt` holds one line per released file, as `sha256sum` prints it. It is empty before the
//! first release; a release appends its new files. This does not check what a migration does.

use sha2::{Digest, Sha256};

use super::tree::Tree;

pub(crate) const RELEASED: &str = "xtask/released-migrations.txt";

pub(crate) fn append_only(tree: &Tree) -> Vec<String> {
    let Some(list) = tree.text(RELEASED) else {
        return vec![format!(
            "{RELEASED} is missing; restore it (it may be empty before a release)"
        )];
    };
    let lines = list
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| breach(tree, line)).collect()
}

fn breach(tree: &Tree, line: &str) -> Option<String> {
    let Some((hash, path)) = line.split_once("  ") else {
        return Some(format!(
            "{RELEASED} has the line {line:?}; write it as sha256sum does"
        ));
    };
    let Some(text) = tree.text(path) else {
        return Some(format!("the released migration {path} is gone; restore it"));
    };
    let is_unchanged = hex::encode(Sha256::digest(text)) == hash;
    let advice = "restore it and write a new migration";
    (!is_unchanged).then(|| format!("the released migration {path} was edited; {advice}"))
}

#[cfg(test)]
mod tests;
