//! Dialers that take leads, hold them and let them go, each at one server until that dies; and what the histories must
//! say of it: no lead was held by two at the same time, and no claim that was granted is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde_json::{Value, json};

use super::Route;
use crate::history;
use crate::http::{Answer, Client, Request};
use crate::random::Random;
use crate::world::Lead;

/// Leads by number, with the call of the dialer who knows that it has them.
#[derive(Default)]
pub(super) struct Held(Mutex<BTreeMap<u64, u64>>);

/// A dialer and what it was granted.
pub(super) struct Dialer<'a> {
    key: String,
    claim: String,
    called: &'a [Lead],
    at: usize,
    random: Random,
    held: &'a Held,
    client: Option<Client>,
    /// Lead and fence token of every claim.
    granted: Vec<(u64, u64)>,
    /// Claims that were perhaps granted by a server that died before it said so.
    unknown: usize,
}

/// Leads to call.
pub(super) fn leads(client: &mut Client, campaign: u64, count: usize) -> Vec<Lead> {
    let body = json!({"campaign_id": campaign, "phone": "+12025550155"});
    (0..count)
        .map(|_| Lead::of(&client.ok("POST", "/leadbook/v1/leads", Some(&body))))
        .collect()
}

impl Held {
    /// From the claim's answer on nobody else may have the lead.
    fn take(&self, lead: u64, call: u64) {
        let mut held = self.0.lock().expect("no thread panics here");
        let other = held.insert(lead, call);
        drop(held);
        assert_eq!(other, None, "lead {lead} was given to call {call}, too");
    }

    /// Until its end is asked for.
    fn let_go(&self, lead: u64) {
        self.0.lock().expect("no thread panics here").remove(&lead);
    }
}

impl<'a> Dialer<'a> {
    pub(super) fn new(
        key: &str,
        campaign: u64,
        called: &'a [Lead],
        at: usize,
        random: Random,
        held: &'a Held,
    ) -> Self {
        Self {
            key: key.to_owned(),
            claim: format!("/leadbook/v1/campaigns/{campaign}/claim"),
            called,
            at,
            random,
            held,
            client: None,
            granted: Vec::new(),
            unknown: 0,
        }
    }

    pub(super) fn run(&mut self, route: Route<'_>) {
        while route.goes_on() {
            // Half of the time all want one of the same few leads, half of the time any.
            let body = match self.random.below(2) {
                0 => json!({"lead_id": self.random.pick(&self.called[..3]).number}),
                _ => json!({}),
            };
            let request = Request::new("POST", &self.claim, Some(&body));
            match self.ask(route, &request) {
                None => self.unknown += 1,
                Some(answer) if answer.status == 409 => {}
                Some(answer) => {
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    let call = answer.json()["call"].clone();
                    if !call.is_null() {
                        self.call(route, &call);
                        route.done.add();
                    }
                }
            }
        }
    }

    /// Has the lead for a moment, and ends the call.
    fn call(&mut self, route: Route<'_>, call: &Value) {
        let number = |name: &str| call[name].as_u64().expect("a number");
        let (lead, fence) = (number("lead_id"), number("fence_token"));
        self.granted.push((lead, fence));
        self.held.take(lead, number("id"));
        self.random.dawdle(200);
        self.held.let_go(lead);
        let path = format!("/leadbook/v1/calls/{}/outcome", number("id"));
        let body = json!({"fence_token": fence, "outcome": "retry"});
        let request = Request::new("POST", &path, Some(&body));
        if let Some(answer) = self.ask(route, &request) {
            assert_eq!(answer.status, 200, "{}", answer.text());
            return;
        }
        // Whether it was heard nobody knows. Said again, to another server, it is true or it is refused.
        while route.goes_on() {
            if let Some(answer) = self.ask(route, &request) {
                assert!([200, 409].contains(&answer.status), "{}", answer.text());
                return;
            }
        }
    }

    /// `None`: the server has died, and the next one is for the next request.
    fn ask(&mut self, route: Route<'_>, request: &Request) -> Option<Answer> {
        let address = route.server(self.at);
        let client = self
            .client
            .get_or_insert_with(|| Client::new(address, &self.key));
        match client.send(request) {
            Ok(answer) => Some(answer),
            Err(error) => {
                route.lost(self.at, &error);
                self.at += 1;
                self.client = None;
                None
            }
        }
    }
}

/// In each history a lead is claimed and let go in turn, by every claim that was granted and, besides, at most by those
/// of which nobody heard.
pub(super) fn check(client: &mut Client, dialers: &[Dialer<'_>], called: &[Lead]) {
    let granted: Vec<_> = dialers.iter().flat_map(|dialer| &dialer.granted).collect();
    let mut claims = BTreeSet::new();
    for lead in called {
        let checked = history::check(client, lead.number);
        let calls = &checked.events[1..];
        for (index, event) in calls.iter().enumerate() {
            let expected = ["claimed", "call_ended"][index % 2];
            assert_eq!(event["kind"], expected, "lead {}: {calls:?}", lead.number);
            if index % 2 == 0 {
                claims.insert((lead.number, event["version"].as_u64().expect("a version")));
            }
        }
    }
    let unknown: usize = dialers.iter().map(|dialer| dialer.unknown).sum();
    println!(
        "{} claims granted, {unknown} perhaps, {} in the histories",
        granted.len(),
        claims.len()
    );
    for claim in &granted {
        assert!(claims.contains(claim), "{claim:?} (lead, fence) is lost");
    }
    let distinct: BTreeSet<_> = granted.iter().collect();
    assert_eq!(distinct.len(), granted.len(), "a fence was given twice");
    assert!(claims.len() <= granted.len() + unknown);
}
