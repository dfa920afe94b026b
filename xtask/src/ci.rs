//! `cargo xtask ci`: what a change must pass before it is pushed: `test`, and before it the cheap checks.
//!
//! Runs all of them even when one fails, and names the failed ones at the end.

use anyhow::{Result, bail};

use crate::tools::{cargo, run as run_command, succeeds};
use crate::{test, tidy};

pub(crate) fn run(options: &test::Options) -> Result<()> {
    let steps: [(&str, &dyn Fn() -> Result<()>); 6] = [
        ("fmt", &|| {
            run_command(cargo().args(["fmt", "--all", "--check"]))
        }),
        ("tidy", &tidy::run),
        ("clippy", &clippy),
        ("doc", &doc),
        ("deny", &deny),
        ("test", &|| test::run(options)),
    ];
    let mut failed = Vec::new();
    for (name, step) in steps {
        println!("\n== {name}");
        if let Err(error) = step() {
            println!("{name} failed: {error:#}");
            failed.push(name);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    bail!("failed: {}", failed.join(", "))
}

fn clippy() -> Result<()> {
    run_command(cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

fn doc() -> Result<()> {
    let arguments = [
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
    ];
    run_command(cargo().args(arguments).env("RUSTDOCFLAGS", "-Dwarnings"))
}

fn deny() -> Result<()> {
    if succeeds(cargo().args(["deny", "--version"])) {
        return run_command(cargo().args(["deny", "check"]));
    }
    println!("Skipped: cargo-deny is not installed (cargo install --locked cargo-deny).");
    Ok(())
}
