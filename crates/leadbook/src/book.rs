//! Opening the book where it lies, for the server and for every command. Which place that is, `location` says.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use app::subscriptions::{Endpoints, UncheckedEndpoints};
use app::{App, Services, SystemEnvironment};
use domain::WorkspaceId;
use domain::campaign::Workspace;
use store::transfer::Transfer;
use store::{Store, StoreError};
use store_postgres::PostgresStore;
use store_sqlite::SqliteStore;

use crate::location::{Database, Location};
use crate::site::Site;

/// The database file in a data folder.
fn file(folder: &Path) -> PathBuf {
    folder.join("leadbook.sqlite")
}

/// Opens the book, making it where there is none, and brings it to this version's form.
pub(crate) async fn open(site: &Site) -> anyhow::Result<Arc<App>> {
    open_with(site, Arc::new(UncheckedEndpoints), true).await
}

/// As [`open`], for who judges URLs before they are saved.
pub(crate) async fn open_with(
    site: &Site,
    endpoints: Arc<dyn Endpoints>,
    has_vendor_rates: bool,
) -> anyhow::Result<Arc<App>> {
    let store: Arc<dyn Store> = match &site.location {
        Location::Folder(folder) => Arc::new(open_file(folder)?),
        Location::Database(database) => Arc::new(open_database(database).await?),
    };
    let services = Services {
        endpoints,
        vault: site.vault()?,
        has_vendor_rates,
    };
    let environment = Arc::new(SystemEnvironment::default());
    Ok(App::start_with(store, environment, services))
}

/// Opens a book that must exist already: commands other than `serve` and `workspace create` make no file. A
/// database is there or it is not; in it, any command makes the tables.
pub(crate) async fn open_existing(site: &Site) -> anyhow::Result<Arc<App>> {
    ensure_exists(&site.location)?;
    open(site).await
}

pub(crate) fn ensure_exists(location: &Location) -> anyhow::Result<()> {
    if let Location::Folder(folder) = location {
        let path = file(folder);
        anyhow::ensure!(
            path.exists(),
            "there is no book at {}; run `leadbook serve` once, or name its folder with --data-dir, its database with \
             --database",
            path.display()
        );
    }
    Ok(())
}

/// A store that can be copied: both can.
pub(crate) trait Book: Store + Transfer {}

impl<S: Store + Transfer> Book for S {}

/// Opens the book for nothing but copying: no write queue stands before it.
pub(crate) async fn open_to_copy(location: &Location) -> anyhow::Result<Arc<dyn Book>> {
    Ok(match location {
        Location::Folder(folder) => Arc::new(open_file(folder)?),
        Location::Database(database) => Arc::new(open_database(database).await?),
    })
}

pub(crate) fn make_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create the data folder {}", folder.display()))
}

fn open_file(folder: &Path) -> anyhow::Result<SqliteStore> {
    make_folder(folder)?;
    let path = file(folder);
    SqliteStore::open(&path).with_context(|| format!("cannot open the book {}", path.display()))
}

async fn open_database(database: &Database) -> anyhow::Result<PostgresStore> {
    let opened = PostgresStore::open(database.url()).await;
    opened.map_err(|error| explain(error, database))
}

/// Spreads the tables over the nodes of a Citus cluster.
pub(crate) async fn spread_over_citus(location: &Location) -> anyhow::Result<()> {
    let Location::Database(database) = location else {
        anyhow::bail!(
            "--citus is for a book in PostgreSQL, and this one is a file in {location}; name the coordinator's \
             database with --database postgres://…"
        );
    };
    let spread = PostgresStore::migrate_citus(database.url()).await;
    spread.map_err(|error| explain(error, database))
}

fn explain(error: StoreError, database: &Database) -> anyhow::Error {
    let what = match &error {
        StoreError::Unavailable(_) => format!(
            "cannot reach {database}; start PostgreSQL there, let this machine in, or name another with --database"
        ),
        StoreError::Conflict { .. }
        | StoreError::Full(_)
        | StoreError::Corrupt { .. }
        | StoreError::Backend(_) => format!("cannot open the book in {database}"),
    };
    anyhow::Error::new(error).context(what)
}

/// The named workspace, or the only one.
pub(crate) async fn workspace(app: &App, number: Option<u64>) -> anyhow::Result<Workspace> {
    let mut workspaces = app.workspaces().await?;
    if let Some(number) = number {
        let id = WorkspaceId::new(number);
        let found = workspaces
            .into_iter()
            .find(|workspace| Some(workspace.id) == id);
        return found.with_context(|| format!("there is no workspace {number}"));
    }
    match workspaces.len() {
        0 => anyhow::bail!(
            "the book has no workspace; `leadbook workspace create --name …` makes one"
        ),
        1 => Ok(workspaces.remove(0)),
        count => anyhow::bail!("the book has {count} workspaces; name one with --workspace"),
    }
}
