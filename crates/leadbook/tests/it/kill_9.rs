//! What was acknowledged is there after `kill -9`, whole, once and in order; what was not, is there whole or not at
//! all.

use serde_json::json;

use crate::clock::ask_until;
use crate::history;
use crate::http::Request;
use crate::random::Random;
use crate::server::Book;
use crate::world::Workspace;
use crate::writers::{check_all, crew, write_until_gone};

const KILLS: usize = 24;
/// Leads that every writer writes to all the time.
const FEW: usize = 3;
/// Leads that each writer comes by now and then.
const MANY: usize = 40;
/// Acknowledged updates between two kills, at most.
const UPDATES_BETWEEN_KILLS: usize = 300;

#[test]
fn an_acknowledged_update_survives_kill_9() {
    let mut random = Random::of_test("kill_9");
    let book = Book::new();
    let workspace = Workspace::create(&book, "Kill");
    let mut server = book.serve();
    let mut client = server.client(&workspace.key);
    let leads = workspace.leads(&mut client, FEW + MANY);
    let mut writers = crew(&workspace, &leads, FEW, &server);
    for kill in 1..=KILLS {
        let updates = 1 + random.below(UPDATES_BETWEEN_KILLS);
        let mut moment = random.split();
        write_until_gone(&mut writers, server, |server, acknowledged| {
            acknowledged.wait_for(updates);
            moment.dawdle(2_000);
            server.kill_9();
        });
        // Half of the time the doctor is the first to open what the kill left, half of the time the server.
        if kill % 2 == 0 {
            book.assert_well();
        }
        server = book.serve();
        for writer in &mut writers {
            writer.reconnect(server.address);
        }
        check_all(&book, &workspace, &server, &writers, &leads[..FEW]);
    }
    check_all(&book, &workspace, &server, &writers, &leads);
    server.stop();
    book.assert_well();
}

/// A call is under way when the process dies: its claim, its fence and the edits that wait for its end are there
/// afterwards, and the edits are applied in their order once it ends.
#[test]
fn a_call_and_what_waits_for_its_end_survive_kill_9() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Kill");
    let server = book.serve();
    let mut client = server.client(&workspace.key);
    let lead = workspace.lead(&mut client);
    let claim = format!("/leadbook/v1/campaigns/{}/claim", workspace.campaign.number);
    let claimed = client.ok("POST", &claim, Some(&json!({"lead_id": lead.number})));
    let deferring = format!("{}?on_active_call=defer", lead.path());
    for name in ["first", "second"] {
        let deferred = client.ok("PATCH", &deferring, Some(&json!({"name": name})));
        assert_eq!(deferred["status"], "deferred");
    }
    server.kill_9();
    let server = book.serve();
    let mut client = server.client(&workspace.key);
    let refused = client.ask(&Request::new(
        "PATCH",
        &lead.path(),
        Some(&json!({"name": "x"})),
    ));
    assert_eq!(refused.status, 409, "{}", refused.text());
    let call = format!("/leadbook/v1/calls/{}/outcome", claimed["call"]["id"]);
    let outcome = json!({"fence_token": claimed["call"]["fence_token"], "outcome": "success"});
    let after = client.ok("POST", &call, Some(&outcome));
    assert_eq!(
        (&after["name"], &after["dial_status"]),
        (&json!("second"), &json!("success"))
    );
    let checked = history::check(&mut client, lead.number);
    let kinds: Vec<_> = checked
        .events
        .iter()
        .map(|event| event["kind"].clone())
        .collect();
    assert_eq!(
        kinds,
        ["created", "claimed", "call_ended", "updated", "updated"]
    );
}

/// A dialer that dies with the server: its lease runs out and the lead can be called again.
#[test]
fn a_lease_runs_out_although_the_process_was_killed() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Kill");
    let server = book.serve();
    let mut client = server.client(&workspace.key);
    let lead = workspace.lead(&mut client);
    let claim = format!("/leadbook/v1/campaigns/{}/claim", workspace.campaign.number);
    let body = json!({"lead_id": lead.number, "lease_seconds": 1});
    client.ok("POST", &claim, Some(&body));
    server.kill_9();
    let server = book.serve();
    let mut client = server.client(&workspace.key);
    ask_until("the lease to be swept", || {
        let shown = client.get(&lead.path());
        (shown["dial_status"] == "retry" && shown["active_call"].is_null()).then_some(())
    });
    let again = client.ok("POST", &claim, Some(&body));
    assert_eq!(again["lead"]["attempts"], 2);
    history::check(&mut client, lead.number);
}
