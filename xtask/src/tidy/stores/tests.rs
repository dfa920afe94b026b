//! Made-up stores that drift apart.

use super::{STORES, stores_look_alike};
use crate::tidy::tree::Tree;

/// Both stores with `lib.rs` and their exceptions, and these files.
fn found(more: &[&str]) -> Vec<String> {
    let own = STORES.iter().flat_map(|store| {
        let files = ["lib.rs"].iter().chain(store.only_here);
        files.map(|file| format!("crates/{}/src/{file}", store.name))
    });
    let more = more.iter().map(|path| format!("crates/{path}"));
    let paths: Vec<_> = own.chain(more).collect();
    let files: Vec<_> = paths.iter().map(|path| (path.as_str(), "")).collect();
    stores_look_alike(&Tree::of(&files))
}

#[test]
fn the_same_files_and_the_exceptions_are_fine() {
    assert_eq!(found(&[]), Vec::<String>::new());
    let both = [
        "store-sqlite/src/rows/tag.rs",
        "store-postgres/src/rows/tag.rs",
    ];
    assert_eq!(found(&both), Vec::<String>::new());
    assert_eq!(
        found(&["store-postgres/src/rows/tests.rs"]),
        Vec::<String>::new()
    );
}

#[test]
fn a_file_without_counterpart_is_found_on_either_side() {
    let found = found(&["store-sqlite/src/tags.rs", "store-postgres/src/labels.rs"]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("store-sqlite has tags.rs and store-postgres has not"));
    assert!(found[1].starts_with("store-postgres has labels.rs and store-sqlite has not"));
}

#[test]
fn an_exception_that_is_none_any_more_is_found() {
    let found = found(&["store-postgres/src/checkpoint.rs"]);
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("checkpoint.rs is no file of store-sqlite alone")),
        "{found:?}"
    );
}
