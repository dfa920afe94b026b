//! What befalls a database under load: killed and started again, connections cut, a lead held by a stranger, read-only, no
//! room left. Only 2xx and 503 (507 for want of room), nothing acknowledged lost, and the server recovers by itself.

use test_cluster::Options;

use crate::clock::now;
use crate::cluster::{self, Scene, ask};
use crate::pressure::write_through;

const KILLS: usize = 3;
const CUTS: usize = 40;
const ACKNOWLEDGED: usize = 300;

#[test]
fn a_database_is_killed_and_started_again() {
    if !cluster::is_wanted() {
        return;
    }
    let mut cluster = cluster::start(&Options::default());
    let mut scene = Scene::set(&cluster.url());
    for _ in 0..KILLS {
        let tally = write_through(&mut scene.writers, |heard| {
            heard.wait_for_successes(ACKNOWLEDGED);
            cluster.kill_9().expect("it runs");
            heard.wait_for_refusals(2 * ACKNOWLEDGED / 10);
            let started = now();
            cluster.start_again().expect("it starts");
            println!("PostgreSQL took {:?} to start", started.elapsed());
            heard.wait_for_successes(ACKNOWLEDGED);
        });
        println!("no success for {:?}", tally.outage);
    }
    scene.check();
}

#[test]
fn connections_are_cut_again_and_again() {
    if !cluster::is_wanted() {
        return;
    }
    let cluster = cluster::start(&Options::default());
    let mut scene = Scene::set(&cluster.url());
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE application_name = 'leadbook'";
    let mut cuts = 0;
    let tally = write_through(&mut scene.writers, |heard| {
        for _ in 0..CUTS {
            heard.wait_for_successes(5);
            let count = ask(&cluster, cut);
            cuts += count.parse::<usize>().expect("a number");
        }
        heard.wait_for_successes(ACKNOWLEDGED);
    });
    println!(
        "{cuts} connections cut: {} successes, {} refusals, {:?} without a success",
        tally.successes, tally.refusals, tally.outage
    );
    assert!(cuts >= CUTS, "there was something to cut");
    assert!(tally.refusals > 0, "none was cut at work");
    scene.check();
}

#[test]
fn a_database_is_made_read_only() {
    if !cluster::is_wanted() {
        return;
    }
    let cluster = cluster::start(&Options::default());
    let mut scene = Scene::set(&cluster.url());
    let set = |value: &str| {
        ask(
            &cluster,
            &format!("ALTER SYSTEM SET default_transaction_read_only = {value}"),
        );
        ask(&cluster, "SELECT pg_reload_conf()");
    };
    let tally = write_through(&mut scene.writers, |heard| {
        heard.wait_for_successes(ACKNOWLEDGED);
        set("on");
        heard.wait_for_refusals(ACKNOWLEDGED / 2);
        set("off");
        heard.wait_for_successes(ACKNOWLEDGED);
    });
    println!("{} refusals", tally.refusals);
    scene.check();
}
