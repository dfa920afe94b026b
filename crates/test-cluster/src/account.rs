//! Whose processes the servers are. PostgreSQL refuses to run as root, so root lends them to `nobody`; anybody else runs
//! them as themselves.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::output;

const UNPRIVILEGED: &str = "nobody";

#[derive(Clone, Copy, Debug)]
pub(crate) enum Account {
    Ourselves,
    Unprivileged { user: u32, group: u32 },
}

impl Account {
    pub(crate) fn of_servers() -> Result<Self> {
        if fs::metadata("/proc/self")?.uid() != 0 {
            return Ok(Self::Ourselves);
        }
        let id = |what| -> Result<u32> {
            let text = output(Command::new("id").args([what, UNPRIVILEGED]))
                .context("PostgreSQL does not run as root and needs the user nobody")?;
            Ok(text.trim().parse()?)
        };
        Ok(Self::Unprivileged {
            user: id("-u")?,
            group: id("-g")?,
        })
    }

    /// Makes the program run as this account.
    pub(crate) fn take(self, command: &mut Command) -> &mut Command {
        match self {
            Self::Ourselves => command,
            Self::Unprivileged { user, group } => command.uid(user).gid(group),
        }
    }

    /// Makes the account the owner of a file or folder.
    pub(crate) fn own(self, path: &Path) -> Result<()> {
        if let Self::Unprivileged { user, group } = self {
            chown(path, Some(user), Some(group))
                .with_context(|| format!("cannot give {} away", path.display()))?;
        }
        Ok(())
    }
}
