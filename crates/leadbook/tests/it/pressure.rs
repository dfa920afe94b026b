//! Writers that go on while the database is away: every answer must be a success or the vendor's own "try again later",
//! and how long nobody heard a success is measured. What broke the database is each test's own.

use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::clock::{PATIENCE, now};
use crate::http::Answer;
use crate::writers::{Words, Writer};

/// How long a refused writer waits for a success of another's before it tries again itself.
const PAUSE: Duration = Duration::from_millis(20);

/// What the writers heard so far.
pub(crate) struct Heard {
    tally: Mutex<Tally>,
    more: Condvar,
}

#[derive(Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) successes: usize,
    pub(crate) refusals: usize,
    /// Refusals for want of room on the database's volume.
    pub(crate) full: usize,
    /// The longest time in which there was no success.
    pub(crate) outage: Duration,
    last_success: Instant,
    is_over: bool,
}

impl Heard {
    fn new() -> Self {
        let tally = Tally {
            successes: 0,
            refusals: 0,
            full: 0,
            outage: Duration::ZERO,
            last_success: now(),
            is_over: false,
        };
        Self {
            tally: Mutex::new(tally),
            more: Condvar::new(),
        }
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().expect("no thread panics here")
    }

    pub(crate) fn so_far(&self) -> Tally {
        *self.tally()
    }

    fn hear(&self, words: Words, answer: &Answer) {
        let mut tally = self.tally();
        if answer.is_success() {
            tally.successes += 1;
            tally.outage = tally.outage.max(tally.last_success.elapsed());
            tally.last_success = now();
        } else if answer.status == 507 {
            tally.full += 1;
        } else {
            tally.refusals += 1;
        }
        drop(tally);
        self.more.notify_all();
        let is_expected =
            answer.is_success() || answer.status == 507 || words.says_try_again(answer);
        let (status, text) = (answer.status, answer.text());
        assert!(is_expected, "{words:?}: {status} {text}");
    }

    /// Waits until what was heard is enough.
    pub(crate) fn wait_until(&self, what: &str, mut is_enough: impl FnMut(&Tally) -> bool) {
        let (tally, _) = self
            .more
            .wait_timeout_while(self.tally(), PATIENCE, |tally| {
                !tally.is_over && !is_enough(tally)
            })
            .expect("no thread panics here");
        assert!(is_enough(&tally), "waited too long for {what}");
    }

    /// Waits for so many successes from now on.
    pub(crate) fn wait_for_successes(&self, count: usize) {
        let least = self.tally().successes + count;
        self.wait_until("updates to be acknowledged", |tally| {
            tally.successes >= least
        });
    }

    /// Waits for so many refusals from now on.
    pub(crate) fn wait_for_refusals(&self, count: usize) {
        let least = self.tally().refusals + count;
        self.wait_until("updates to be refused", |tally| tally.refusals >= least);
    }

    /// Not at once again after a refusal: an answer that says so is no reason to take the machine from who mends it.
    fn pause(&self) {
        let successes = self.tally().successes;
        let waited = self
            .more
            .wait_timeout_while(self.tally(), PAUSE, |tally| tally.successes == successes);
        drop(waited.expect("no thread panics here"));
    }
}

/// Ends the load with its scope, also when that ends in a panic.
struct Over<'a>(&'a Heard);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.tally().is_over = true;
        self.0.more.notify_all();
    }
}

/// Lets all writers write while `during` does something to the database.
pub(crate) fn write_through(writers: &mut [Writer], during: impl FnOnce(&Heard)) -> Tally {
    let heard = Heard::new();
    std::thread::scope(|scope| {
        let _over = Over(&heard);
        for writer in writers.iter_mut() {
            let heard = &heard;
            scope.spawn(move || {
                // However this ends, the others must not wait for it.
                let over = Over(heard);
                write_on(writer, heard);
                std::mem::forget(over);
            });
        }
        during(&heard);
    });
    *heard.tally()
}

fn write_on(writer: &mut Writer, heard: &Heard) {
    while !heard.tally().is_over {
        let answer = writer.try_to_write();
        // Whatever happens to the database, the server that speaks to it answers.
        let answer = answer.unwrap_or_else(|error| panic!("{:?}: {error}", writer.words));
        heard.hear(writer.words, &answer);
        if !answer.is_success() {
            heard.pause();
        }
    }
}
