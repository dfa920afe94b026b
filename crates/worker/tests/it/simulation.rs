//! Weeks of deliveries in virtual time, from a seed: writes, owners who change their minds, endpoints of every kind, a
//! store that fails before or after its work, and crashes between any two steps.
//!
//! The steps are the ones that `worker::deliveries::run` takes; only who takes them differs. What should have happened is
//! worked out from the history of the leads (`ledger`), not from the code under test. A failure prints its seed;
//! `LEADBOOK_SIMULATION_SEED` runs that one alone.

mod coverage;
mod dice;
mod endpoints;
mod ledger;
mod world;

use coverage::Coverage;
use world::World;

const SEEDS: u64 = 24;
const STEPS: usize = 700;

/// Says which seed it was, should the test fail.
struct Announced(u64);

impl Drop for Announced {
    fn drop(&mut self) {
        if std::thread::panicking() {
            say(&format!(
                "the simulation failed with LEADBOOK_SIMULATION_SEED={}",
                self.0
            ));
        }
    }
}

#[expect(clippy::print_stderr, reason = "for whoever looks at a failure")]
fn say(text: &str) {
    eprintln!("{text}");
}

async fn run(seed: u64) -> Coverage {
    let _announced = Announced(seed);
    let mut world = World::new(seed).await;
    world.allow_faults();
    for _ in 0..STEPS {
        world.step().await;
    }
    world.calm_down().await;
    world.check().await
}

/// Runs every fourth seed.
async fn quarter(first: u64) {
    #[expect(
        clippy::disallowed_methods,
        reason = "which seed to run is the caller's"
    )]
    let wanted = std::env::var("LEADBOOK_SIMULATION_SEED");
    if let Ok(seed) = wanted {
        if first == 0 {
            run(seed.parse().unwrap()).await;
        }
        return;
    }
    let mut met = Coverage::default();
    for seed in (first..SEEDS).step_by(4) {
        met += run(seed).await;
    }
    say(&format!("{met:?}"));
    assert!(met.days > 30 && met.sent > 200 && met.expected > 200);
    assert!(met.crashes > 10 && met.swallowed > 0 && met.replayed > 0);
    assert!(met.gone > 0 && met.failing > 0 && met.exhausted > 0);
}

#[tokio::test]
async fn nothing_is_lost_and_order_is_kept_0() {
    quarter(0).await;
}

#[tokio::test]
async fn nothing_is_lost_and_order_is_kept_1() {
    quarter(1).await;
}

#[tokio::test]
async fn nothing_is_lost_and_order_is_kept_2() {
    quarter(2).await;
}

#[tokio::test]
async fn nothing_is_lost_and_order_is_kept_3() {
    quarter(3).await;
}
