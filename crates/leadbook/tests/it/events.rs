//! What was acknowledged is heard: by webhooks and in the change feed, also when the server is killed while it
//! delivers, and by several servers over one database.

mod follower;
mod heard;

use std::sync::atomic::{AtomicBool, Ordering};

use domain::limits::DELIVERY_LEASE_MS;
use serde_json::{Value, json};

use crate::clock::{PATIENCE, ask_for, ask_until};
use crate::history::{self, Checked};
use crate::http::{Client, Request};
use crate::random::Random;
use crate::receiver::{Receiver, Recorder};
use crate::server::{Book, Server, failure, sqlite_only};
use crate::world::{Lead, Workspace};
use crate::writers::{Counter, Words, Writer, crew, write_until_gone};
use follower::{Follower, Stream};

const KILLS: usize = 5;
/// Leads that every writer writes to all the time.
const FEW: usize = 3;
/// Leads that each writer comes by now and then.
const MANY: usize = 30;
const UPDATES_BETWEEN_KILLS: usize = 200;
/// What a dead server had to itself comes back within this, on PostgreSQL.
const LEASE: std::time::Duration =
    std::time::Duration::from_millis(DELIVERY_LEASE_MS.cast_unsigned());

fn serve(book: &Book) -> Server {
    book.serve_with(&["--allow-webhook-to", "127.0.0.0/8"])
}

/// A subscription of the workspace; its number, and all that the answer says.
fn subscribe(client: &mut Client, url: &str, more: &Value) -> (u64, Value) {
    let mut body = json!({"url": url, "format": "standard"});
    let members = body.as_object_mut().expect("an object");
    members.extend(more.as_object().expect("an object").clone());
    let made = client.ok("POST", "/leadbook/v1/subscriptions", Some(&body));
    (made["id"].as_u64().expect("an id"), made)
}

/// Waits until nothing is on its way any more.
fn wait_until_told(book: &Book) {
    // A line goes one by one, and each of its steps is a commit.
    ask_for(
        LEASE + 2 * PATIENCE,
        "every webhook to be delivered",
        || {
            let found = book.ok(&["doctor"]);
            assert!(found.contains("All well."), "{found}");
            let nothing = ["queued updates      0\n", "webhooks waiting    0\n"];
            nothing
                .iter()
                .all(|line| found.contains(line))
                .then_some(())
        },
    );
}

fn check_histories(client: &mut Client, leads: &[Lead]) -> Vec<Checked> {
    let check = |lead: &Lead| history::check(client, lead.number);
    leads.iter().map(check).collect()
}

/// The deliverer dies again and again while clients of all vendors write: every event of every lead is heard, and each
/// lead's for the first time in their order. The feed, followed with a cursor meanwhile, has each exactly once.
#[test]
fn every_acknowledged_change_is_heard_after_kill_9() {
    let mut random = Random::of_test("heard_after_kill_9");
    let book = Book::new();
    let workspace = Workspace::create(&book, "Heard");
    let recorder = Recorder::start();
    let mut server = serve(&book);
    let mut client = server.client(&workspace.key);
    subscribe(&mut client, &recorder.url("/all"), &json!({}));
    let leads = workspace.leads(&mut client, FEW + MANY);
    let mut writers = crew(&workspace, &leads, FEW, &server);
    let mut follower = Follower::from_the_beginning(&workspace.key);
    for _ in 0..KILLS {
        let updates = UPDATES_BETWEEN_KILLS / 2 + random.below(UPDATES_BETWEEN_KILLS / 2);
        let mut moment = random.split();
        let address = server.address;
        std::thread::scope(|scope| {
            let follower = &mut follower;
            // Until the server is gone.
            scope.spawn(move || while follower.read(address, 1).is_ok() {});
            write_until_gone(&mut writers, server, |server, acknowledged| {
                acknowledged.wait_for(updates);
                moment.dawdle(2_000);
                server.kill_9();
            });
        });
        server = serve(&book);
        for writer in &mut writers {
            writer.reconnect(server.address);
        }
    }
    wait_until_told(&book);
    let mut client = server.client(&workspace.key);
    let checked = check_histories(&mut client, &leads);
    for (lead, checked) in leads.iter().zip(&checked) {
        for writer in &writers {
            writer.check_history(lead.number, &checked.events);
        }
    }
    let again = heard::check(&recorder.sent_to("/all"), &checked);
    println!("{again} webhooks came more than once");
    follower.read_to_the_end(server.address);
    follower.check(&checked);
    server.stop();
    book.assert_well();
}

