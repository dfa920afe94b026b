//! What a command works on: where the book is, and the key under which its secrets are kept.
//!
//! Beside a book in a folder the key makes itself, in a file of its own, so that a copy of the book alone gives no
//! secret away. For a database it must be named: every server of the book needs the same.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use app::SystemEnvironment;
use app::vault::Vault;

use crate::book;
use crate::location::Location;

/// The name of the key in a data folder.
const KEY_FILE: &str = "secret.key";

/// Where the book is, and what opens its secrets.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) location: Location,
    /// As the operator named it.
    pub(crate) secret_key_file: Option<PathBuf>,
}

impl Site {
    /// The keys, newest first; `None` for a database without a named file: it can keep no secret.
    pub(crate) fn vault(&self) -> anyhow::Result<Option<Vault>> {
        match (&self.secret_key_file, &self.location) {
            (Some(path), _) => read(path).map(Some),
            (None, Location::Folder(folder)) => {
                book::make_folder(folder)?;
                let path = folder.join(KEY_FILE);
                make(&path)?;
                read(&path).map(Some)
            }
            (None, Location::Database(_)) => Ok(None),
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Vault> {
    let what = || format!("cannot read the secret key {}", path.display());
    let text = std::fs::read_to_string(path).with_context(what)?;
    let mode = std::fs::metadata(path)
        .with_context(what)?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        tracing::warn!(
            file = %path.display(),
            "others of this machine may read the secret key; `chmod 600` it"
        );
    }
    Vault::read(&text).with_context(what)
}

/// Makes the key unless there is one; whoever is second uses the first one's.
fn make(path: &Path) -> anyhow::Result<()> {
    let what = || format!("cannot make the secret key {}", path.display());
    if path.exists() {
        return Ok(());
    }
    let key = Vault::generate(&SystemEnvironment::default());
    let text = format!(
        "# Opens the secrets of this book. Keep it, and not with the copies of the book.\n{key}\n"
    );
    // Whole under another name first: nobody may read half a key.
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".secret.key")
        .make_in(folder, |path| {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(0o600).open(path)
        })
        .with_context(what)?;
    file.write_all(text.as_bytes()).with_context(what)?;
    file.as_file().sync_all().with_context(what)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error).with_context(what),
    }
}
