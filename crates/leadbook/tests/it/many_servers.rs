//! Several servers over one database, one of which dies half way: what every one of them promises alone they promise
//! together. Always on PostgreSQL, whatever the other tests run on.
//!
//! The load: writers in every vendor's words, some that stay with a server and some that go round; dialers (`dialers`);
//! queued updates whose results are told to two callbacks (`told`). Whoever's server dies goes to the next.

mod dialers;
mod told;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::limits::{DELIVERIES_PER_HOST_MAX, DELIVERY_LEASE_MS, JOB_LEASE_MS};
use serde_json::json;

use crate::clock::{PATIENCE, ask_for, now};
use crate::history::{self, Checked};
use crate::http::{Client, Request};
use crate::random::Random;
use crate::receiver::Recorder;
use crate::server::{Book, Server};
use crate::world::{self, Lead, Workspace};
use crate::writers::{Counter, Words, Writer};
use dialers::{Dialer, Held};

/// Leads per server that one writer of each vendor has for itself, and that the others share.
const LEADS: usize = 4;
/// Leads that are called.
const CALLED: usize = 10;
const DIALERS: usize = 2;
/// Acknowledged requests before one server is killed, and at least as many after it.
const REQUESTS: usize = 1_500;
/// Where the results go, told apart by their paths.
const CALLBACKS: [&str; 2] = ["/one", "/other"];
/// What the dead server had to itself comes back within this.
const LEASE: Duration = Duration::from_millis((DELIVERY_LEASE_MS + JOB_LEASE_MS).cast_unsigned());
/// The bound on a revoked key and a new campaign, with what it takes to ask.
const A_SECOND: Duration = Duration::from_millis(1_200);

/// The servers, as their clients see them.
#[derive(Clone, Copy)]
struct Route<'a> {
    servers: &'a [SocketAddr],
    /// The one that is going to die, and whose clients may lose answers.
    victim: SocketAddr,
    is_over: &'a AtomicBool,
    done: &'a Counter,
}

/// A writer and where it goes.
struct Errand {
    writer: Writer,
    at: usize,
    /// Goes to the next server with every request.
    is_roaming: bool,
}

impl Route<'_> {
    fn server(&self, at: usize) -> SocketAddr {
        self.servers[at % self.servers.len()]
    }

    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }

    /// Of the victim everybody may hear nothing; of nobody else.
    fn lost(&self, at: usize, what: &dyn std::fmt::Debug) {
        assert_eq!(self.server(at), self.victim, "{what:?}");
    }
}

impl Errand {
    fn run(&mut self, route: Route<'_>) {
        while route.goes_on() {
            match self.writer.write() {
                Ok(()) => route.done.add(),
                Err(error) => {
                    route.lost(self.at, &error);
                    self.go_on(route);
                }
            }
            if self.is_roaming {
                self.go_on(route);
            }
        }
    }

    fn go_on(&mut self, route: Route<'_>) {
        self.at += 1;
        self.writer.reconnect(route.server(self.at));
    }
}

/// One writer of each vendor per server, and some that go round. Those whose words replace what another wrote have
/// leads of their own.
fn errands(workspace: &Workspace, leads: &[Lead], servers: &[SocketAddr]) -> Vec<Errand> {
    let mut errands = Vec::new();
    let mut add = |name: &str, words, leads: &[Lead], at: usize, is_roaming| {
        let writer = Writer::new(name, words, workspace, leads, servers[at]);
        errands.push(Errand {
            writer,
            at,
            is_roaming,
        });
    };
    for at in 0..servers.len() {
        let own = &leads[at * LEADS..(at + 1) * LEADS];
        for words in Words::ALL {
            let is_merging = Words::MERGING.contains(&words);
            let leads = if is_merging { leads } else { own };
            add(&format!("{}{at}", words.name()), words, leads, at, false);
        }
    }
    for words in Words::MERGING {
        add(&format!("{}_round", words.name()), words, leads, 0, true);
    }
    errands
}

fn serve(book: &Book) -> Server {
    book.serve_with(&["--allow-webhook-to", "127.0.0.0/8"])
}

fn mixed_load(name: &str, count: usize) {
    let mut random = Random::of_test(name);
    let book = Book::in_postgres();
    let recorder = Recorder::start();
    let urls = CALLBACKS.map(|path| recorder.url(path));
    let callbacks = ["--callback", &urls[0], "--callback", &urls[1]];
    let workspace = Workspace::with_process(&book, "Many", &callbacks);
    let mut servers: Vec<_> = (0..count).map(|_| serve(&book)).collect();
    let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
    let mut client = servers[0].client(&workspace.key);
    let leads = workspace.leads(&mut client, count * LEADS);
    // In a campaign of their own, so that a writer's lead is never called.
    let calls = world::create(
        &book,
        workspace.number,
        &["campaign", "create", "--name", "Calls"],
    );
    let calls = world::Campaign::of(&calls).number;
    let called = dialers::leads(&mut client, calls, CALLED);
    let mut errands = errands(&workspace, &leads, &addresses);
    let held = Held::default();
    let mut dialers: Vec<_> = (0..count * DIALERS)
        .map(|index| Dialer::new(&workspace.key, calls, &called, index, random.split(), &held))
        .collect();

    let victim = servers.remove(random.below(count));
    let (done, is_over) = (Counter::default(), AtomicBool::new(false));
    let route = Route {
        servers: &addresses,
        victim: victim.address,
        is_over: &is_over,
        done: &done,
    };
    std::thread::scope(|scope| {
        // However this ends, the others must hear of it.
        let _over = Over(&is_over);
        for errand in &mut errands {
            scope.spawn(|| errand.run(route));
        }
        for dialer in &mut dialers {
            scope.spawn(|| dialer.run(route));
        }
        done.wait_for(REQUESTS);
        random.dawdle(2_000);
        victim.kill_9();
        done.wait_for(2 * REQUESTS);
    });

    let mut client = servers[0].client(&workspace.key);
    wait_for_results(&book, &recorder, &errands);
    let checked: Vec<_> = leads
        .iter()
        .map(|lead| check(&mut client, &errands, lead))
        .collect();
    let again: usize = CALLBACKS
        .iter()
        .map(|path| told::check(&recorder.sent_to(path), &leads, &checked))
        .sum();
    // What the victim was at when it died is told again; two that live tell nothing twice.
    assert!(again <= DELIVERIES_PER_HOST_MAX, "{again} told again");
    dialers::check(&mut client, &dialers, &called);
    for server in &servers {
        // Nobody's view is behind.
        let mut client = server.client(&workspace.key);
        for (lead, checked) in leads.iter().zip(&checked) {
            assert_eq!(client.get(&lead.path()), checked.lead);
        }
    }
    servers.into_iter().for_each(Server::stop);
    book.assert_well();
}

