//! Made-up file trees that break the shape.

use super::{
    DIALECT_FILES, DIALECTS, VENDORS, dialects_look_alike, file_header, file_length, no_dead_files,
    no_mod_rs,
};
use crate::tidy::tree::Tree;

#[test]
fn a_file_without_header_is_found() {
    let tree = Tree::of(&[
        ("crates/a/src/lib.rs", "use x;\n//! late"),
        ("xtask/src/b.rs", "//! B."),
    ]);
    assert_eq!(file_header(&tree).len(), 1);
}

#[test]
fn a_long_file_is_found() {
    let long = "x\n".repeat(601);
    let fits = "x\n".repeat(600);
    let tree = Tree::of(&[("xtask/src/a.rs", &long), ("xtask/src/b.rs", &fits)]);
    assert_eq!(file_length(&tree).len(), 1);
}

#[test]
fn a_mod_rs_is_found() {
    assert_eq!(
        no_mod_rs(&Tree::of(&[("crates/a/src/b/mod.rs", "")])).len(),
        1
    );
}

#[test]
fn a_dead_file_is_found() {
    let tree = Tree::of(&[
        ("crates/a/src/lib.rs", "mod b;\n// mod dead;"),
        ("crates/a/src/b.rs", "#[cfg(test)]\npub(crate) mod c;"),
        ("crates/a/src/b/c.rs", ""),
        ("crates/a/src/dead.rs", ""),
        ("crates/a/tests/it/main.rs", "mod leads;"),
        ("crates/a/tests/it/leads.rs", ""),
        ("crates/a/examples/floor.rs", ""),
    ]);
    let found = no_dead_files(&tree);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("crates/a/src/dead.rs"));
}

#[test]
fn a_dialect_with_a_missing_file_is_found() {
    let mut paths: Vec<_> = VENDORS
        .iter()
        .map(|vendor| format!("{DIALECTS}/{vendor}.rs"))
        .collect();
    for vendor in VENDORS {
        paths.extend(
            DIALECT_FILES
                .iter()
                .map(|file| format!("{DIALECTS}/{vendor}/{file}")),
        );
    }
    let all: Vec<_> = paths.iter().map(|path| (path.as_str(), "")).collect();
    assert!(dialects_look_alike(&Tree::of(&all)).is_empty());
    assert_eq!(dialects_look_alike(&Tree::of(&all[1..])).len(), 1);
}
