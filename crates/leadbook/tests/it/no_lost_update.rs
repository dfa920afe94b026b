//! Many writers on few leads: none undoes another's update, and a compare-and-set is one.

use serde_json::json;

use crate::clock::ask_until;
use crate::history;
use crate::http::{Client, Request};
use crate::server::Book;
use crate::world::{Lead, Workspace};
use crate::writers::{Words, Writer};

const WRITERS: usize = 36;
const LEADS: usize = 3;
const UPDATES_EACH: usize = 45;

#[test]
fn writers_of_different_members_undo_nothing() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Many");
    let server = book.serve();
    let mut client = server.client(&workspace.key);
    let leads = workspace.leads(&mut client, LEADS);
    let mut writers: Vec<_> = (0..WRITERS)
        .map(|index| {
            let words = Words::MERGING[index % Words::MERGING.len()];
            let name = format!("w{index}");
            Writer::new(&name, words, &workspace, &leads, server.address)
        })
        .collect();
    // These three write places of their own, one writer each.
    for words in [Words::NlPearl, Words::JourneyBee, Words::DialNexa] {
        writers.push(Writer::new(
            "own",
            words,
            &workspace,
            &leads,
            server.address,
        ));
    }
    std::thread::scope(|scope| {
        for writer in &mut writers {
            scope.spawn(|| {
                for _ in 0..UPDATES_EACH {
                    writer.write().expect("the server answers");
                }
            });
        }
    });
    ask_until("every accepted job to end", || {
        let found = book.ok(&["doctor"]);
        found.contains("queued updates      0\n").then_some(())
    });
    for lead in &leads {
        let checked = history::check(&mut client, lead.number);
        for writer in &writers {
            writer.check_lead(&checked.lead);
            writer.check_history(lead.number, &checked.events);
        }
        // Every update changed something, so there is an event for each, and the creation.
        assert_eq!(
            checked.events.len(),
            1 + writers.len() * UPDATES_EACH / LEADS
        );
    }
    server.stop();
    book.assert_well();
}

/// Tries until one's own count is in; every round re-reads.
fn count_up(client: &mut Client, lead: &Lead, writer: usize, times: usize) -> usize {
    let mut tries = 0;
    for _ in 0..times {
        ask_until("a compare-and-set to win", || {
            tries += 1;
            let shown = client.ask(&Request::new("GET", &lead.path(), None));
            let etag = shown.header("etag").expect("an ETag").to_owned();
            let count = shown.json()["variables"]["count"].as_u64().unwrap_or(0);
            let body = json!({"variables": {"count": count + 1, "by": writer}});
            let update = Request::new("PATCH", &lead.path(), Some(&body));
            let answer = client.ask(&update.header("If-Match", &etag));
            match answer.status {
                200 => {
                    let after = answer.json();
                    assert_eq!(after["variables"]["count"], json!(count + 1));
                    assert_eq!(
                        answer.header("etag"),
                        Some(&*format!("\"{}\"", after["version"]))
                    );
                    Some(())
                }
                412 => {
                    let current = answer.json()["current_version"].as_u64();
                    let expected: u64 = etag.trim_matches('"').parse().expect("a version");
                    assert!(current > Some(expected), "{}", answer.text());
                    None
                }
                other => panic!("{other}: {}", answer.text()),
            }
        });
    }
    tries
}

#[test]
fn a_counter_under_if_match_counts_every_success() {
    const TIMES: usize = 4;
    let book = Book::new();
    let workspace = Workspace::create(&book, "Counters");
    let server = book.serve();
    let mut client = server.client(&workspace.key);
    let leads = workspace.leads(&mut client, LEADS);
    let tries: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..WRITERS)
            .map(|index| {
                let lead = &leads[index % LEADS];
                let mut client = server.client(&workspace.key);
                scope.spawn(move || count_up(&mut client, lead, index, TIMES))
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("it counted"))
            .sum()
    });
    println!("{} successes in {tries} tries", WRITERS * TIMES);
    for lead in &leads {
        let checked = history::check(&mut client, lead.number);
        let count = checked.lead["variables"]["count"].as_u64();
        assert_eq!(
            count,
            Some(u64::try_from(WRITERS / LEADS * TIMES).expect("few"))
        );
        let counts: Vec<_> = checked
            .events
            .iter()
            .skip(1)
            .map(|event| {
                let changes = event["changes"].as_array().expect("changes");
                let change = changes.iter().find(|change| change["key"] == "count");
                let change = change.expect("every success counted");
                (
                    change["before"].as_u64().unwrap_or(0),
                    change["after"].as_u64().unwrap_or(0),
                )
            })
            .collect();
        let expected: Vec<_> = (1..=counts.len() as u64).map(|n| (n - 1, n)).collect();
        assert_eq!(counts, expected, "one step for each success, none twice");
    }
}