/// Servers whose transactions overtake each other: whoever follows the feed, at whichever of them, by pages or as a
/// stream, sees every event once, and goes on elsewhere when a server dies.
#[test]
fn the_feed_of_several_servers_misses_nothing() {
    let book = Book::in_postgres();
    let workspace = Workspace::create(&book, "Feed");
    let mut servers: Vec<_> = (0..3).map(|_| serve(&book)).collect();
    let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
    let mut client = servers[0].client(&workspace.key);
    let leads = workspace.leads(&mut client, FEW + MANY);
    let mut writers: Vec<_> = addresses
        .iter()
        .enumerate()
        .flat_map(|(at, address)| {
            let new = |words: Words| {
                let name = format!("{}{at}", words.name());
                Writer::new(&name, words, &workspace, &leads, *address)
            };
            Words::MERGING.map(new)
        })
        .collect();
    let mut followers: Vec<_> = addresses
        .iter()
        .map(|_| Follower::from_the_beginning(&workspace.key))
        .collect();
    let (done, is_over) = (Counter::default(), AtomicBool::new(false));
    let victim = servers.remove(1);
    let is_dead = |at: usize| addresses[at] == addresses[1];
    std::thread::scope(|scope| {
        for writer in &mut writers {
            let (done, is_over) = (&done, &is_over);
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) && writer.write().is_ok() {
                    done.add();
                }
            });
        }
        for (at, follower) in followers.iter_mut().enumerate() {
            let (is_over, addresses) = (&is_over, &addresses);
            scope.spawn(move || {
                let mut at = at;
                while !is_over.load(Ordering::Relaxed) {
                    if follower.read(addresses[at], 1).is_err() {
                        assert!(is_dead(at), "only the killed one may go silent");
                        at = 2;
                    }
                }
            });
        }
        done.wait_for(600);
        victim.kill_9();
        done.wait_for(1_500);
        is_over.store(true, Ordering::Relaxed);
    });
    ask_until("every accepted job to end", || {
        let found = book.ok(&["doctor"]);
        found.contains("queued updates      0\n").then_some(())
    });
    let checked = check_histories(&mut servers[0].client(&workspace.key), &leads);
    for (at, follower) in followers.iter_mut().enumerate() {
        follower.read_to_the_end(servers[at % 2].address);
        follower.check(&checked);
    }
    // All saw the same order, too.
    assert_eq!(followers[0].seen(), followers[1].seen());
    assert_eq!(followers[0].seen(), followers[2].seen());
    servers.into_iter().for_each(Server::stop);
    book.assert_well();
}

/// A stream that is cut goes on with the last id it saw, on a server that was started anew.
#[test]
fn a_stream_goes_on_where_it_was_cut() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Stream");
    let server = serve(&book);
    let mut client = server.client(&workspace.key);
    let lead = workspace.lead(&mut client);
    let rename = |client: &mut Client, name: &str| {
        client.ok("PATCH", &lead.path(), Some(&json!({"name": name})));
    };
    let mut stream = Stream::open(server.address, &workspace.key, "0");
    let (cursor, event) = stream.next();
    assert_eq!(event["type"], "lead.created");
    rename(&mut client, "seen");
    let (_, event) = stream.next();
    assert_eq!(event["changes"][0]["after"], "seen");
    server.kill_9();
    let server = serve(&book);
    let mut client = server.client(&workspace.key);
    rename(&mut client, "missed");
    // The last that was noted was the first.
    let mut stream = Stream::open(server.address, &workspace.key, &cursor);
    for name in ["seen", "missed"] {
        assert_eq!(stream.next().1["changes"][0]["after"], name);
    }
    rename(&mut client, "live");
    assert_eq!(stream.next().1["changes"][0]["after"], "live");
    // An open stream holds up no stop.
    server.stop();
}

