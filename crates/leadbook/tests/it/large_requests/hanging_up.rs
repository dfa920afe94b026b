//! Clients that hang up in the middle of a bulk: nothing of it stays, and the places of all of them are free again. What is left when
//! the server dies itself is `kill_9`'s.

use std::net::SocketAddr;

use serde_json::json;

use super::bulk::{Begun, Pearl, leads};
use super::staged::Staged;
use crate::clock::ask_until;
use crate::server::Book;
use crate::world::Workspace;

/// Bulks that one server reads at once.
const PLACES: usize = 4;
/// Leads of each. The number is not the point: of the half that is sent some are staged and others are not.
const LEADS: usize = 4_000;

/// Takes the places of the one server, which nobody else sends bulks to.
struct Taker<'a> {
    pearl: &'a Pearl,
    staged: &'a Staged,
    address: SocketAddr,
    leads: Vec<String>,
    /// Bulks that were opened so far: the number of the last one. Who is refused has opened none.
    opened: u64,
}

impl Taker<'_> {
    /// A bulk is taken, so that there was a place, and when it is answered there is one again.
    fn wait_for_a_place(&mut self) {
        ask_until("a place to be free", || {
            let answer = self.pearl.add(self.address, &[]);
            (answer.status == 200).then_some(())
        });
        self.opened += 1;
    }

    /// Begins as many bulks as there are places, and one more to be refused.
    fn take_all(&mut self) -> Vec<Begun> {
        let begun = (0..PLACES).map(|_| self.take()).collect();
        let refused = self.pearl.add(self.address, &[]);
        assert_eq!(refused.status, 503, "{}", refused.text());
        assert_eq!(refused.header("retry-after"), Some("1"));
        begun
    }

    fn take(&mut self) -> Begun {
        self.wait_for_a_place();
        let begun = self.pearl.begin_half(self.address, &self.leads);
        self.opened += 1;
        ask_until("some of it to be staged", || {
            self.staged.has(self.opened).then_some(())
        });
        begun
    }
}

#[test]
fn clients_that_hang_up_in_the_middle_leave_nothing() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Large");
    let server = book.serve();
    let mut client = server.client(&workspace.key);
    let (pearl, staged) = (Pearl::of(&workspace), Staged::of(&book, &workspace));
    let mut taker = Taker {
        pearl: &pearl,
        staged: &staged,
        address: server.address,
        leads: leads(LEADS),
        opened: 0,
    };
    let begun = taker.take_all();
    // Others go on.
    let lead = workspace.lead(&mut client);
    assert_eq!(client.get(&lead.path())["name"], json!("Ada"));
    drop(begun);
    let before = 1..=taker.opened;
    // Every one of the places is free again, or this waits for ever.
    let begun = taker.take_all();
    assert!(!before.into_iter().any(|bulk| staged.has(bulk)));
    assert_eq!(pearl.count(&mut client), 1);
    for begun in begun {
        let answer = begun.end().expect("it is answered");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert_eq!(pearl.count(&mut client), 1 + PLACES * LEADS);
    drop(staged);
    server.stop();
    book.assert_well();
}
