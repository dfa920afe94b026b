//! Made-up documents that claim what is not so.

use super::{architecture_length, crates_are_named, limits_are_published, named_paths_exist};
use crate::tidy::tree::Tree;

const APP: (&str, &str) = ("crates/app/Cargo.toml", "");
const LEADS: (&str, &str) = ("crates/app/src/leads.rs", "");

#[test]
fn a_path_that_leads_nowhere_is_found() {
    let text = "See `crates/app/src/gone.rs`, `app/lost.rs`, `docs/` and `LOST.md`.";
    let tree = Tree::of(&[("ARCHITECTURE.md", text), APP]);
    assert_eq!(named_paths_exist(&tree).len(), 4);
}

#[test]
fn paths_that_exist_patterns_and_http_paths_are_left_alone() {
    let text = "`app/leads.rs::update_lead`, `crates/app/`, `API.md`, `crates/store-*/src`, `/v2/Outbound`,
```
`crates/nowhere`
```";
    let tree = Tree::of(&[("docs/API.md", text), APP, LEADS]);
    assert_eq!(named_paths_exist(&tree), Vec::<String>::new());
}

#[test]
fn an_unnamed_and_an_invented_crate_are_found() {
    let tree = Tree::of(&[("ARCHITECTURE.md", "`store-mongo` is fast; app too."), APP]);
    assert_eq!(crates_are_named(&tree).len(), 2);
    let tree = Tree::of(&[("ARCHITECTURE.md", "`crates/app/`: use cases."), APP]);
    assert!(crates_are_named(&tree).is_empty());
    assert_eq!(crates_are_named(&Tree::of(&[APP])).len(), 1);
}

#[test]
fn a_long_architecture_page_is_found() {
    let long = "line\n".repeat(151);
    assert_eq!(
        architecture_length(&Tree::of(&[("ARCHITECTURE.md", &long)])).len(),
        1
    );
    assert!(architecture_length(&Tree::of(&[("ARCHITECTURE.md", "short")])).is_empty());
}

#[test]
fn an_unpublished_limit_is_found() {
    let limits = "pub const BODY_BYTES_MAX: usize = 1;\npub const BODY_BYTES: usize = 2;";
    let tree = Tree::of(&[
        ("crates/domain/src/limits.rs", limits),
        ("docs/API.md", "`BODY_BYTES_MAX` is 1"),
    ]);
    let found = limits_are_published(&tree);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("the limit BODY_BYTES of"), "{found:?}");
}
