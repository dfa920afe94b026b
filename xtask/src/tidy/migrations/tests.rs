//! A made-up released migration, left alone, edited, and deleted.

use super::{RELEASED, append_only};
use crate::tidy::tree::Tree;

const PATH: &str = "crates/store-sqlite/src/migrations/0001.sql";
/// The SHA-256 of `abc`, from FIPS 180-2.
const LIST: &str = "# released\nba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  \
                    crates/store-sqlite/src/migrations/0001.sql\n";

#[test]
fn an_edited_or_deleted_release_is_found() {
    assert!(append_only(&Tree::of(&[(RELEASED, LIST), (PATH, "abc")])).is_empty());
    assert_eq!(
        append_only(&Tree::of(&[(RELEASED, LIST), (PATH, "abcd")])).len(),
        1
    );
    assert_eq!(append_only(&Tree::of(&[(RELEASED, LIST)])).len(), 1);
}

#[test]
fn a_missing_or_garbled_list_is_found() {
    assert_eq!(append_only(&Tree::of(&[(PATH, "abc")])).len(), 1);
    assert_eq!(append_only(&Tree::of(&[(RELEASED, "0001.sql")])).len(), 1);
    assert!(append_only(&Tree::of(&[(RELEASED, "")])).is_empty());
}
