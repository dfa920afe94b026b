//! A fast receiver of webhooks: takes everything at once, and notes how old the news was. One thread per connection.
//!
//! It reads as little as it can: of a head the length, of a body the time. It checks no signature.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::tools::{now, unix_millis};

pub(crate) struct Receiver {
    port: u16,
    heard: Arc<Heard>,
}

#[derive(Default)]
struct Heard {
    ages_ms: Mutex<Vec<u64>>,
    /// Whether answers are kept back, and who is told that they are no longer.
    is_holding: Mutex<bool>,
    released: Condvar,
}

impl Receiver {
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let heard = Arc::<Heard>::default();
        let shared = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let heard = Arc::clone(&shared);
                // Ends when the server closes the connection.
                thread::spawn(move || heard.serve(stream));
            }
        });
        Ok(Self { port, heard })
    }

    /// Keeps every answer back until [`Self::release`], so that a backlog grows.
    pub(crate) fn hold(&self) {
        *lock(&self.heard.is_holding) = true;
    }

    pub(crate) fn release(&self) {
        *lock(&self.heard.is_holding) = false;
        self.heard.released.notify_all();
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    pub(crate) fn count(&self) -> usize {
        lock(&self.heard.ages_ms).len()
    }

    /// The ages since the last call, sorted.
    pub(crate) fn take(&self) -> Vec<u64> {
        let mut ages = std::mem::take(&mut *lock(&self.heard.ages_ms));
        ages.sort_unstable();
        ages
    }

    /// Waits until nothing has come for a while; how many came, and how long the last took to.
    pub(crate) fn drain(&self) -> (usize, Duration) {
        const QUIET: Duration = Duration::from_millis(1_500);
        let (started, first) = (now(), self.count());
        let (mut count, mut last) = (first, started);
        while last.elapsed() < QUIET {
            thread::sleep(Duration::from_millis(5));
            if self.count() > count {
                (count, last) = (self.count(), now());
            }
        }
        (count - first, last - started)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Heard {
    fn serve(&self, stream: TcpStream) -> Result<()> {
        stream.set_nodelay(true)?;
        let mut socket = BufReader::with_capacity(16 * 1024, stream);
        let (mut line, mut body) = (String::new(), Vec::new());
        loop {
            let mut length = 0;
            loop {
                line.clear();
                if socket.read_line(&mut line)? == 0 {
                    return Ok(());
                }
                if line == "\r\n" {
                    break;
                }
                if let Some((name, value)) = line.split_once(':')
                    && name.eq_ignore_ascii_case("content-length")
                {
                    length = value.trim().parse()?;
                }
            }
            body.resize(length, 0);
            socket.read_exact(&mut body)?;
            let age = unix_millis().saturating_sub(time_of(&body)?);
            lock(&self.ages_ms).push(age);
            let holding = lock(&self.is_holding);
            drop(self.released.wait_while(holding, |is_holding| *is_holding));
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
            socket.get_mut().write_all(answer)?;
        }
    }
}

/// The member `time` of a standard webhook's body, in milliseconds since 1970.
fn time_of(body: &[u8]) -> Result<u64> {
    const MEMBER: &[u8] = b"\"time\":\"";
    let at = body
        .windows(MEMBER.len())
        .position(|window| window == MEMBER)
        .context("a webhook without a time")?;
    let text: &[u8] = body
        .get(at + MEMBER.len()..at + MEMBER.len() + 24)
        .context("a webhook that ends in its time")?;
    millis_of(std::str::from_utf8(text)?).context("a time of another form")
}

/// Reads `2026-01-31T09:00:00.123Z`.
fn millis_of(text: &str) -> Option<u64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    // Days since 1970 (Howard Hinnant, days_from_civil).
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let seconds = days * 86_400 + number(11..13)? * 3_600 + number(14..16)? * 60 + number(17..19)?;
    u64::try_from(seconds * 1_000 + number(20..23)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{millis_of, time_of};

    #[test]
    fn a_time_is_read_to_the_millisecond() {
        assert_eq!(millis_of("1970-01-01T00:00:00.001Z"), Some(1));
        assert_eq!(
            millis_of("2026-11-21T18:00:00.123Z"),
            Some(1_795_284_000_123)
        );
        assert_eq!(
            millis_of("2024-02-29T23:59:59.999Z"),
            Some(1_709_251_199_999)
        );
        assert_eq!(millis_of("yesterday"), None);
    }

    #[test]
    fn it_is_found_in_a_body() {
        let body = br#"{"id":"evt_1_2","time":"1970-01-01T00:00:02.000Z","data":{}}"#;
        assert_eq!(time_of(body).ok(), Some(2_000));
        assert!(time_of(b"{}").is_err());
    }
}
