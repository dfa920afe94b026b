//! Where the book is: in a folder of this machine, or in a PostgreSQL database. Reads `--database` and `--data-dir`,
//! and says the place in words that hold no password (`database`). Opens nothing: that is `book`.

mod database;

use std::fmt;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::ArgMatches;
use clap::parser::ValueSource;

pub(crate) use database::Database;

/// Where the book is. Shown as it follows "the book is in".
#[derive(Clone, Debug)]
pub(crate) enum Location {
    /// One SQLite file and its log.
    Folder(PathBuf),
    Database(Database),
}

/// A URL as it was given. It may hold a password, so that nothing shows it.
#[derive(Clone)]
pub(crate) struct SecretUrl(String);

impl Location {
    /// What the options say. What is typed wins over the environment, and a database over a folder; both typed is a
    /// mistake that could change the wrong book.
    pub(crate) fn choose(
        database: Option<&SecretUrl>,
        data_dir: PathBuf,
        matches: &ArgMatches,
    ) -> anyhow::Result<Self> {
        let is_typed = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
        // A variable that is set to nothing is how compose files and units say "not set".
        let given = database.filter(|url| !url.0.is_empty() || is_typed("database"));
        match (given, is_typed("database"), is_typed("data_dir")) {
            (Some(_), true, true) => {
                anyhow::bail!("--database and --data-dir name two books; leave one of them out")
            }
            (Some(url), is_database_typed, is_folder_typed)
                if is_database_typed || !is_folder_typed =>
            {
                Self::read(&url.0)
            }
            _ => Ok(Self::Folder(data_dir)),
        }
    }

    /// What an option of a command says, in the words of `--database`.
    pub(crate) fn of_option(option: &str, url: &SecretUrl) -> anyhow::Result<Self> {
        Self::read(&url.0)
            .map_err(|error| anyhow::anyhow!(format!("{error:#}").replace("--database", option)))
    }

    fn read(url: &str) -> anyhow::Result<Self> {
        const FORMS: &str =
            "write postgres://USER:PASSWORD@HOST:PORT/DATABASE, or sqlite://FOLDER for a folder";
        // What is no URL may still have a password in it: it is not repeated.
        let (scheme, rest) = url
            .split_once("://")
            .with_context(|| format!("--database is no URL; {FORMS}"))?;
        match scheme {
            "postgres" | "postgresql" => Database::read(url, rest).map(Self::Database),
            "sqlite" if rest.is_empty() => {
                anyhow::bail!("--database sqlite:// names no folder; {FORMS}")
            }
            "sqlite" => Ok(Self::Folder(PathBuf::from(rest))),
            _ => anyhow::bail!("--database: there is no store of this kind; {FORMS}"),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}/", folder.display()),
            Self::Database(database) => write!(f, "{database}"),
        }
    }
}

impl From<String> for SecretUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretUrl(…)")
    }
}

#[cfg(test)]
mod tests;
