//! The process is killed while a bulk is read, while it is made, and right after it was answered: all of it is there afterwards,
//! or nothing. What single writes survive is `crate::kill_9`'s.
//!
//! What a dead process held is another's when its lease is over, half a minute later at most.

use super::bulk::{PATIENCE, Pearl, assert_told_once, hear, leads};
use super::staged::Staged;
use crate::clock::{ask_for, ask_until};
use crate::server::Book;
use crate::world::Workspace;

/// Leads of a bulk. Fewer than there may be: the point is that many writes make them, and that of their chunks, which are
/// forgotten 32 at a time, 4,096 leads, some are forgotten and others not.
const LEADS: usize = 20_000;
/// Leads that are there when the making is interrupted.
const MADE: usize = 6_000;

#[test]
fn nothing_is_there_of_a_bulk_that_was_being_read() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Large");
    let server = book.serve();
    let (pearl, leads) = (Pearl::of(&workspace), leads(LEADS));
    let begun = pearl.begin_half(server.address, &leads);
    let staged = Staged::of(&book, &workspace);
    ask_until("something to be staged", || staged.has(1).then_some(()));
    drop(staged);
    server.kill_9();
    drop(begun);
    let server = book.serve();
    let mut client = server.client(&workspace.key);
    assert_eq!(pearl.count(&mut client), 0);
    // Nobody waits for what is left of it.
    let staged = Staged::of(&book, &workspace);
    assert!(staged.has(1), "it was dropped before its lease was over");
    pearl.add_all(server.address, &leads[..1_000]);
    pearl.assert_whole(&mut client, 1_000);
    ask_for(PATIENCE, "the worker to clear it away", || {
        (pearl.count(&mut client) == 1_000 && !staged.has(1)).then_some(())
    });
    drop(staged);
    assert_told_once(&mut client, 1_000);
    server.stop();
    book.assert_well();
}

#[test]
fn all_is_there_of_a_bulk_that_was_answered() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Large");
    let server = book.serve();
    let pearl = Pearl::of(&workspace);
    pearl.add_all(server.address, &leads(LEADS));
    server.kill_9();
    let server = book.serve();
    let mut client = server.client(&workspace.key);
    pearl.assert_whole(&mut client, LEADS);
    assert_told_once(&mut client, LEADS);
    server.stop();
    book.assert_well();
}

#[test]
fn all_will_be_there_of_a_bulk_that_was_being_made() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Large");
    let server = book.serve();
    let mut client = server.client(&workspace.key);
    let pearl = Pearl::of(&workspace);
    let mut begun = pearl.begin(server.address, &leads(LEADS), 0);
    let made = ask_for(PATIENCE, "some leads to be there", || {
        Some(pearl.count(&mut client)).filter(|made| *made >= MADE)
    });
    assert!(made < LEADS, "all of them were made at once");
    server.kill_9();
    let heard = hear(&mut begun.connection);
    assert!(heard.is_err(), "it was answered before all of it was there");
    let server = book.serve();
    let mut client = server.client(&workspace.key);
    println!("{} leads at the restart", pearl.count(&mut client));
    ask_for(PATIENCE, "the others to be there", || {
        (pearl.count(&mut client) >= LEADS).then_some(())
    });
    let staged = Staged::of(&book, &workspace);
    ask_until("the bulk to be over", || (!staged.has(1)).then_some(()));
    drop(staged);
    pearl.assert_whole(&mut client, LEADS);
    assert_told_once(&mut client, LEADS);
    server.stop();
    book.assert_well();
}
