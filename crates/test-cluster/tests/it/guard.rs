//! A process that is killed cannot clean up; its cluster must go all the same.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::park;

use test_cluster::Cluster;

use crate::{binaries, cluster, is_running};

const ROLE: &str = "TEST_CLUSTER_ROLE";
/// Some ten seconds' worth; two or three are usual.
const LOOKS_MAX: usize = 1_000;
const MARK: &str = "cluster: ";

/// Runs itself again as the process that is killed.
#[test]
fn the_cluster_of_a_killed_process_goes() {
    if std::env::var_os(ROLE).is_some() {
        return tell_and_hang(&cluster());
    }
    let name = "guard::the_cluster_of_a_killed_process_goes";
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(ROLE, "victim")
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let mut lines = lines.map(|line| line.unwrap());
    let told = lines
        .find_map(|line| Some(line.split_once(MARK)?.1.to_owned()))
        .unwrap();
    let (pid, folder) = told.split_once(' ').unwrap();
    let (pid, folder) = (pid.parse().unwrap(), Path::new(folder));
    assert!(is_running(pid) && folder.exists());
    // The whole group, as nextest does with a test that takes too long.
    let kill = format!("kill -KILL -{}", victim.id());
    Command::new("sh").args(["-c", &kill]).status().unwrap();
    assert!(!victim.wait().unwrap().success(), "it was killed");
    // The guard is no child of ours to wait for. Each look starts a program, so that nothing sleeps.
    let mut looks = (0..LOOKS_MAX).map(|_| binaries().version().unwrap());
    let is_gone = looks.any(|_| !is_running(pid) && !folder.exists());
    assert!(is_gone, "{} outlived its process", folder.display());
}

#[expect(clippy::print_stdout, reason = "how the victim tells its parent")]
fn tell_and_hang(cluster: &Cluster) {
    println!(
        "{MARK}{} {}",
        cluster.pid().unwrap(),
        cluster.folder().display()
    );
    loop {
        park();
    }
}
