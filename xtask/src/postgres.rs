//! `cargo xtask postgres`: a private PostgreSQL in the foreground. And how every other subcommand gets one.
//!
//! The crate `test-cluster` does the work; here are only the place for fetched servers, the libraries they need, and what
//! is printed about them.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use test_cluster::{Binaries, Cluster};

use crate::clients::install_python;
use crate::tools::{apt_install, now, target_dir};

pub(crate) const NEWEST: u32 = 18;
/// The oldest that Leadbook promises to run on.
pub(crate) const OLDEST: u32 = 15;

/// Debian's packages of what the fetched servers are linked with.
const LIBRARIES: [&str; 7] = [
    "libgssapi-krb5-2",
    "liblz4-1",
    "libreadline8",
    "libssl3",
    "libxml2",
    "libzstd1",
    "zlib1g",
];
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Which PostgreSQL.
    #[arg(long, default_value_t = NEWEST)]
    major: u32,
}

/// Until Ctrl-C, which ends this process; the cluster's guard then removes the cluster and the file with its URL.
pub(crate) fn run(options: &Options) -> Result<()> {
    let file = target_dir()?.join("postgres/url");
    if let Ok(url) = fs::read_to_string(&file)
        && binaries(options.major)?.query(&url, "SELECT 1").is_ok()
    {
        bail!("one is running already: {url}");
    }
    let cluster = start(
        options.major,
        &test_cluster::Options::default().url_file(&file),
    )?;
    let url = cluster.url();
    println!("\n{url}\n");
    println!("Tests of the store find it in {}:", file.display());
    println!("    cargo nextest run -p store-postgres");
    println!("The end-to-end tests are pointed at it by hand:");
    println!(
        "    LEADBOOK_TEST_STORE=postgres LEADBOOK_TEST_POSTGRES={url} cargo nextest run -p leadbook"
    );
    println!(
        "Its log is {}. Ctrl-C ends and removes it.",
        cluster.log_file().display()
    );
    while cluster.pid().is_some() {
        sleep(LOOK_AGAIN_AFTER);
    }
    let log = fs::read_to_string(cluster.log_file()).unwrap_or_default();
    bail!("PostgreSQL ended by itself; its log:\n{log}")
}

/// A private cluster of this major version, fetched first if need be.
pub(crate) fn start(major: u32, options: &test_cluster::Options) -> Result<Cluster> {
    let binaries = binaries(major)?;
    let started = now();
    let cluster = Cluster::start(&binaries, options)?;
    println!(
        "Started a private {} on port {} in {:.1} s",
        server_version(&binaries, &cluster.url())?,
        cluster.port(),
        started.elapsed().as_secs_f64()
    );
    Ok(cluster)
}

/// The programs of this major version, fetched if they are not there, with the libraries they need.
pub(crate) fn binaries(major: u32) -> Result<Binaries> {
    let cache = target_dir()?.join("postgres");
    if !cache.join(major.to_string()).exists() {
        install_python("fetching PostgreSQL")?;
    }
    let binaries = Binaries::fetch(major, &cache)?;
    if binaries.version().is_err() {
        apt_install("running PostgreSQL", &LIBRARIES)?;
    }
    let version = binaries.version();
    version.context("the fetched PostgreSQL does not run on this machine")?;
    Ok(binaries)
}

/// What a server says it is: `PostgreSQL 18.6`, `PostgreSQL 17.2 with Citus 13.0-1`.
pub(crate) fn server_version(binaries: &Binaries, url: &str) -> Result<String> {
    let version = binaries.query(url, "SHOW server_version")?;
    let citus = "SELECT extversion FROM pg_extension WHERE extname = 'citus'";
    Ok(named(&version, &binaries.query(url, citus)?))
}

/// Packagers write behind the version whose build it is: `15.10 (Debian 15.10-0+deb12u1)`.
fn named(version: &str, citus: &str) -> String {
    let version = version.split_whitespace().next().unwrap_or("of no version");
    if citus.is_empty() {
        return format!("PostgreSQL {version}");
    }
    format!("PostgreSQL {version} with Citus {citus}")
}

#[cfg(test)]
mod tests;
