//! Made-up manifests that break the arrows.

use super::{confined_crates, domain_dependencies, internal_dependencies};
use crate::tidy::tree::Tree;

const DOMAIN: (&str, &str) = ("crates/domain/Cargo.toml", "[dependencies]\njiff = \"1\"");
const APP: (&str, &str) = (
    "crates/app/Cargo.toml",
    "[dependencies]\ndomain.workspace = true",
);

#[test]
fn a_reversed_arrow_is_found() {
    let domain = "[dependencies]\napp.workspace = true";
    let tree = Tree::of(&[("crates/domain/Cargo.toml", domain), APP]);
    let found = internal_dependencies(&tree);
    assert_eq!(
        found,
        ["domain must not depend on app; take it out of crates/domain/Cargo.toml"]
    );
}

#[test]
fn a_store_is_for_tests_only() {
    let store = ("crates/store-sqlite/Cargo.toml", "");
    let tested = (
        "crates/api/Cargo.toml",
        "[dev-dependencies]\nstore-sqlite.workspace = true",
    );
    assert!(internal_dependencies(&Tree::of(&[store, tested])).is_empty());
    let linked = (
        "crates/api/Cargo.toml",
        "[dependencies]\nstore-sqlite.workspace = true",
    );
    assert_eq!(internal_dependencies(&Tree::of(&[store, linked])).len(), 1);
}

#[test]
fn private_clusters_are_for_tests_only() {
    let clusters = ("crates/test-cluster/Cargo.toml", "");
    let tested = (
        "crates/leadbook/Cargo.toml",
        "[dev-dependencies]\ntest-cluster.workspace = true",
    );
    assert!(internal_dependencies(&Tree::of(&[clusters, tested])).is_empty());
    let linked = (
        "crates/leadbook/Cargo.toml",
        "[dependencies]\ntest-cluster.workspace = true",
    );
    assert_eq!(
        internal_dependencies(&Tree::of(&[clusters, linked])),
        ["leadbook must not depend on test-cluster; take it out of crates/leadbook/Cargo.toml"]
    );
}

#[test]
fn an_unknown_crate_and_a_broken_manifest_are_found() {
    let unknown = ("crates/plugins/Cargo.toml", "");
    let broken = ("crates/app/Cargo.toml", "[dependencies");
    let found = internal_dependencies(&Tree::of(&[unknown, broken]));
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn the_domain_stays_pure() {
    assert!(domain_dependencies(&Tree::of(&[DOMAIN, APP])).is_empty());
    let async_domain = "[dependencies]\ntokio = \"1\"\nproptest = \"1\"";
    let tree = Tree::of(&[("crates/domain/Cargo.toml", async_domain)]);
    assert_eq!(domain_dependencies(&tree).len(), 2);
}

#[test]
fn sql_http_and_the_client_stay_behind_their_doors() {
    let renamed = "[target.'cfg(unix)'.dependencies]\nsql = { package = \"rusqlite\" }";
    let tree = Tree::of(&[
        ("crates/app/Cargo.toml", renamed),
        (
            "crates/worker/Cargo.toml",
            "[dependencies]\nreqwest = \"1\"\n[dev-dependencies]\naxum = \"1\"",
        ),
        (
            "crates/leadbook/Cargo.toml",
            "[dev-dependencies]\nreqwest = \"1\"\ntokio-postgres = \"1\"",
        ),
        (
            "crates/api/Cargo.toml",
            "[dev-dependencies]\ntokio-postgres = \"1\"",
        ),
    ]);
    let found = confined_crates(&tree).join("\n");
    assert!(found.contains("app must not depend on rusqlite"), "{found}");
    assert!(
        found.contains("the tests of worker must not depend on axum"),
        "{found}"
    );
    assert!(
        found.contains("the tests of api must not depend on tokio-postgres"),
        "{found}"
    );
    assert_eq!(found.lines().count(), 3, "{found}");
}
