//! The foreign clients: programs other people wrote, pointed at the real server with its demo workspace.
//!
//! Makes the virtual environment they live in (`target/venv`), starts `leadbook serve --demo`, runs the scripts of
//! `tests/clients` and adds up what they report. The scripts decide what is right; this file only runs them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::server::Server;
use crate::test::Tally;
use crate::tools::{apt_install, cargo, output, root, run as run_command, succeeds, target_dir};

/// Each is called with `--ready-file`, `--seed` and `--examples` and closes with `N passed, N failed`.
const SCRIPTS: [&str; 5] = [
    "snippets.py",
    "nlpearl_sdk.py",
    "generated_clients.py",
    "webhooks.py",
    // Last: it changes what it finds.
    "openapi.py",
];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The seed of schemathesis. Fixed by default, so that the gate gives the same answer twice.
    #[arg(long, default_value_t = 20_261_121)]
    seed: u32,
    /// How many requests schemathesis makes up for each operation.
    #[arg(long, default_value_t = 100)]
    examples: u32,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    tally(options)?.close()
}

/// Runs every script against one demo server and adds up what they report.
pub(crate) fn tally(options: &Options) -> Result<Tally> {
    let target = target_dir()?;
    let python = virtual_environment(&target.join("venv"))?;
    install_what_examples_need()?;
    run_command(cargo().args(["build", "--package", "leadbook", "--bin", "leadbook"]))?;
    let mut command = Command::new(target.join("debug/leadbook"));
    // The scripts receive their webhooks on this machine.
    command.args(["serve", "--demo", "--no-vendor-rates"]);
    command.args(["--allow-webhook-to", "127.0.0.0/8"]);
    let server = Server::start("demo", &target.join("clients"), command)?;
    let mut sum = Tally::default();
    for script in SCRIPTS {
        println!("\n== {script} against {}", server.base_url);
        sum = sum.plus(run_script(&python, script, &server, options)?);
    }
    // A server that died on the way, or does not stop cleanly now, fails the run.
    server.stop()?;
    Ok(sum)
}

/// The vendors' examples are for curl and for JavaScript.
fn install_what_examples_need() -> Result<()> {
    for (program, package) in [("curl", "curl"), ("node", "nodejs")] {
        if !succeeds(Command::new(program).arg("--version")) {
            apt_install("running the vendors' examples", &[package])?;
        }
    }
    Ok(())
}

fn run_script(python: &Path, script: &str, server: &Server, options: &Options) -> Result<Tally> {
    let folder = root().join("tests/clients");
    let mut command = Command::new(python);
    command
        .arg(folder.join(script))
        .arg("--ready-file")
        .arg(&server.ready_file);
    command.args([
        "--seed",
        &options.seed.to_string(),
        "--examples",
        &options.examples.to_string(),
    ]);
    command
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONUNBUFFERED", "1");
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut closing = None;
    let lines = child.stdout.take().context("the script has no output")?;
    for line in BufReader::new(lines).lines() {
        let line = line?;
        println!("{line}");
        closing = read_closing_line(&line).or(closing);
    }
    let status = child.wait()?;
    let mut tally =
        closing.with_context(|| format!("{script} ended ({status}) without a closing line"))?;
    if !status.success() {
        tally.failed = tally.failed.max(1);
    }
    Ok(tally)
}

/// `12 passed, 0 failed`, alone on its line.
fn read_closing_line(line: &str) -> Option<Tally> {
    let (passed, failed) = line.strip_suffix(" failed")?.split_once(" passed, ")?;
    Some(Tally {
        passed: passed.parse().ok()?,
        failed: failed.parse().ok()?,
    })
}

/// The python of a virtual environment with the pinned requirements: made once, made again when they change.
fn virtual_environment(folder: &Path) -> Result<PathBuf> {
    let python = folder.join("bin/python");
    let requirements = root().join("tests/clients/requirements.txt");
    let stamp = folder.join("requirements.sha256");
    install_python("running the foreign clients")?;
    let wanted = fingerprint(&fs::read(&requirements)?)?;
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) && python.exists() {
        return Ok(python);
    }
    run_command(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(folder),
    )?;
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
    ];
    run_command(Command::new(&python).args(install).arg(&requirements))?;
    fs::write(&stamp, wanted)?;
    Ok(python)
}

/// Requirements and the version of the python that would use them.
fn fingerprint(requirements: &[u8]) -> Result<String> {
    let python = output(Command::new("python3").arg("--version"))?;
    let hash = Sha256::new()
        .chain_update(requirements)
        .chain_update(python);
    Ok(hex::encode(hash.finalize()))
}

/// A python3 that can make itself a pip.
pub(crate) fn install_python(why: &str) -> Result<()> {
    if succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"])) {
        return Ok(());
    }
    apt_install(why, &["python3", "python3-venv"])
}

#[cfg(test)]
mod tests;
