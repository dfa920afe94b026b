//! What befalls a database under load: killed and started again, connections cut, a lead held by a stranger, read-only, no
//! room left. Only 2xx and 503 (507 for want of room), nothing acknowledged lost, and the server recovers by itself.

use std::time::Duration;

use serde_json::json;
use test_cluster::Options;

use crate::clock::{ask_until, now};
use crate::cluster::{self, Scene, Stranger, ask};
use crate::http::Request;
use crate::pressure::write_through;

const KILLS: usize = 3;
const CUTS: usize = 40;
const ACKNOWLEDGED: usize = 300;
/// The patience with a batch, and once more because another may be before it.
const LET_GO_WITHIN: Duration = Duration::from_secs(22);

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

/// At rest nobody notices, and the first who write afterwards are not told of it.
#[test]
fn a_server_at_rest_survives_a_restart_unseen() {
    if !cluster::is_wanted() {
        return;
    }
    let mut cluster = cluster::start(&Options::default());
    let mut scene = Scene::set(&cluster.url());
    for _ in 0..2 {
        let each = scene.writers.iter_mut();
        each.for_each(|writer| writer.write().expect("an answer"));
        cluster.stop().expect("it stops");
        cluster.start_again().expect("it starts");
        // The connections for reads are listened to, but this may be faster.
        let mut client = scene.server.client(&scene.workspace.key);
        let read = Request::new("GET", &scene.leads[0].path(), None);
        ask_until("reads", || client.ask(&read).is_success().then_some(()));
    }
    let each = scene.writers.iter_mut();
    each.for_each(|writer| writer.write().expect("an answer"));
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

/// A Leadbook that is frozen between locking leads and writing them must not keep another from these leads.
#[test]
fn a_frozen_server_lets_its_leads_go() {
    if !cluster::is_wanted() {
        return;
    }
    let cluster = cluster::start(&Options::default());
    let mut scene = Scene::set(&cluster.url());
    let other = scene.book.serve();
    let mut client = other.client(&scene.workspace.key);
    let in_transaction = "SELECT count(*) > 0 FROM pg_stat_activity \
         WHERE application_name = 'leadbook' AND state = 'idle in transaction'";
    let (server, leads) = (&scene.server, &scene.leads);
    write_through(&mut scene.writers, |heard| {
        ask_until("it to be frozen at a bad moment", || {
            server.freeze();
            let is_bad = ask(&cluster, in_transaction) == "t";
            if !is_bad {
                server.thaw();
                heard.wait_for_successes(1);
            }
            is_bad.then_some(())
        });
        let frozen = now();
        for lead in leads {
            let body = json!({"variables": {"other": 1}});
            let request = Request::new("PATCH", &lead.path(), Some(&body));
            ask_until("the lead to be let go", || {
                client.ask(&request).is_success().then_some(())
            });
        }
        let held = frozen.elapsed();
        println!("all leads were written by the other after {held:?}");
        assert!(held < LET_GO_WITHIN, "held for {held:?}");
        server.thaw();
        heard.wait_for_successes(ACKNOWLEDGED);
    });
    scene.check();
    other.stop();
}

/// How a lead that somebody else holds is for those who want it, and for those who want others.
#[test]
fn a_stranger_holds_a_lead() {
    if !cluster::is_wanted() {
        return;
    }
    let cluster = cluster::start(&Options::default());
    let mut scene = Scene::set(&cluster.url());
    let mut client = scene.server.client(&scene.workspace.key);
    let held = scene.workspace.lead(&mut client);
    let body = json!({"variables": {"held": 1}});
    let request = Request::new("PATCH", &held.path(), Some(&body));
    let tally = write_through(&mut scene.writers, |heard| {
        heard.wait_for_successes(ACKNOWLEDGED);
        let lock = format!("SELECT FROM leads WHERE id = {} FOR UPDATE", held.number);
        let stranger = Stranger::hold(&cluster, &lock);
        for _ in 0..3 {
            let (started, before) = (now(), heard.so_far());
            let answer = client.ask(&request);
            let (took, after) = (started.elapsed(), heard.so_far());
            println!(
                "{} after {took:?}; others: {} successes, {} refusals",
                answer.status,
                after.successes - before.successes,
                after.refusals - before.refusals
            );
            assert_eq!(answer.status, 503, "{}", answer.text());
            assert!(took < LET_GO_WITHIN, "waited for {took:?}");
            assert!(
                after.successes > before.successes,
                "others went on meanwhile"
            );
        }
        drop(stranger);
        assert_eq!(client.ask(&request).status, 200, "it was let go");
        heard.wait_for_successes(ACKNOWLEDGED);
    });
    println!("no success of any other for {:?}", tally.outage);
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
