//! A primary with two standbys, of which one must have every commit (`ANY 1`), and what becomes of the book when one of
//! the three dies. One Leadbook goes through it all without a restart.

use std::time::Duration;

use test_cluster::{Cluster, Options};

use crate::clock::{ask_until, now};
use crate::cluster::{self, Scene, ask};
use crate::http::Request;
use crate::pressure::write_through;

/// The same on all three: a server is never its own standby.
const QUORUM: &str = "ANY 1 (one, two, three)";
const ACKNOWLEDGED: usize = 400;
/// Two times the patience with a batch: one may be waited for that began before.
const ANSWERED_WITHIN: Duration = Duration::from_secs(25);
/// As many as are sure to be of several batches: no writer has more than one request under way.
const BATCHES: usize = 12;

struct Trio {
    one: Cluster,
    two: Cluster,
    three: Cluster,
}

impl Trio {
    fn start() -> Self {
        // By default a standby that lost its primary looks for it every five seconds.
        let retry = Options::default().set("wal_retrieve_retry_interval", "500ms");
        let one = cluster::start(&retry);
        let standby = |name: &str| {
            let options = Options::default().named(name);
            let options = options.set("synchronous_standby_names", QUORUM);
            one.base_backup(&options).expect("a standby")
        };
        let (two, three) = (standby("two"), standby("three"));
        // Not before they are there: commits would wait for them.
        ask(
            &one,
            &format!("ALTER SYSTEM SET synchronous_standby_names = '{QUORUM}'"),
        );
        ask(&one, "SELECT pg_reload_conf()");
        let both = "SELECT count(*) = 2 FROM pg_stat_replication WHERE sync_state = 'quorum'";
        cluster::wait_until(&one, "both standbys to follow", both);
        Self { one, two, three }
    }
}

/// Of whichever of them is the primary.
fn url(hosts: [&Cluster; 3]) -> String {
    let host = |cluster: &Cluster| format!("127.0.0.1:{}", cluster.port());
    let hosts = hosts.map(host).join(",");
    format!("postgres://postgres@{hosts}/postgres?target_session_attrs=read-write")
}

/// How much of the log a standby has on its disk.
fn received_bytes(standby: &Cluster) -> u64 {
    let sql = "SELECT pg_last_wal_receive_lsn() - '0/0'";
    ask(standby, sql).parse().expect("a number of bytes")
}

/// Makes a standby follow another primary; needs no restart.
fn follow(standby: &Cluster, name: &str, primary: &Cluster) {
    let port = primary.port();
    let from = format!("host=127.0.0.1 port={port} user=postgres application_name={name}");
    ask(
        standby,
        &format!("ALTER SYSTEM SET primary_conninfo = '{from}'"),
    );
    ask(standby, "SELECT pg_reload_conf()");
}

/// Makes one of the standbys the primary, and the other its standby.
fn take_over(trio: &Trio) {
    // A commit was acknowledged as soon as one of the two had it, whichever that was. The log is one sequence, and who has
    // a later byte of it has every earlier one: so the one that is ahead has all that either of them confirmed, and the
    // other perhaps not.
    let (two, three) = (received_bytes(&trio.two), received_bytes(&trio.three));
    println!("two has {two} bytes of log, three {three}");
    let (next, other, name) = if two >= three {
        (&trio.two, &trio.three, "three")
    } else {
        (&trio.three, &trio.two, "two")
    };
    next.promote().expect("it takes over");
    // Without this there is nobody to confirm, and commits wait.
    follow(other, name, next);
}

#[test]
fn a_standby_takes_over_and_nothing_acknowledged_is_lost() {
    if !cluster::is_wanted() {
        return;
    }
    let mut trio = Trio::start();
    let mut scene = Scene::set(&url([&trio.two, &trio.one, &trio.three]));
    let mut took_over = Duration::ZERO;
    let tally = write_through(&mut scene.writers, |heard| {
        heard.wait_for_successes(ACKNOWLEDGED);
        trio.one.kill_9().expect("it runs");
        let killed = now();
        heard.wait_for_refusals(1);
        take_over(&trio);
        took_over = killed.elapsed();
        heard.wait_for_successes(ACKNOWLEDGED);
    });
    println!(
        "promoted and repointed after {took_over:?}; no success for {:?}, {} refusals",
        tally.outage, tally.refusals
    );
    scene.check();
}

/// The worst of failures: the primary still takes connections and answers nothing. It is the first of the URL's hosts.
#[test]
fn a_frozen_primary_is_left_behind() {
    if !cluster::is_wanted() {
        return;
    }
    let mut trio = Trio::start();
    let mut scene = Scene::set(&url([&trio.one, &trio.two, &trio.three]));
    let read = Request::new("GET", &scene.leads[0].path(), None);
    let mut client = scene.server.client(&scene.workspace.key);
    let mut recovered = Duration::ZERO;
    let tally = write_through(&mut scene.writers, |heard| {
        heard.wait_for_successes(ACKNOWLEDGED);
        cluster::freeze(&trio.one);
        let frozen = now();
        let answer = client.ask(&read);
        println!("a read: {} after {:?}", answer.status, frozen.elapsed());
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(frozen.elapsed() < ANSWERED_WITHIN, "a read waited");
        take_over(&trio);
        let took_over = now();
        ask_until("reads to go on", || {
            client.ask(&read).is_success().then_some(())
        });
        heard.wait_for_successes(ACKNOWLEDGED);
        recovered = took_over.elapsed();
    });
    println!(
        "well {recovered:?} after the promotion; no success for {:?}, {} refusals",
        tally.outage, tally.refusals
    );
    // Awake it would still take itself for the primary, and be the first that is asked.
    trio.one.kill_9().expect("it is there");
    scene.check();
}

#[test]
fn without_a_standby_nothing_is_acknowledged() {
    if !cluster::is_wanted() {
        return;
    }
    let mut trio = Trio::start();
    let mut scene = Scene::set(&url([&trio.two, &trio.one, &trio.three]));
    let path = scene.leads[0].path();
    let mut client = scene.server.client(&scene.workspace.key);
    let tally = write_through(&mut scene.writers, |heard| {
        heard.wait_for_successes(ACKNOWLEDGED);
        trio.two.kill_9().expect("it runs");
        // One is enough.
        heard.wait_for_successes(ACKNOWLEDGED);
        trio.three.kill_9().expect("it runs");
        heard.wait_for_refusals(1);
        // What both lanes had under way with a standby's help is over by now.
        let before = heard.so_far();
        heard.wait_for_refusals(BATCHES);
        assert_eq!(heard.so_far().successes, before.successes, "acknowledged");
        let waiting = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        assert_eq!(ask(&trio.one, waiting), "t", "commits wait");
        // Reads go on.
        let shown = client.ask(&Request::new("GET", &path, None));
        assert_eq!(shown.status, 200, "{}", shown.text());
        trio.three.start_again().expect("a standby returns");
        let returned = now();
        heard.wait_for_successes(1);
        println!("{:?} after a standby returned", returned.elapsed());
        heard.wait_for_successes(ACKNOWLEDGED);
    });
    println!(
        "no success for {:?}, {} refusals",
        tally.outage, tally.refusals
    );
    scene.check();
}
