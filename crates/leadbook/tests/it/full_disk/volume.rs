//! A small volume in a file, filled and emptied at will. It goes with its value, and also if the test is killed: a shell
//! waits for the end of a pipe that only we can write to.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

const CLEAN_UP: &str = r#"trap '' HUP INT TERM
read -r line
umount -l "$1"
rm -rf -- "$2""#;

pub(super) struct Volume {
    folder: PathBuf,
    guard: Child,
}

impl Volume {
    /// With an empty ext4; an error is why it cannot be.
    pub(super) fn mount(megabytes: u64) -> Result<Self, String> {
        // Not where only root may look: PostgreSQL runs as somebody else.
        let home = TempDir::with_prefix_in("leadbook-volume-", "/tmp");
        let home = home.map_err(|error| error.to_string())?;
        let (image, folder) = (home.path().join("image"), home.path().join("volume"));
        let file = File::create(&image).map_err(|error| error.to_string())?;
        file.set_len(megabytes << 20)
            .map_err(|error| error.to_string())?;
        fs::create_dir(&folder).map_err(|error| error.to_string())?;
        // Nothing kept back for root: full is full for everybody.
        run(Command::new("mkfs.ext4")
            .args(["-q", "-m", "0"])
            .arg(&image))?;
        run(Command::new("mount")
            .args(["-o", "loop"])
            .args([&image, &folder]))?;
        let home = home.keep();
        let guard = Command::new("sh")
            .args(["-c", CLEAN_UP, "leadbook-volume-guard"])
            .args([&folder, &home])
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("a shell");
        let volume = Self { folder, guard };
        run(Command::new("chmod")
            .arg("755")
            .args([&home, &volume.folder]))?;
        Ok(volume)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }

    /// Takes all the room that is left.
    pub(super) fn fill(&self) {
        let mut ballast = File::create(self.ballast()).expect("a file");
        let zeros = [0; 4096];
        while ballast.write_all(&zeros).is_ok() {}
        let _ = ballast.sync_all();
    }

    pub(super) fn make_room(&self) {
        fs::remove_file(self.ballast()).expect("the ballast");
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // Waiting closes the pipe first.
        let _ = self.guard.wait();
    }
}

/// Runs a program that must succeed; an error is what it said.
fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let mut said = String::new();
    let _ = (&*output.stderr).read_to_string(&mut said);
    Err(said.trim().to_owned())
}
