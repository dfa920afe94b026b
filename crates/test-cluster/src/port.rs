//! A TCP port for a server that keeps it while it is down.
//!
//! Below the range the kernel takes outgoing connections from (32768 and up on Linux): otherwise a client that keeps
//! calling a killed server would sooner or later sit on its port. Two processes may still find the same port free; the
//! loser's server says so when it starts, and asks again.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};

const FIRST: u16 = 15_000;
const COUNT: u16 = 17_000;
const TRIES: usize = 200;

pub(crate) fn free() -> Result<u16> {
    // Every RandomState has keys of its own, which is randomness enough and needs no crate.
    let picks = (0..TRIES).map(|_| RandomState::new().hash_one(()) % u64::from(COUNT));
    let mut ports = picks.filter_map(|offset| Some(FIRST + u16::try_from(offset).ok()?));
    ports
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .with_context(|| format!("none of {TRIES} ports tried on 127.0.0.1 is free"))
}
