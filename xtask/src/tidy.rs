//! `cargo xtask tidy`: the rules of the house that a compiler does not know, each a function from the files to sentences.
//!
//! A sentence says what to do about one breach. The same checks run as tests of this crate, one test per check, so that
//! `cargo xtask test` cannot forget them; beside each check a made-up bad input proves that it fires. To add a check:
//! write it in one of the files below, list it in [`CHECKS`], and give it its bad input.

mod docs;
mod layout;
mod manifests;
mod migrations;
mod stores;
mod text;
mod tree;

use anyhow::{Result, bail};

use crate::tools::root;
use tree::Tree;

type Check = fn(&Tree) -> Vec<String>;

const CHECKS: [(&str, Check); 18] = [
    ("internal_dependencies", manifests::internal_dependencies),
    ("domain_dependencies", manifests::domain_dependencies),
    ("confined_crates", manifests::confined_crates),
    ("named_paths_exist", docs::named_paths_exist),
    ("crates_are_named", docs::crates_are_named),
    ("architecture_length", docs::architecture_length),
    ("limits_are_published", docs::limits_are_published),
    ("file_header", layout::file_header),
    ("file_length", layout::file_length),
    ("no_mod_rs", layout::no_mod_rs),
    ("no_dead_files", layout::no_dead_files),
    ("dialects_look_alike", layout::dialects_look_alike),
    ("stores_look_alike", stores::stores_look_alike),
    ("dialects_stay_apart", text::dialects_stay_apart),
    ("no_leftovers", text::no_leftovers),
    ("no_trailing_whitespace", text::no_trailing_whitespace),
    ("no_private_paths", text::no_private_paths),
    ("migrations_append_only", migrations::append_only),
];

pub(crate) fn run() -> Result<()> {
    let tree = Tree::read(&root())?;
    let mut count = 0;
    for (name, check) in CHECKS {
        for sentence in check(&tree) {
            println!("{name}: {sentence}");
            count += 1;
        }
    }
    if count > 0 {
        bail!("tidy found {count} things to put right");
    }
    println!("tidy: {} checks, nothing to put right", CHECKS.len());
    Ok(())
}

#[cfg(test)]
mod tests;
