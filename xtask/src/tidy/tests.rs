//! Each check over this repository, as a test of its own. The made-up bad inputs stand beside the checks.

use super::{CHECKS, Tree};
use crate::tools::root;

fn holds(name: &str) {
    let tree = Tree::read(&root()).expect("the repository can be read");
    let (_, check) = CHECKS
        .iter()
        .find(|(known, _)| *known == name)
        .expect("a known check");
    let found = check(&tree);
    assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));
}

/// One test per name; a check without one fails the last.
macro_rules! the_repository_keeps {
    ($($name:ident),* $(,)?) => {
        $(#[test] fn $name() { holds(stringify!($name)); })*
        #[test]
        fn every_check_is_a_test() {
            assert_eq!([$(stringify!($name)),*], CHECKS.map(|(name, _)| name));
        }
    };
}

the_repository_keeps!(
    internal_dependencies,
    domain_dependencies,
    confined_crates,
    named_paths_exist,
    crates_are_named,
    architecture_length,
    limits_are_published,
    file_header,
    file_length,
    no_mod_rs,
    no_dead_files,
    dialects_look_alike,
    stores_look_alike,
    dialects_stay_apart,
    no_leftovers,
    no_trailing_whitespace,
    no_private_paths,
    migrations_append_only,
);