/// Ends the load with its scope, also when that ends in a panic.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Every accepted update has run, and every result is told.
fn wait_for_results(book: &Book, recorder: &Recorder, errands: &[Errand]) {
    let queued = errands
        .iter()
        .filter(|errand| errand.writer.words == Words::UserVox);
    let accepted: usize = queued
        .flat_map(|errand| errand.writer.known.values())
        .map(|known| known.acknowledged.len())
        .sum();
    assert!(accepted > 0, "nothing was queued");
    recorder.wait_for(CALLBACKS.len() * accepted, LEASE + PATIENCE);
    // There may be more: what the victim accepted and could not say, and what it was at.
    ask_for(LEASE + PATIENCE, "every result to be told", || {
        let found = book.ok(&["doctor"]);
        assert!(found.contains("All well."), "{found}");
        let nothing = ["queued updates      0\n", "webhooks waiting    0\n"];
        nothing
            .iter()
            .all(|line| found.contains(line))
            .then_some(())
    });
}

fn check(client: &mut Client, errands: &[Errand], lead: &Lead) -> Checked {
    let checked = history::check(client, lead.number);
    for Errand { writer, .. } in errands {
        writer.check_lead(&checked.lead);
        writer.check_history(lead.number, &checked.events);
    }
    checked
}

#[test]
fn two_servers_and_one_dies() {
    mixed_load("two_servers", 2);
}

#[test]
fn three_servers_and_one_dies() {
    mixed_load("three_servers", 3);
}

#[test]
fn of_servers_that_start_together_one_sets_up() {
    let book = Book::in_postgres();
    let servers: Vec<_> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..3).map(|_| scope.spawn(|| book.serve())).collect();
        starting
            .into_iter()
            .map(|thread| thread.join().expect("it started"))
            .collect()
    });
    let first = servers
        .iter()
        .filter(|server| server.welcome.contains("shown this once"));
    assert_eq!(first.count(), 1, "one of them made the key");
    assert_eq!(book.ok(&["workspace", "list"]).lines().count(), 1);
    assert_eq!(book.ok(&["key", "list"]).lines().count(), 2);
    servers.into_iter().for_each(Server::stop);
    book.assert_well();
}

#[test]
fn a_revoked_key_is_refused_by_all_within_a_second() {
    let book = Book::in_postgres();
    let workspace = Workspace::create(&book, "Keys");
    let servers = [book.serve(), book.serve()];
    let (number, key) = world::create_key(&book, workspace.number, &[]);
    let lead = workspace.lead(&mut servers[0].client(&key));
    let request = Request::new("GET", &lead.path(), None);
    let mut clients = servers.each_ref().map(|server| server.client(&key));
    // Just looked up, so that each believes it as long as it believes anything.
    for client in &mut clients {
        assert_eq!(client.ask(&request).status, 200);
    }
    let number = number.to_string();
    let revoke = ["key", "revoke", "--key", &number];
    world::create(&book, workspace.number, &revoke);
    let revoked = now();
    for client in &mut clients {
        while client.ask(&request).status == 200 {
            assert!(revoked.elapsed() < A_SECOND, "still valid");
        }
        assert_eq!(client.ask(&request).status, 401);
    }
}

#[test]
fn a_new_campaign_is_seen_by_all_within_a_second() {
    let book = Book::in_postgres();
    let workspace = Workspace::create(&book, "New");
    let servers = [book.serve(), book.serve()];
    let mut clients = servers
        .each_ref()
        .map(|server| server.client(&workspace.key));
    let next = workspace.campaign.number + 1;
    let claim = format!("/leadbook/v1/campaigns/{next}/claim");
    let request = Request::new("POST", &claim, Some(&json!({})));
    // Asked for too early: that there is none is believed, too.
    for client in &mut clients {
        assert_eq!(client.ask(&request).status, 404);
    }
    let create = ["campaign", "create", "--name", "New"];
    let made = world::create(&book, workspace.number, &create);
    assert_eq!(made["id"], json!(next), "campaigns are numbered in order");
    let created = now();
    for client in &mut clients {
        while client.ask(&request).status == 404 {
            assert!(created.elapsed() < A_SECOND, "not seen");
        }
        let answer = client.ask(&request);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}
