//! Valid requests with a few random changes, seeded: what nobody thought of.

use serde_json::Value;

use super::court::{Court, ask_any_shape};
use super::evil;
use crate::random::Random;
use crate::routes;

/// Requests per dialect.
const MUTATIONS: usize = 3_000;

/// What is put into a text to break it.
const TOKENS: &str =
    r#"null { } [ ] " , : 1e999 - \u0000 \ud800 true 99999999999999999999 \ e . '"#;

fn token(random: &mut Random) -> Vec<u8> {
    let tokens: Vec<_> = TOKENS.split(' ').collect();
    match random.below(tokens.len() + 2) {
        0 => vec![0xff],
        1 => vec![0],
        index => tokens[index - 2].as_bytes().to_vec(),
    }
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(12)).min(bytes.len());
        match random.below(5) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..end, token(random))),
            2 => drop(bytes.splice(at..at, token(random))),
            3 => {
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            _ if at < bytes.len() => bytes[at] = u8::try_from(random.below(256)).expect("a byte"),
            _ => {}
        }
    }
}

/// One member's value under another member's name: well-formed and wrong.
fn shuffle(body: &Value, random: &mut Random) -> Value {
    let mut places = Vec::new();
    evil::pointers(body, "", &mut places);
    let (from, to) = (random.pick(&places).clone(), random.pick(&places).clone());
    let mut changed = body.clone();
    let value = body.pointer(&from).cloned().unwrap_or(Value::Null);
    *changed.pointer_mut(&to).expect("a place in it") = value;
    changed
}

pub(super) fn run(court: &mut Court) {
    let mut random = Random::of_test(court.dialect.name());
    let routes = routes::of(court.dialect);
    for _ in 0..MUTATIONS {
        let route = random.pick(&routes).clone();
        let mut request = route.request(&court.names);
        if let Some(body) = &route.body {
            let body = if random.below(3) == 0 {
                shuffle(body, &mut random)
            } else {
                body.clone()
            };
            let mut bytes = court.names.fill(&body.to_string()).into_bytes();
            if random.below(4) > 0 {
                mutate(&mut bytes, &mut random);
            }
            request.body = Some(bytes);
        }
        if random.below(8) == 0 {
            let mut path = request.path.clone().into_bytes();
            mutate(&mut path, &mut random);
            // What the HTTP library refuses has a test of its own.
            path.retain(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(byte));
            request.path = String::from_utf8(path).expect("ASCII");
            if !request.path.starts_with('/') {
                request.path.insert(0, '/');
            }
            ask_any_shape(court, &request);
        } else {
            court.ask(&request);
        }
    }
}
