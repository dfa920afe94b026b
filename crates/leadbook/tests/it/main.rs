//! The real binary over TCP: durability, races, bad input, keys, tenancy, starting and stopping, the command line.

mod bad_input;
mod clock;
mod history;
mod http;
mod kill_9;
mod no_lost_update;
mod random;
mod routes;
mod server;
mod tenancy;
mod world;
mod writers;
