//! Made-up lines that may not stand.

use super::{
    LEFTOVERS, PRIVATE, dialects_stay_apart, no_leftovers, no_private_paths, no_trailing_whitespace,
};
use crate::tidy::tree::Tree;

#[test]
fn a_dialect_that_uses_another_is_found() {
    let text = "use crate::dialects::uservox::wire;\nuse super::{autocalls, extract};\n\
                // dialects::uservox does it otherwise\nuse super::nlpearl::wire;";
    let tree = Tree::of(&[("crates/api/src/dialects/nlpearl/leads.rs", text)]);
    assert_eq!(dialects_stay_apart(&tree).len(), 2);
}

#[test]
fn each_leftover_is_found() {
    for word in LEFTOVERS {
        assert_eq!(
            no_leftovers(&Tree::of(&[("crates/a/src/lib.rs", word)])).len(),
            1,
            "{word}"
        );
    }
}

#[test]
fn each_private_path_is_found_in_any_file() {
    for word in PRIVATE {
        assert_eq!(
            no_private_paths(&Tree::of(&[("docs/API.md", word)])).len(),
            1,
            "{word}"
        );
    }
}

#[test]
fn blanks_at_the_end_are_found_but_not_in_test_data() {
    let tree = Tree::of(&[
        ("README.md", "one \ntwo\r\nthree"),
        (
            "crates/api/tests/it/dialects/nlpearl/update.txt",
            "HTTP/1.1 200 \r\n",
        ),
    ]);
    assert_eq!(no_trailing_whitespace(&tree).len(), 2);
}
