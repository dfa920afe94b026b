//! Opening the book in a folder, for the server and for every command.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use app::{App, SystemEnvironment};
use domain::WorkspaceId;
use domain::campaign::Workspace;
use store_sqlite::SqliteStore;

/// The database file in a data folder.
pub(crate) fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("leadbook.sqlite")
}

/// Opens the book, creating folder and file, and brings it to this version's form.
pub(crate) fn open(data_dir: &Path) -> anyhow::Result<Arc<App>> {
    std::fs::create_dir_all(data_dir)
        .with_context(|| format!("cannot create the data folder {}", data_dir.display()))?;
    let path = file(data_dir);
    let store = SqliteStore::open(&path)
        .map_err(anyhow::Error::new)
        .with_context(|| format!("cannot open the book {}", path.display()))?;
    Ok(App::start(
        Arc::new(store),
        Arc::new(SystemEnvironment::default()),
    ))
}

/// Opens a book that must exist already: commands other than `serve` and `workspace create` make none.
pub(crate) fn open_existing(data_dir: &Path) -> anyhow::Result<Arc<App>> {
    let path = file(data_dir);
    anyhow::ensure!(
        path.exists(),
        "there is no book at {}; run `leadbook serve` once, or name its folder with --data-dir",
        path.display()
    );
    open(data_dir)
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
