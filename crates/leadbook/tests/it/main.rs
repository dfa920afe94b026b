//! The real binary over TCP: durability, races, bad input, keys, tenancy, starting and stopping, the command line.
#![expect(
    clippy::print_stdout,
    reason = "what a failed test should show: seeds, tallies, logs"
)]

mod bad_input;
mod claim_race;
mod cli;
mod clock;
mod cluster;
mod copy;
mod database;
mod database_faults;
mod docs;
mod events;
mod failover;
mod full_disk;
mod history;
mod http;
mod keys;
mod kill_9;
mod large_requests;
mod many_servers;
mod no_lost_update;
mod pressure;
mod random;
mod receiver;
mod routes;
mod server;
mod shutdown;
mod tenancy;
mod uservox_webhook;
mod world;
mod writers;
