//! Where things lie: a chosen folder, a binary nobody may reach, and nothing left at the end.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use test_cluster::{Binaries, Cluster, Options};

use crate::{binaries, cluster, is_running};

#[test]
fn dropping_a_cluster_leaves_nothing() {
    let cluster = cluster();
    let (pid, data) = (cluster.pid().unwrap(), cluster.folder().to_owned());
    let home = cluster.log_file().parent().unwrap().to_owned();
    assert!(data.exists() && home.exists() && is_running(pid));
    drop(cluster);
    assert!(!data.exists() && !home.exists() && !is_running(pid));
}

#[test]
fn data_lies_in_the_chosen_folder_however_long_its_path() {
    // Too long for the path of a socket, which therefore lies elsewhere.
    let outside = tempfile::Builder::new()
        .prefix(&"long".repeat(30))
        .tempdir_in("/tmp")
        .unwrap();
    fs::set_permissions(outside.path(), Permissions::from_mode(0o755)).unwrap();
    let options = Options::default().in_folder(outside.path());
    let cluster = Cluster::start(&binaries(), &options).unwrap();
    assert!(cluster.folder().starts_with(outside.path()));
    assert_eq!(
        cluster.query("SHOW data_directory").unwrap(),
        cluster.folder().to_string_lossy()
    );
    drop(cluster);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn the_url_stands_in_its_file_while_the_cluster_exists() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("url");
    let options = Options::default().url_file(&file);
    let cluster = Cluster::start(&binaries(), &options).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), cluster.url());
    drop(cluster);
    assert!(!file.exists());
}

/// As in a checkout in root's home, which the account of the servers cannot enter.
#[test]
fn binaries_in_a_closed_folder_work() {
    let closed = tempfile::tempdir().unwrap();
    fs::set_permissions(closed.path(), Permissions::from_mode(0o700)).unwrap();
    let postgres = binaries().command("postgres").get_program().to_owned();
    let from = std::path::Path::new(&postgres)
        .ancestors()
        .nth(2)
        .unwrap()
        .to_owned();
    let copied = Command::new("cp")
        .arg("-RP")
        .arg(from)
        .arg(closed.path().join("copy"))
        .status();
    assert!(copied.unwrap().success());
    let copy = Binaries::at(closed.path().join("copy/bin")).unwrap();
    let cluster = Cluster::start(&copy, &Options::default()).unwrap();
    assert_eq!(cluster.query("SELECT 1").unwrap(), "1");
}

#[test]
fn a_folder_without_a_server_is_refused() {
    let empty = tempfile::tempdir().unwrap();
    assert!(Binaries::at(empty.path()).is_err());
}
