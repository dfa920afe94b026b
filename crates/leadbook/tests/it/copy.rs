//! `leadbook copy`: a book that moved is served as it was, and what must not be copied is not. Always between both stores,
//! whatever the other tests run on. What is moved, record by record, is the stores' own suite.

use std::process::Command;

use serde_json::json;

use crate::server::{Book, failure, leadbook};
use crate::world::Workspace;

fn url(book: &Book) -> String {
    match &book.schema {
        Some(schema) => schema.url.clone(),
        None => format!("sqlite://{}", book.folder().display()),
    }
}

fn copy(from: &Book, to: &Book) -> Command {
    let mut command = leadbook();
    // As an operator should say them: where no list of processes shows a password.
    command.env("LEADBOOK_COPY_FROM", url(from));
    command.env("LEADBOOK_COPY_TO", url(to));
    command.arg("copy");
    command
}

fn copied(from: &Book, to: &Book) -> String {
    let output = copy(from, to).output().expect("the binary runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn a_book_moves_there_and_back_and_is_served_on() {
    let (first, there, back) = (Book::in_folder(), Book::in_postgres(), Book::in_folder());
    let workspace = Workspace::create(&first, "Northwind");
    let server = first.serve();
    let mut client = server.client(&workspace.key);
    let lead = workspace.lead(&mut client);
    let path = format!("/leadbook/v1/leads/{}", lead.number);
    let rename = |name: &str| json!({ "name": name });
    let mut shown = client.ok("PATCH", &path, Some(&rename("Grace")));
    drop(server);
    let said = copied(&first, &there);
    let lines = [
        "leads                     1",
        "copying events: 2 of 2",
        "hold the same",
    ];
    assert!(lines.iter().all(|line| said.contains(line)), "{said}");
    // The key works, the lead is as it was, its history goes on, and new leads get new numbers.
    let server = there.serve();
    let mut client = server.client(&workspace.key);
    assert_eq!(client.ok("GET", &path, None), shown);
    shown = client.ok("PATCH", &path, Some(&rename("Ada again")));
    assert_ne!(workspace.lead(&mut client).number, lead.number);
    drop(server);
    there.assert_well();
    let said = copied(&there, &back);
    assert!(said.contains("leads                     2"), "{said}");
    let server = back.serve();
    let mut client = server.client(&workspace.key);
    assert_eq!(client.ok("GET", &path, None), shown);
}

#[test]
fn a_target_that_has_something_stays_as_it_is() {
    let (from, to) = (Book::in_folder(), Book::in_postgres());
    Workspace::create(&from, "Northwind");
    to.ok(&["workspace", "create", "--name", "Southwind"]);
    let said = failure(&mut copy(&from, &to));
    assert!(said.contains("copy into an empty book"), "{said}");
    let listed = to.ok(&["workspace", "list"]);
    assert!(listed.contains("Southwind") && !listed.contains("Northwind"));
    let said = failure(&mut copy(&from, &from));
    assert!(said.contains("name the same book"), "{said}");
}

#[test]
fn a_file_that_is_served_is_not_copied() {
    let (from, to) = (Book::in_folder(), Book::in_folder());
    Workspace::create(&from, "Northwind");
    let server = from.serve();
    let said = failure(&mut copy(&from, &to));
    assert!(said.contains("stop it first"), "{said}");
    assert!(!to.file().exists(), "nothing was begun");
    drop(server);
    copied(&from, &to);
}

#[test]
fn a_book_that_is_not_there_leaves_no_target_behind() {
    let (from, to) = (Book::in_folder(), Book::in_folder());
    let said = failure(&mut copy(&from, &to));
    assert!(said.contains("there is no book"), "{said}");
    assert!(!to.is_there() && !from.is_there());
}