/// What a source wrote does not come back to it, in whichever vendor's words; what changes nothing is no news.
#[test]
fn a_source_hears_no_echo() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Echo");
    let recorder = Recorder::start();
    let server = serve(&book);
    let mut client = server.client(&workspace.key);
    let no_echo = json!({"except_sources": ["crm"], "topics": ["lead.updated"]});
    subscribe(&mut client, &recorder.url("/crm"), &no_echo);
    let all = json!({"topics": ["lead.updated"]});
    subscribe(&mut client, &recorder.url("/all"), &all);
    let lead = workspace.lead(&mut client);
    let pearl = &workspace.campaign.object_id;
    for (count, words) in Words::ALL.into_iter().enumerate() {
        let count = u64::try_from(count).expect("few");
        // The second changes nothing.
        for _ in 0..2 {
            let update = words.update(words.name(), &lead, pearl, 10 * count + 1);
            let answer = client.ask(&update.header("Leadbook-Source", "crm"));
            assert!(answer.is_success(), "{words:?}: {}", answer.text());
        }
        let update = words.update(words.name(), &lead, pearl, 10 * count + 2);
        assert!(client.ask(&update).is_success());
    }
    wait_until_told(&book);
    let checked = history::check(&mut client, lead.number);
    let updated: Vec<_> = checked
        .events
        .iter()
        .filter(|event| event["kind"] == "updated")
        .collect();
    let of = |source: Value| {
        let events = updated.iter();
        events.filter(|event| event["source"] == source).count()
    };
    assert_eq!(of(json!("crm")), Words::ALL.len());
    assert_eq!(of(Value::Null), Words::ALL.len());
    assert_eq!(recorder.sent_to("/all").len(), 2 * Words::ALL.len());
    let heard = recorder.sent_to("/crm");
    assert_eq!(heard.len(), Words::ALL.len());
    for webhook in heard {
        let origin = &webhook.body["data"]["origin"];
        assert!(origin["dialect"].is_string(), "{}", webhook.body);
        assert_eq!(origin["source"], Value::Null, "{}", webhook.body);
    }
    server.stop();
}

/// 410 ends it: the doctor names the subscription, what waited is a dead letter, and is heard after all once the
/// endpoint is back and somebody says so.
#[test]
fn what_an_endpoint_missed_is_replayed() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Replay");
    let receiver = Receiver::new();
    let server = serve(&book);
    let mut client = server.client(&workspace.key);
    let (id, _) = subscribe(&mut client, &receiver.url(), &json!({}));
    let lead = workspace.lead(&mut client);
    assert_eq!(receiver.take("410 Gone").body["type"], "lead.created");
    let path = format!("/leadbook/v1/subscriptions/{id}");
    let disabled = ask_until("the subscription to be disabled", || {
        let shown = client.get(&path);
        (!shown["disabled"].is_null()).then_some(shown)
    });
    assert_eq!(
        (&disabled["is_enabled"], &disabled["disabled"]["reason"]),
        (&json!(false), &json!("gone"))
    );
    let found = book.failure(&["doctor"]);
    assert!(found.contains("finding(s)"), "{found}");
    let attempts = client.get(&format!("{path}/attempts"));
    assert_eq!(attempts["attempts"][0]["status"], 410, "{attempts}");
    client.ok("PATCH", &path, Some(&json!({"is_enabled": true})));
    let replay = "/leadbook/v1/dead-letters/replay";
    let filter = json!({"subscription_id": id});
    let replayed = client.ok("POST", replay, Some(&filter));
    assert_eq!(replayed["replayed"], 1, "{replayed}");
    let webhook = receiver.take("200 OK").body;
    assert_eq!(
        webhook["data"]["lead"]["id"],
        json!(lead.number),
        "{webhook}"
    );
    wait_until_told(&book);
    server.stop();
}

/// The book holds no secret in the clear, signs on after a restart, and says so when its key is gone.
#[test]
fn a_secret_lies_sealed_beside_its_key() {
    if !sqlite_only("the key lies in the data folder") {
        return;
    }
    let book = Book::new();
    let workspace = Workspace::create(&book, "Sealed");
    let receiver = Receiver::new();
    let server = serve(&book);
    let mut client = server.client(&workspace.key);
    let (id, made) = subscribe(&mut client, &receiver.url(), &json!({}));
    let secret = made["secret"].as_str().expect("shown once").to_owned();
    let shown = client.get(&format!("/leadbook/v1/subscriptions/{id}"));
    assert!(!shown.to_string().contains(&secret), "{shown}");
    server.stop();
    let key = book.folder().join("secret.key");
    assert_eq!(mode(&key) & 0o777, 0o600);
    let bytes = std::fs::read(book.file()).expect("the book");
    let part = secret.trim_start_matches("whsec_").as_bytes();
    assert!(!bytes.windows(part.len()).any(|window| window == part));
    let server = serve(&book);
    workspace.lead(&mut server.client(&workspace.key));
    let head = receiver.take("200 OK").head.to_ascii_lowercase();
    assert!(head.contains("webhook-signature: v1,"), "{head}");
    server.stop();
    std::fs::remove_file(&key).expect("it is there");
    let found = book.run(&["doctor"]);
    let found = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(found.contains("sealed under another key"), "{found}");
}

fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(path).expect("it is there");
    metadata.permissions().mode()
}

/// A database's servers have no key unless they are given one: then nothing can be signed, and everything else works.
#[test]
fn without_a_key_nothing_is_signed() {
    let book = Book::in_postgres();
    let workspace = Workspace::create(&book, "Keyless");
    let receiver = Receiver::new();
    let open = ["serve", "--allow-webhook-to", "127.0.0.0/8"];
    let mut keyless = book.command(&open);
    keyless.env_remove("LEADBOOK_SECRET_KEY_FILE");
    let server = Server::start(keyless);
    let process = [
        "process",
        "create",
        "--name",
        "P",
        "--callback",
        "http://example.com/",
    ];
    let workspace_number = workspace.number.to_string();
    let secret = [
        "--callback-bearer",
        "secret",
        "--workspace",
        &workspace_number,
    ];
    let mut process = book.command(&[process.as_slice(), secret.as_slice()].concat());
    let said = failure(process.env_remove("LEADBOOK_SECRET_KEY_FILE"));
    assert!(said.contains("--secret-key-file"), "{said}");
    let mut client = server.client(&workspace.key);
    let body = json!({"url": receiver.url(), "format": "standard"});
    let request = Request::new("POST", "/leadbook/v1/subscriptions", Some(&body));
    let refused = client.ask(&request);
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert!(
        refused.text().contains("--secret-key-file"),
        "{}",
        refused.text()
    );
    // This one does not sign.
    subscribe(
        &mut client,
        &receiver.url(),
        &json!({"format": "nlpearl_lead"}),
    );
    let lead = workspace.lead(&mut client);
    let done = json!({"status": 130});
    let pearl = &workspace.campaign.object_id;
    let path = format!("/v2/Outbound/{pearl}/Lead/{}", lead.object_id);
    client.ok("PUT", &path, Some(&done));
    let told = receiver.take("200 OK").body;
    assert_eq!(told["id"], lead.object_id, "{told}");
    assert_eq!(told["status"], 130, "{told}");
    server.stop();
    let server = serve(&book);
    let answer = server.client(&workspace.key).ask(&request);
    assert_eq!(answer.status, 201, "{}", answer.text());
    server.stop();
}

/// What Prometheus reads after some traffic.
#[test]
fn metrics_count_what_happened() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Metrics");
    let recorder = Recorder::start();
    let server = serve(&book);
    let mut client = server.client(&workspace.key);
    subscribe(&mut client, &recorder.url("/all"), &json!({}));
    let lead = workspace.lead(&mut client);
    let pearl = &workspace.campaign.object_id;
    let update = Words::NlPearl.update("metrics", &lead, pearl, 1);
    assert!(client.ask(&update).is_success());
    recorder.wait_for(2, PATIENCE);
    wait_until_told(&book);
    let scraped = server
        .client("")
        .ask(&Request::new("GET", "/metrics", None));
    assert!(
        scraped
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/openmetrics-text")),
        "{scraped:?}"
    );
    let text = scraped.text();
    let has = |start: &str, end: &str| {
        let mut lines = text.lines();
        assert!(
            lines.any(|line| line.starts_with(start) && line.ends_with(end)),
            "{start}…{end} in\n{text}"
        );
    };
    has(
        "leadbook_http_requests_total{dialect=\"nlpearl\",operation=\"PUT ",
        " 1",
    );
    has("leadbook_deliveries_total{outcome=\"delivered\"} ", " 2");
    has("leadbook_delivery_age_seconds_count ", " 2");
    has("leadbook_write_queue_depth ", " 0");
    has("leadbook_commit_duration_seconds_count ", "");
    has("leadbook_oldest_undelivered_age_seconds ", " 0.0");
    has("leadbook_feed_lag_seconds ", "");
    has("leadbook_subscriptions{state=\"active\"} ", "");
    assert!(!text.contains(&workspace.key[..24]), "a key in the metrics");
    server.stop();
    // With an address of its own it is nowhere else.
    let apart = book.serve_with(&["--metrics-listen", "127.0.0.1:0"]);
    let answer = apart.client("").ask(&Request::new("GET", "/metrics", None));
    assert_eq!(answer.status, 404, "{}", answer.text());
    apart.stop();
}
