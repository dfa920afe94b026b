//! No room left on the database's volume: a small one of the test's own, which needs a user who may mount. Where that is
//! refused the test says so and sees nothing.

mod volume;

use test_cluster::{Cluster, Options};

use crate::clock::ask_until;
use crate::cluster::{self, Scene, ask};
use crate::pressure::write_through;
use volume::Volume;

const MEGABYTES: u64 = 192;
const ACKNOWLEDGED: usize = 300;
/// Segments of the log that may lie ready, and a few more.
const SEGMENTS: usize = 20;

#[test]
fn a_full_volume_loses_nothing() {
    if !cluster::is_wanted() {
        return;
    }
    let volume = match Volume::mount(MEGABYTES) {
        Ok(volume) => volume,
        Err(why) => {
            println!("skipped: a small volume cannot be mounted here: {why}");
            return;
        }
    };
    // The log stays small, so that there is little of it to use up.
    let options = Options::default()
        .in_folder(volume.folder())
        .set("min_wal_size", "32MB")
        .set("max_wal_size", "64MB")
        .set("shared_buffers", "32MB");
    let mut cluster = cluster::start(&options);
    let mut scene = Scene::set(&cluster.url());
    let tally = write_through(&mut scene.writers, |heard| {
        heard.wait_for_successes(ACKNOWLEDGED);
        volume.fill();
        // Tables cannot grow: the statement fails, and PostgreSQL goes on.
        heard.wait_until("the volume to be full", |tally| tally.full > 10);
        println!("tables full: {} say 507", heard.so_far().full);
        use_up_the_log(&cluster);
        // Nor can the log: PostgreSQL stops itself rather than lose anything, and cannot start.
        heard.wait_for_refusals(ACKNOWLEDGED / 10);
        volume.make_room();
        bring_back(&mut cluster);
        heard.wait_for_successes(ACKNOWLEDGED);
    });
    println!(
        "{} successes, {} say 507, {} say 503; no success for {:?}",
        tally.successes, tally.full, tally.refusals, tally.outage
    );
    scene.check();
    let log = std::fs::read_to_string(cluster.log_file()).expect("a log");
    for said in ["could not extend file", "could not write to file"] {
        assert!(log.contains(said), "{said}: {log}");
    }
    let broken = "SELECT count(*) FROM pg_stat_database WHERE checksum_failures > 0";
    assert_eq!(ask(&cluster, broken), "0");
}

/// It may have recovered by itself, be at it, or have given up.
fn bring_back(cluster: &mut Cluster) {
    ask_until("PostgreSQL to be back", || {
        if cluster.pid().is_none() {
            println!("PostgreSQL went down and is started again");
            cluster.start_again().expect("there is room now");
        }
        cluster.query("SELECT 1").ok()
    });
}

/// Goes to the next segment of the log until there is no room for one.
fn use_up_the_log(cluster: &Cluster) {
    let mut switches = 0;
    while cluster
        .query("SELECT pg_logical_emit_message(false, 'test', 'x'), pg_switch_wal()")
        .is_ok()
    {
        switches += 1;
        assert!(switches < SEGMENTS, "the log finds room");
    }
    println!("the log is full after {switches} segments");
}
