//! UserVox's queued update, from acceptance to the result webhook, over real sockets.

use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::server::{Book, Server, failure, leadbook};
use crate::world::Workspace;

#[test]
fn the_demo_tells_its_callback_what_came_of_an_update() {
    let receiver = Receiver::new();
    let server = Server::demo(&[
        "--uservox-callback",
        &receiver.url(),
        "--allow-webhook-to",
        "127.0.0.0/8",
    ]);
    let (keys, leads) = (server.ready["keys"].clone(), server.ready["leads"].clone());
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut client = server.client(&text(&keys["uservox"]));
    let update = |body: Value| ("POST", "/api/v1/leads/update", body);
    let (method, path, body) = update(json!({
        "referenceId": leads["uservox_reference"], "projectId": leads["uservox_project"],
        "processId": leads["uservox_process"], "metadata": {"make": "Toyota"},
        "targetState": "interested", "userId": "u-1",
    }));
    let accepted = client.ok(method, path, Some(&body));
    assert_eq!(
        accepted,
        json!({"success": true, "message": "Lead update initiated"})
    );
    let webhook = receiver.take("200 OK");
    assert!(
        webhook
            .head
            .starts_with("POST /hooks/uservox?a=b HTTP/1.1\r\n"),
        "{}",
        webhook.head
    );
    let told = webhook.body;
    assert_eq!(told["action_type"], "update");
    assert_eq!(told["success"], true);
    assert_eq!(told["error"], Value::Null);
    assert_eq!(told["leadId"], leads["uservox"]);
    assert_eq!(told["referenceId"], leads["uservox_reference"]);
    assert_eq!(told["data"]["make"], "Toyota");
    assert!(
        told["updateId"].as_str().is_some_and(|id| id.len() == 24),
        "{told}"
    );
    assert!(
        told["timestamp"]
            .as_u64()
            .is_some_and(|at| at > 1_600_000_000_000),
        "{told}"
    );
    assert_eq!(told.get("activityId"), None);
    // One that the process forbids: accepted, and told.
    let (method, path, body) =
        update(json!({"leadId": leads["uservox"], "targetState": "nowhere"}));
    client.ok(method, path, Some(&body));
    let told = receiver.take("200 OK").body;
    assert_eq!(
        (&told["success"], &told["data"]),
        (&json!(false), &Value::Null),
        "{told}"
    );
    assert!(
        told["error"]
            .as_str()
            .is_some_and(|text| text.contains("nowhere")),
        "{told}"
    );
}

#[test]
fn a_private_callback_is_refused_unless_it_is_opened() {
    let serve = |arguments: &[&str]| {
        let mut command = leadbook();
        command
            .args(["serve", "--demo", "--listen", "127.0.0.1:0"])
            .args(arguments);
        failure(&mut command)
    };
    for url in [
        "http://127.0.0.1:9/x",
        "http://[::1]:9/x",
        "http://10.1.2.3/x",
        "http://2130706433/",
        "http://localhost/",
    ] {
        let said = serve(&["--uservox-callback", url]);
        assert!(said.contains("--allow-webhook-to"), "{url}: {said}");
    }
    for url in [
        "ftp://example.com/",
        "nonsense",
        "http://user:secret@example.com/",
        "file:///etc/passwd",
    ] {
        let said = serve(&["--uservox-callback", url]);
        assert!(!said.contains("secret@"), "{url}: {said}");
    }
    // Only what was opened is open.
    let said = serve(&[
        "--uservox-callback",
        "http://10.1.2.3/",
        "--allow-webhook-to",
        "127.0.0.0/8",
    ]);
    assert!(said.contains("--allow-webhook-to"), "{said}");
}

/// The process dies with updates accepted, applied or delivered: each is applied once and told at least once,
/// in the order in which they were accepted.
#[test]
fn a_result_survives_kill_9_between_acceptance_and_delivery() {
    const UPDATES: usize = 12;
    let book = Book::new();
    let receiver = Receiver::new();
    let (url, address) = (receiver.url(), receiver.address);
    let options = ["--callback", &url, "--callback-bearer", "hook-secret"];
    let workspace = Workspace::with_process(&book, "Kill", &options);
    // Nobody listens: the first attempts fail.
    drop(receiver);
    let open = ["--allow-webhook-to", "127.0.0.0/8", "--log", "trace"];
    let server = book.serve_with(&open);
    let mut client = server.client(&workspace.key);
    let lead = workspace.lead(&mut client);
    for count in 1..=UPDATES {
        let body = json!({"leadId": lead.object_id, "metadata": {"count": count}});
        client.ok("POST", "/api/v1/leads/update", Some(&body));
    }
    server.kill_9();
    let receiver = Receiver::at(address);
    let server = book.serve_with(&open);
    let mut told = Vec::new();
    while told.len() < UPDATES {
        let webhook = receiver.take("204 No Content");
        assert!(
            webhook
                .head
                .to_ascii_lowercase()
                .contains("authorization: bearer hook-secret")
        );
        let (id, count) = (
            webhook.body["updateId"].clone(),
            webhook.body["data"]["count"].clone(),
        );
        assert_eq!(webhook.body["success"], true, "{}", webhook.body);
        if !told.contains(&(id.clone(), count.clone())) {
            told.push((id, count));
        }
    }
    let mut counts: Vec<_> = told
        .iter()
        .map(|(_, count)| count.as_u64().expect("a count"))
        .collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=UPDATES as u64).collect::<Vec<_>>());
    let checked = crate::history::check(&mut server.client(&workspace.key), lead.number);
    let applied: Vec<_> = checked
        .of_dialect("uservox")
        .map(|event| event["changes"][0]["after"].as_u64().expect("a count"))
        .collect();
    assert_eq!(applied, (1..=UPDATES as u64).collect::<Vec<_>>());
    assert!(
        !server.log().contains("hook-secret"),
        "the receiver's token is in the log"
    );
}

/// A receiver that hangs holds up nobody else's result.
#[test]
fn a_receiver_that_hangs_blocks_no_other() {
    let book = Book::new();
    let (hanging, quick) = (Receiver::new(), Receiver::new());
    let (slow_url, quick_url) = (hanging.url(), quick.url());
    let options = ["--callback", &slow_url, "--callback", &quick_url];
    let workspace = Workspace::with_process(&book, "Slow", &options);
    let server = book.serve_with(&["--allow-webhook-to", "127.0.0.0/8"]);
    let mut client = server.client(&workspace.key);
    let leads = workspace.leads(&mut client, 30);
    for lead in &leads {
        let body = json!({"leadId": lead.object_id, "metadata": {"a": 1}});
        client.ok("POST", "/api/v1/leads/update", Some(&body));
    }
    for _ in &leads {
        quick.take("200 OK");
    }
    server.stop();
}
