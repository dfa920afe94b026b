//! Who may depend on whom. Reads the manifests only; it does not see what the code does with a dependency.
//!
//! The arrows point one way: leadbook → api, worker, stores → app → store → domain. The tables below are that drawing.

use toml::{Table, Value};

use super::tree::Tree;

/// What each crate may name of our own crates: in the product, and besides that in its tests.
struct Allowed {
    name: &'static str,
    product: &'static [&'static str],
    tests: &'static [&'static str],
}

const ANYTHING: &[&str] = &[
    "domain",
    "store",
    "store-sqlite",
    "store-postgres",
    "app",
    "api",
    "worker",
];
/// What tests above the stores open and start: either store, and a server of their own for the second.
const STORES: &[&str] = &["store", "store-sqlite", "store-postgres", "test-cluster"];

const TABLE: [Allowed; 9] = [
    Allowed {
        name: "domain",
        product: &[],
        tests: &[],
    },
    Allowed {
        name: "store",
        product: &["domain"],
        tests: &[],
    },
    Allowed {
        name: "store-sqlite",
        product: &["store", "domain"],
        tests: &[],
    },
    Allowed {
        name: "store-postgres",
        product: &["store", "domain"],
        // Itself, with the feature `testing`.
        tests: &["store-sqlite", "store-postgres"],
    },
    // Knows PostgreSQL and nothing of Leadbook; no product crate names it.
    Allowed {
        name: "test-cluster",
        product: &[],
        tests: &[],
    },
    Allowed {
        name: "app",
        product: &["store", "domain"],
        tests: &["store-sqlite"],
    },
    Allowed {
        name: "api",
        product: &["app", "domain"],
        tests: STORES,
    },
    Allowed {
        name: "worker",
        product: &["app", "domain"],
        tests: STORES,
    },
    Allowed {
        name: "leadbook",
        product: ANYTHING,
        tests: STORES,
    },
];

/// The domain is pure: values in, values out. Nothing that does I/O, reads a clock or derives a wire format.
const DOMAIN_PRODUCT: &[&str] = &[
    "jiff",
    "rlibphonenumber",
    "serde_json",
    "thiserror",
    "indexmap",
];
const DOMAIN_TESTS: &[&str] = &["proptest"];

/// An outside crate that stays behind one door.
struct Confined {
    name: &'static str,
    product: &'static [&'static str],
    tests: &'static [&'static str],
}

const CONFINED: [Confined; 5] = [
    Confined {
        name: "rusqlite",
        product: &["store-sqlite"],
        tests: &[],
    },
    Confined {
        name: "tokio-postgres",
        product: &["store-postgres"],
        tests: &["leadbook"],
    },
    Confined {
        name: "deadpool-postgres",
        product: &["store-postgres"],
        tests: &[],
    },
    Confined {
        name: "axum",
        product: &["api", "leadbook"],
        tests: &[],
    },
    Confined {
        name: "reqwest",
        product: &["worker"],
        tests: &["leadbook"],
    },
];

struct Dependency {
    name: String,
    is_for_tests: bool,
}

/// The arrows between our own crates.
pub(crate) fn internal_dependencies(tree: &Tree) -> Vec<String> {
    let ours = tree.crates();
    let mut found = Vec::new();
    for from in &ours {
        let Some(allowed) = TABLE.iter().find(|row| row.name == *from) else {
            found.push(format!(
                "crate {from} is not in the dependency table; add it in xtask/src/tidy/manifests.rs"
            ));
            continue;
        };
        for to in dependencies(tree, from, &mut found) {
            let in_tests = to.is_for_tests && allowed.tests.contains(&to.name.as_str());
            let is_fine = allowed.product.contains(&to.name.as_str()) || in_tests;
            if ours.contains(&to.name.as_str()) && !is_fine {
                found.push(forbidden(from, &to));
            }
        }
    }
    found
}

/// The outside crates the domain may use.
pub(crate) fn domain_dependencies(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    if !tree.has("crates/domain/Cargo.toml") {
        return found;
    }
    let ours = tree.crates();
    for to in dependencies(tree, "domain", &mut found) {
        let in_tests = to.is_for_tests && DOMAIN_TESTS.contains(&to.name.as_str());
        let is_fine = DOMAIN_PRODUCT.contains(&to.name.as_str()) || in_tests;
        if !ours.contains(&to.name.as_str()) && !is_fine {
            found.push(forbidden("domain", &to));
        }
    }
    found
}

/// Outside crates that only certain crates may use.
pub(crate) fn confined_crates(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for from in tree.crates() {
        for to in dependencies(tree, from, &mut found) {
            let Some(door) = CONFINED.iter().find(|door| door.name == to.name) else {
                continue;
            };
            let in_tests = to.is_for_tests && door.tests.contains(&from);
            if !door.product.contains(&from) && !in_tests {
                found.push(forbidden(from, &to));
            }
        }
    }
    found
}

fn forbidden(from: &str, to: &Dependency) -> String {
    let what = if to.is_for_tests { "the tests of " } else { "" };
    format!(
        "{what}{from} must not depend on {}; take it out of crates/{from}/Cargo.toml",
        to.name
    )
}

/// Everything a manifest names, also per target; a manifest that cannot be read is a finding.
fn dependencies(tree: &Tree, of: &str, found: &mut Vec<String>) -> Vec<Dependency> {
    let path = format!("crates/{of}/Cargo.toml");
    let manifest = match tree.text(&path).unwrap_or_default().parse::<Table>() {
        Ok(manifest) => manifest,
        Err(error) => {
            found.push(format!("{path} is not TOML ({}); mend it", error.message()));
            return Vec::new();
        }
    };
    let targets = manifest.get("target").and_then(Value::as_table);
    let per_target = targets
        .into_iter()
        .flat_map(Table::values)
        .filter_map(Value::as_table);
    std::iter::once(&manifest)
        .chain(per_target)
        .flat_map(sections)
        .collect()
}

fn sections(table: &Table) -> Vec<Dependency> {
    let kinds = [
        ("dependencies", false),
        ("build-dependencies", false),
        ("dev-dependencies", true),
    ];
    let mut found = Vec::new();
    for (section, is_for_tests) in kinds {
        let entries = table.get(section).and_then(Value::as_table);
        for (key, value) in entries.into_iter().flatten() {
            // `short = { package = "real-name" }` is the crate real-name.
            let renamed = value.get("package").and_then(Value::as_str);
            let name = renamed.unwrap_or(key).to_owned();
            found.push(Dependency { name, is_for_tests });
        }
    }
    found
}

#[cfg(test)]
mod tests;
