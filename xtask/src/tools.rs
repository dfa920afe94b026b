//! Small things every subcommand needs: running programs, where the repository is, installing Debian packages, the clock.
//!
//! Decides nothing. A program that fails becomes an error that names the command line.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

/// The repository this xtask was compiled in.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The cargo that started this xtask, working in the repository.
pub(crate) fn cargo() -> Command {
    let name = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(name);
    command.current_dir(root());
    command
}

/// Where cargo puts what it builds, whoever configured it.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let text = output(cargo().args(["metadata", "--format-version=1", "--no-deps"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&text)?;
    let folder = metadata["target_directory"].as_str();
    Ok(folder
        .context("cargo metadata names no target_directory")?
        .into())
}

/// Runs a program with our own input and output; any exit but 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    println!("> {}", shown(command));
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs a program quietly and returns what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let out = command
        .output()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    if !out.status.success() {
        let said = String::from_utf8_lossy(&out.stderr);
        bail!(
            "{} failed ({}): {}",
            shown(command),
            out.status,
            said.trim()
        );
    }
    Ok(String::from_utf8(out.stdout)?)
}

/// Whether a program runs and exits with 0; its output is thrown away.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Installs Debian packages as root; as anybody else, says which ones are missing.
pub(crate) fn apt_install(why: &str, packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        run(Command::new("apt-get").args(["update", "-qq"]))?;
        let install = ["install", "-y", "-qq", "--no-install-recommends"];
        return run(Command::new("apt-get").args(install).args(packages));
    }
    bail!("{why} needs the Debian package {names}; install it with: sudo apt-get install {names}")
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy();
    let arguments = command
        .get_args()
        .map(|argument| argument.to_string_lossy());
    std::iter::once(name)
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}

/// With [`unix_millis`] the one place in xtask that reads a clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the toolbox measures real time; nothing here is scripted"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Milliseconds since 1970, as the server under test sees them.
#[expect(
    clippy::disallowed_methods,
    reason = "the toolbox measures real time; nothing here is scripted"
)]
pub(crate) fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
