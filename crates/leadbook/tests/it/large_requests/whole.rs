//! A bulk that arrives whole: as many leads as there may be, as many bytes, one of them faulty, one too many.

use serde_json::{Value, json};

use super::bulk::{Pearl, leads, leads_that_say};
use super::memory::Process;
use super::staged::Staged;
use super::{GROWTH_MEGABYTES_MAX, LEADS_MAX};
use crate::server::Book;
use crate::world::Workspace;

#[test]
fn fifty_thousand_leads_are_added_and_not_held() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Large");
    let server = book.serve();
    let pearl = Pearl::of(&workspace);
    let process = Process::of(&server);
    // Twenty-five megabytes.
    let leads = leads_that_say(LEADS_MAX, &"x".repeat(400));
    pearl.add_all(server.address, &leads);
    process.assert_grew_less_than(GROWTH_MEGABYTES_MAX);
    pearl.assert_whole(&mut server.client(&workspace.key), LEADS_MAX);
    assert!(!Staged::of(&book, &workspace).has(1), "a chunk is left");
    server.stop();
    book.assert_well();
}

/// Few leads, because here the bytes are the point: nearly the 64 MiB that a body may have.
#[test]
fn sixty_megabytes_of_few_leads_are_added_and_not_held() {
    const LEADS: usize = 1_200;
    let book = Book::new();
    let workspace = Workspace::create(&book, "Large");
    let server = book.serve();
    let pearl = Pearl::of(&workspace);
    let process = Process::of(&server);
    let leads = leads_that_say(LEADS, &"x".repeat(50_000));
    pearl.add_all(server.address, &leads);
    process.assert_grew_less_than(GROWTH_MEGABYTES_MAX);
    let mut client = server.client(&workspace.key);
    assert_eq!(pearl.count(&mut client), LEADS);
}

/// A bulk is refused with these errors, and nothing of it is left.
fn assert_refused(leads: &[String], errors: &Value) {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Large");
    let server = book.serve();
    let pearl = Pearl::of(&workspace);
    let refused = pearl.add(server.address, leads);
    assert_eq!(refused.status, 400, "{}", refused.text());
    let expected = json!({
        "type": "https://tools.ietf.org/html/rfc9110#section-15.5.1",
        "title": "One or more validation errors occurred.",
        "status": 400,
        "errors": errors,
    });
    assert_eq!(refused.json(), expected);
    assert!(!Staged::of(&book, &workspace).has(1), "a chunk is left");
    let mut client = server.client(&workspace.key);
    assert_eq!(pearl.count(&mut client), 0);
    let events = client.get("/leadbook/v1/events");
    assert_eq!(events["events"], json!([]), "{events}");
}

#[test]
fn a_fault_in_the_last_of_fifty_thousand_leads_refuses_all() {
    let mut leads = leads(LEADS_MAX);
    leads[LEADS_MAX - 1] = json!({"phoneNumber": "nobody"}).to_string();
    let text = "The phone number is not valid; write it as +, country code and number.";
    assert_refused(&leads, &json!({"leads[49999].phoneNumber": [text]}));
}

#[test]
fn one_lead_more_than_fifty_thousand_refuses_all() {
    let text = "The leads field must have at most 50000 items.";
    assert_refused(&leads(LEADS_MAX + 1), &json!({"leads": [text]}));
}
