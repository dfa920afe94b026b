//! A dialer's claim against everybody who wants to change the lead: one of them is first, and the loser is told.
//!
//! DialNexa's rule is the strictest: once an attempt has started, the lead is locked for good. UserVox's
//! queued update is decided when it runs; our own API refuses while a call is active. All of them run
//! against two dialers, thousands of times.

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::clock::ask_until;
use crate::history;
use crate::http::{Answer, Client, Request};
use crate::random::Random;
use crate::server::{Book, Server};
use crate::world::{Lead, Workspace};

const LEADS: usize = 3_000;
/// Races at once.
const LANES: usize = 6;

/// Those who meet at one lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Racer {
    Dialer,
    OtherDialer,
    DialNexa,
    Native,
    UserVox,
}

const RACERS: [Racer; 5] = [
    Racer::Dialer,
    Racer::OtherDialer,
    Racer::DialNexa,
    Racer::Native,
    Racer::UserVox,
];

impl Racer {
    fn request(self, campaign: u64, lead: &Lead) -> Request {
        match self {
            Self::Dialer | Self::OtherDialer => {
                let path = format!("/leadbook/v1/campaigns/{campaign}/claim");
                Request::new("POST", &path, Some(&json!({"lead_id": lead.number})))
            }
            Self::DialNexa => {
                let path = format!("/v1/campaigns-leads/{}", lead.dialnexa);
                Request::new("PATCH", &path, Some(&json!({"notes": "by DialNexa"})))
            }
            Self::Native => {
                let body = json!({"company_name": "by our own"});
                Request::new("PATCH", &lead.path(), Some(&body))
            }
            Self::UserVox => {
                let body = json!({"leadId": lead.object_id, "name": "by UserVox"});
                Request::new("POST", "/api/v1/leads/update", Some(&body))
            }
        }
    }
}

/// What the racers of one lead were told, in the order of [`RACERS`].
struct Race {
    lead: u64,
    answers: Vec<Answer>,
}

fn race(server: &Server, workspace: &Workspace, leads: &[Lead], random: &mut Random) -> Vec<Race> {
    let barrier = Barrier::new(RACERS.len());
    let mut told: Vec<Vec<Answer>> = std::thread::scope(|scope| {
        let threads: Vec<_> = RACERS
            .into_iter()
            .map(|racer| {
                let (barrier, mut random) = (&barrier, random.split());
                let mut client = server.client(&workspace.key);
                scope.spawn(move || {
                    let run = |lead| {
                        barrier.wait();
                        random.dawdle(30);
                        client.ask(&racer.request(workspace.campaign.number, lead))
                    };
                    leads.iter().map(run).collect()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("it raced"))
            .collect()
    });
    let mut races = Vec::new();
    for lead in leads.iter().rev() {
        let answers = told
            .iter_mut()
            .map(|told| told.pop().expect("one each"))
            .collect();
        races.push(Race {
            lead: lead.number,
            answers,
        });
    }
    races
}

/// How often each of them was first.
#[derive(Debug, Default)]
struct Tally {
    dialnexa_first: usize,
    dialnexa_locked: usize,
    native_first: usize,
    native_refused: usize,
    uservox_first: usize,
    uservox_refused: usize,
}

impl Race {
    fn of(&self, racer: Racer) -> &Answer {
        let index = RACERS.iter().position(|other| *other == racer);
        &self.answers[index.expect("one of them")]
    }

    fn judge(&self, client: &mut Client, tally: &mut Tally) {
        let checked = history::check(client, self.lead);
        let version = |is_it: &dyn Fn(&Value) -> bool| {
            let mut found = checked.events.iter().filter(|event| is_it(event));
            let first = found
                .next()
                .map(|event| event["version"].as_u64().expect("a version"));
            assert_eq!(found.next(), None, "lead {}: twice", self.lead);
            first
        };
        let claimed = version(&|event| event["kind"] == "claimed").expect("somebody claimed it");
        self.judge_claims(claimed);
        let updated = |dialect: &str| {
            version(&|event| event["kind"] == "updated" && event["dialect"] == dialect)
        };
        // Nothing but the claim came last: a locked lead did not change.
        assert_eq!(
            checked.version(),
            claimed,
            "lead {}: {:?}",
            self.lead,
            checked.events
        );
        let dialnexa = self.of(Racer::DialNexa);
        match (dialnexa.status, updated("dialnexa")) {
            (200, Some(at)) if at < claimed => tally.dialnexa_first += 1,
            (409, None) => tally.dialnexa_locked += 1,
            (status, at) => panic!(
                "lead {}: DialNexa was told {status}, stored at {at:?}, claimed at {claimed}",
                self.lead
            ),
        }
        let native = self.of(Racer::Native);
        match (native.status, updated("leadbook")) {
            (200, Some(at)) if at < claimed => tally.native_first += 1,
            (409, None) => tally.native_refused += 1,
            (status, at) => panic!(
                "lead {}: we told {status}, stored at {at:?}, claimed at {claimed}",
                self.lead
            ),
        }
        assert_eq!(self.of(Racer::UserVox).status, 200);
        match updated("uservox") {
            Some(at) if at < claimed => tally.uservox_first += 1,
            None => tally.uservox_refused += 1,
            Some(at) => panic!(
                "lead {}: UserVox stored at {at}, claimed at {claimed}",
                self.lead
            ),
        }
    }

    /// Exactly one dialer has the lead, with the fence of the claim's event.
    fn judge_claims(&self, claimed: u64) {
        let claims = [self.of(Racer::Dialer), self.of(Racer::OtherDialer)];
        let winners: Vec<_> = claims
            .iter()
            .filter(|answer| answer.status == 200)
            .collect();
        let losers: Vec<_> = claims
            .iter()
            .filter(|answer| answer.status == 409)
            .collect();
        assert_eq!(
            (winners.len(), losers.len()),
            (1, 1),
            "lead {}: {claims:?}",
            self.lead
        );
        let call = &winners[0].json()["call"];
        assert_eq!(call["lead_id"], json!(self.lead));
        assert_eq!(call["fence_token"], json!(claimed));
    }
}

#[test]
fn a_claim_and_an_update_are_in_one_order() {
    let mut random = Random::of_test("claim_race");
    let book = Book::new();
    let workspace = Workspace::create(&book, "Race");
    let server = book.serve();
    let chunks: Vec<Vec<Race>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..LANES)
            .map(|_| {
                let mut random = random.split();
                let (server, workspace) = (&server, &workspace);
                scope.spawn(move || {
                    let mut client = server.client(&workspace.key);
                    let leads = workspace.leads(&mut client, LEADS / LANES);
                    race(server, workspace, &leads, &mut random)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("it raced"))
            .collect()
    });
    ask_until("every accepted job to end", || {
        let found = book.ok(&["doctor"]);
        found.contains("queued updates      0\n").then_some(())
    });
    let mut client = server.client(&workspace.key);
    let mut tally = Tally::default();
    for race in chunks.iter().flatten() {
        race.judge(&mut client, &mut tally);
    }
    println!("{tally:?}");
    // A race that always ends alike would prove nothing.
    for count in [
        tally.dialnexa_first,
        tally.dialnexa_locked,
        tally.native_first,
        tally.native_refused,
    ] {
        assert!(count > LEADS / 100, "too one-sided: {tally:?}");
    }
}
