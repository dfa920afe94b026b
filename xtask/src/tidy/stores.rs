//! The two stores are read side by side: the same file names in `src/`, except what only one of them needs.
//!
//! Names only; that the files do the same is what the conformance suite of `store` is for.

use super::tree::Tree;

/// A store, and the files the other has no use for, each with its reason.
struct Store {
    name: &'static str,
    only_here: &'static [&'static str],
}

const STORES: [Store; 2] = [
    Store {
        name: "store-sqlite",
        only_here: &[
            // Where lists are counted as they are written; there writers would wait for each other at the same rows.
            "blocks.rs",
            // The write-ahead log is ours to run here; there the server does it.
            "checkpoint.rs",
            // Trigrams of its own are too many for a million numbers, and in no order; there pg_trgm makes them.
            "grams.rs",
            "texts.rs",
            // One process serves a file, and keeps them in memory; there they are columns.
            "leases.rs",
            // Ranges, links and texts are read as one list, and a search asks who comes; there a list is one statement.
            "lists/merge.rs",
            "lists/searched.rs",
            "lists/texts.rs",
        ],
    },
    Store {
        name: "store-postgres",
        only_here: &[
            // Several hosts may be the one that writes.
            "connection/hosts.rs",
            // Several processes add to a line and take from it at the same time.
            "deliveries/lines.rs",
            // Several writers lock what is to be unique before they look it up.
            "load/uniques.rs",
            // A list is one statement, put together for its filter; there its ranges are merged beside the file.
            "lists/conditions.rs",
            "lists/question.rs",
            // Statements travel, and best together.
            "pipeline.rs",
            "rows/set.rs",
            // A file has none.
            "partitions.rs",
            // Here tests must share a server.
            "testing.rs",
        ],
    },
];

/// Every file has its counterpart or its exception, and every exception is still one.
pub(crate) fn stores_look_alike(tree: &Tree) -> Vec<String> {
    let [sqlite, postgres] = &STORES;
    let mut found = breaches(tree, sqlite, postgres);
    found.extend(breaches(tree, postgres, sqlite));
    found
}

fn breaches(tree: &Tree, here: &Store, there: &Store) -> Vec<String> {
    let (ours, theirs) = (files(tree, here.name), files(tree, there.name));
    let is_exception = |file: &str| here.only_here.contains(&file);
    let lonely = ours
        .iter()
        .filter(|file| !theirs.contains(file) && !is_exception(file));
    let lonely = lonely.map(|file| {
        format!(
            "{} has {file} and {} has not; give both the same files, or name the exception in xtask/src/tidy/stores.rs",
            here.name, there.name
        )
    });
    let is_one = |file: &str| ours.contains(&file) && !theirs.contains(&file);
    let outdated = here.only_here.iter().filter(|file| !is_one(file));
    let outdated = outdated.map(|file| {
        format!(
            "{file} is no file of {} alone; take it out of xtask/src/tidy/stores.rs",
            here.name
        )
    });
    lonely.chain(outdated).collect()
}

/// The product's files below `src/`; unit tests are each store's own.
fn files<'a>(tree: &'a Tree, store: &str) -> Vec<&'a str> {
    let source = format!("crates/{store}/src/");
    let all = tree
        .files()
        .filter_map(|(path, _)| path.strip_prefix(&source));
    all.filter(|file| file.rsplit('/').next() != Some("tests.rs"))
        .collect()
}

#[cfg(test)]
mod tests;
