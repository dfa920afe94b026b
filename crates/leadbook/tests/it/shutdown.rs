//! SIGTERM under load and at bad moments; and two servers that want the same thing.

use std::fs::File;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::time::Duration;

use serde_json::json;

use crate::clock::{ask_until, now};
use crate::history;
use crate::http::{Connection, Request};
use crate::server::{Book, Server, sqlite_only};
use crate::world::Workspace;
use crate::writers::{Words, Writer, write_until_gone};

/// The log that a clean stop empties. PostgreSQL's is its own business.
fn log_bytes(book: &Book) -> u64 {
    let log = book.folder().join("leadbook.sqlite-wal");
    std::fs::metadata(log).map_or(0, |data| data.len())
}

#[test]
fn sigterm_under_load_keeps_every_acknowledged_write() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Stop");
    let mut server = book.serve();
    let leads = workspace.leads(&mut server.client(&workspace.key), 8);
    let mut writers: Vec<_> = Words::ALL
        .into_iter()
        .chain(Words::MERGING)
        .enumerate()
        .map(|(index, words)| {
            Writer::new(
                &format!("w{index}"),
                words,
                &workspace,
                &leads,
                server.address,
            )
        })
        .collect();
    for stop in 1..=5 {
        write_until_gone(&mut writers, server, |mut server, acknowledged| {
            acknowledged.wait_for(stop * 40);
            server.terminate();
            let status = server.wait();
            assert!(status.success(), "{status}: {}", server.log());
        });
        assert_eq!(log_bytes(&book), 0, "the log was not emptied");
        server = book.serve();
        for writer in &mut writers {
            writer.reconnect(server.address);
        }
    }
    ask_until("every accepted job to end", || {
        let found = book.ok(&["doctor"]);
        found.contains("queued updates      0\n").then_some(())
    });
    let mut client = server.client(&workspace.key);
    for lead in &leads {
        let checked = history::check(&mut client, lead.number);
        for writer in &writers {
            writer.check_lead(&checked.lead);
            writer.check_history(lead.number, &checked.events);
        }
    }
    server.stop();
    book.assert_well();
}

/// A request of which the server has the first half, and the second half.
struct HalfSent {
    connection: Connection,
    rest: Vec<u8>,
}

fn half_send(server: &Server, workspace: &Workspace, path: &str) -> HalfSent {
    let body = json!({"variables": {"said": "before the stop"}});
    let request = Request::new("PATCH", path, Some(&body));
    let bytes = request.bytes(server.address, &workspace.key);
    let mut connection = Connection::open(server.address).expect("the server listens");
    let (first, rest) = bytes.split_at(bytes.len() - 10);
    connection.send(first).expect("the first half is sent");
    HalfSent {
        connection,
        rest: rest.to_vec(),
    }
}

/// Waits until the server takes no new connection. One that nobody had accepted when the listener closed is
/// reset by the kernel, and tells nothing yet.
fn wait_until_closed(server: &Server) {
    ask_until("the listener to close", || {
        let failed = Connection::open(server.address).err()?;
        match failed.kind() {
            ErrorKind::ConnectionRefused => Some(()),
            ErrorKind::ConnectionReset => None,
            _ => panic!("{failed}"),
        }
    });
}

#[test]
fn a_request_that_had_begun_is_answered_before_the_end() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Stop");
    let mut server = book.serve();
    let mut client = server.client(&workspace.key);
    let lead = workspace.lead(&mut client);
    let mut halves: Vec<_> = (0..4)
        .map(|_| half_send(&server, &workspace, &lead.path()))
        .collect();
    // The server has read the halves: it has answered a later request.
    client.get(&lead.path());
    server.terminate();
    wait_until_closed(&server);
    for half in &mut halves {
        half.connection
            .send(&half.rest)
            .expect("the connection is open");
        let answer = half.connection.read(false).expect("it is answered");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let status = server.wait();
    assert!(status.success(), "{status}: {}", server.log());
    assert_eq!(log_bytes(&book), 0);
    let server = book.serve();
    let shown = server.client(&workspace.key).get(&lead.path());
    assert_eq!(shown["variables"]["said"], "before the stop");
}

#[test]
fn a_second_sigterm_ends_the_wait_for_requests() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Stop");
    let mut server = book.serve();
    let mut client = server.client(&workspace.key);
    let lead = workspace.lead(&mut client);
    let _half = half_send(&server, &workspace, &lead.path());
    client.get(&lead.path());
    let told = now();
    server.terminate();
    wait_until_closed(&server);
    server.terminate();
    let status = server.wait();
    assert!(status.success(), "{status}: {}", server.log());
    assert!(
        told.elapsed() < Duration::from_secs(10),
        "{:?}",
        told.elapsed()
    );
    assert_eq!(log_bytes(&book), 0);
}

#[test]
fn a_second_server_on_the_same_book_is_refused() {
    // On PostgreSQL it is welcome: `many_servers`.
    if !sqlite_only("any number of servers may share a database") {
        return;
    }
    let book = Book::new();
    let server = book.serve();
    let said = book.failure(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(
        said.contains("another `leadbook serve` or `leadbook copy` has the book in"),
        "{said}"
    );
    assert!(said.contains("stop it first"), "{said}");
    // The first is none the worse for it, and once it has stopped another may start.
    let answer = server
        .client("")
        .ask(&Request::new("GET", "/leadbook/v1/leads/1", None));
    assert_eq!(answer.status, 401);
    server.stop();
    book.serve().stop();
}

/// It could have brought the running server's book to a form that this one does not know.
#[test]
fn who_is_refused_has_not_opened_the_book() {
    if !sqlite_only("there is no lock to take") {
        return;
    }
    let book = Book::new();
    std::fs::create_dir_all(book.folder()).expect("a folder");
    let lock = File::create(book.folder().join("serve.lock")).expect("a file");
    lock.try_lock().expect("nobody has it");
    let said = book.failure(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(
        said.contains("another `leadbook serve` or `leadbook copy` has"),
        "{said}"
    );
    assert!(!book.file().exists(), "the book was opened");
}

#[test]
fn a_port_that_is_taken_makes_no_book() {
    let book = Book::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let said = book.failure(&["serve", "--listen", &address]);
    assert!(
        said.contains(&format!("cannot listen on {address}")),
        "{said}"
    );
    assert!(said.contains("--listen"), "{said}");
    assert!(!book.is_there(), "a book was made");
}
