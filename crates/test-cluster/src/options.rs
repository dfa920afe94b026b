//! What a cluster may be told when it is made. Values only.

use std::path::PathBuf;

/// What suits tests: room for many clients at once, and for standbys. fsync stays on, as in production.
const FOR_TESTS: [(&str, &str); 4] = [
    ("max_connections", "300"),
    ("shared_buffers", "128MB"),
    ("wal_level", "replica"),
    ("max_wal_senders", "10"),
];

/// How to make a cluster. The default is what most tests want.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Lines of postgresql.conf, after the crate's own and, for a standby, after those of its primary.
    pub settings: Vec<(String, String)>,
    /// Where to make the data folder, for example a small volume of its own. Log and sockets stay in the temporary folder,
    /// so that a full volume can still be told about.
    pub folder: Option<PathBuf>,
    /// For a standby: the name `synchronous_standby_names` of its primary may list.
    pub application_name: Option<String>,
    /// A file that holds the URL for as long as the cluster exists, however its process ends.
    pub url_file: Option<PathBuf>,
}

impl Options {
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn in_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Names a standby to its primary.
    #[must_use]
    pub fn named(mut self, application_name: &str) -> Self {
        self.application_name = Some(application_name.to_owned());
        self
    }

    #[must_use]
    pub fn url_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.url_file = Some(file.into());
        self
    }

    pub(crate) fn defaults() -> Self {
        let set = |options: Self, (name, value): (&str, &str)| options.set(name, value);
        FOR_TESTS.into_iter().fold(Self::default(), set)
    }

    /// The settings as postgresql.conf wants them.
    pub(crate) fn lines(&self) -> String {
        let line = |(name, value): &(String, String)| format!("{name} = {}\n", quoted(value));
        self.settings.iter().map(line).collect()
    }
}

/// Between single quotes, as both postgresql.conf and a connection string understand it.
pub(crate) fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}
