//! The PostgreSQL that a pass runs on: a private cluster of this run, or the one somebody named.

use anyhow::{Context, Result};
use test_cluster::{Cluster, Options};

use crate::postgres;

pub(super) struct Server {
    name: String,
    url: String,
    /// Ends with this value.
    _cluster: Option<Cluster>,
}

impl Server {
    pub(super) fn private(major: u32, role: &str) -> Result<Self> {
        let cluster = postgres::start(major, &Options::default());
        let cluster =
            cluster.with_context(|| format!("PostgreSQL {major} could not be started"))?;
        let version = postgres::server_version(cluster.binaries(), &cluster.url())?;
        Ok(Self {
            name: format!("{version} ({role})"),
            url: cluster.url(),
            _cluster: Some(cluster),
        })
    }

    /// Anything that answers; nothing is assumed of it.
    pub(super) fn given(url: &str) -> Result<Self> {
        let binaries = postgres::binaries(postgres::NEWEST)?;
        let version = postgres::server_version(&binaries, url)
            .context("the server of --database-url does not answer")?;
        println!("Using the {version} of --database-url");
        Ok(Self {
            name: format!("{version} (--database-url)"),
            url: url.to_owned(),
            _cluster: None,
        })
    }

    /// The version it told us, and what it is to this run.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn url(&self) -> String {
        self.url.clone()
    }
}
