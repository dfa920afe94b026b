//! The endpoints of the simulation: models that answer at once, in virtual time, and remember what they were sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use app::subscriptions::PlainAuth;
use app::{Environment as _, ScriptedEnvironment, Webhook};
use async_trait::async_trait;
use domain::Timestamp;
use domain::limits::DELIVERY_TIMEOUT_MS;
use serde_json::Value;
use worker::{Courier, Reply};

use super::dice::Dice;

/// How an endpoint is for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weather {
    Up,
    /// Nobody listens.
    Down,
    /// 500.
    Broken,
    /// 200, but seconds later.
    Slow,
    /// Takes it or not, and never answers.
    Hangs,
    /// Any of the above, by chance.
    Flaps,
    /// Takes two of three, and never the third.
    Picky,
    /// 429 or 503, with the seconds to wait.
    Busy(u32),
    Gone,
}

/// One request, as the endpoint and the sender saw it.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) at: Timestamp,
    pub(super) delivery: u64,
    pub(super) subscription: u64,
    /// Lead and version, if it tells of an event.
    pub(super) event: Option<(u64, u64)>,
    pub(super) body: Value,
    /// Whether the endpoint has it: also if its answer was lost.
    pub(super) is_accepted: bool,
    pub(super) reply: Reply,
    pub(super) took_ms: i64,
}

#[derive(Debug)]
struct State {
    dice: Dice,
    weather: HashMap<String, Weather>,
    sent: Vec<Sent>,
}

/// All endpoints.
pub(super) struct Endpoints {
    environment: Arc<ScriptedEnvironment>,
    state: Mutex<State>,
}

impl Endpoints {
    pub(super) fn new(seed: u64, environment: Arc<ScriptedEnvironment>) -> Self {
        let state = State {
            dice: Dice::new(seed ^ 0xE14D),
            weather: HashMap::new(),
            sent: Vec::new(),
        };
        Self {
            environment,
            state: Mutex::new(state),
        }
    }

    pub(super) fn set_weather(&self, url: &str, weather: Weather) {
        let mut state = self.state.lock().unwrap();
        state.weather.insert(url.to_owned(), weather);
    }

    /// Everything is well from now on.
    pub(super) fn heal(&self) {
        self.state.lock().unwrap().weather.clear();
    }

    pub(super) fn sent(&self) -> Vec<Sent> {
        self.state.lock().unwrap().sent.clone()
    }
}

fn status(status: u16) -> Reply {
    Reply {
        status: Some(status),
        error: (status != 200).then(|| format!("answered {status}")),
        answer: Some("as the model wants".to_owned()),
        retry_after: None,
    }
}

/// Whether it is accepted, what the sender sees, and how long that takes.
fn exchange(weather: Weather, delivery: u64, dice: &mut Dice) -> (bool, Reply, i64) {
    let timeout_ms = DELIVERY_TIMEOUT_MS.cast_signed();
    match weather {
        Weather::Up => (true, status(200), dice.millis(1, 40)),
        Weather::Down => (false, Reply::none("cannot connect: refused"), 1),
        Weather::Broken => (false, status(500), dice.millis(1, 900)),
        Weather::Slow => (true, status(200), dice.millis(1_000, timeout_ms)),
        Weather::Hangs => (dice.one_in(2), Reply::none("no answer"), timeout_ms),
        Weather::Flaps => {
            let kinds = [
                Weather::Up,
                Weather::Down,
                Weather::Broken,
                Weather::Slow,
                Weather::Hangs,
            ];
            exchange(*dice.pick(&kinds), delivery, dice)
        }
        Weather::Picky if delivery.is_multiple_of(3) => (false, status(500), 10),
        Weather::Picky => (true, status(200), 10),
        Weather::Busy(seconds) => {
            let reply = Reply {
                retry_after: Some(seconds.to_string()),
                ..status(*dice.pick(&[429, 503]))
            };
            (false, reply, dice.millis(1, 40))
        }
        Weather::Gone => (false, status(410), 5),
    }
}

#[async_trait]
impl Courier for Endpoints {
    async fn send(&self, url: &str, _auth: &PlainAuth, webhook: Webhook) -> Reply {
        let at = self.environment.now();
        let mut state = self.state.lock().unwrap();
        let weather = state.weather.get(url).copied().unwrap_or(Weather::Up);
        let body: Value = serde_json::from_str(&webhook.body).unwrap();
        let number = |name: &str| body[name].as_u64();
        let delivery = number("delivery").unwrap();
        let (is_accepted, reply, took_ms) = exchange(weather, delivery, &mut state.dice);
        state.sent.push(Sent {
            at,
            delivery,
            subscription: number("to").unwrap(),
            event: number("lead").zip(number("version")),
            body,
            is_accepted,
            reply: reply.clone(),
            took_ms,
        });
        // The clock stands still while others look at it; nobody does.
        self.environment.advance_millis(took_ms);
        reply
    }

    fn host(&self, url: &str) -> String {
        url.to_owned()
    }
}
