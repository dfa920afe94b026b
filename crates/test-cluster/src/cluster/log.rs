//! What the server says: one file, from its first start to its last. Not cut into levels or lines of one client.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::Result;

const LAST_WORDS_LINES: usize = 30;

pub(super) struct Log(PathBuf);

impl Log {
    pub(super) fn at(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// For the server to write to, after what it holds already.
    pub(super) fn open(&self) -> Result<File> {
        Ok(OpenOptions::new().create(true).append(true).open(&self.0)?)
    }

    pub(super) fn said_since(&self, start_bytes: u64) -> Result<String> {
        let mut log = File::open(&self.0)?;
        log.seek(SeekFrom::Start(start_bytes))?;
        let mut said = Vec::new();
        log.read_to_end(&mut said)?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    pub(super) fn last_words(&self) -> String {
        let text = self.said_since(0).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(LAST_WORDS_LINES)..].join("\n")
    }
}
